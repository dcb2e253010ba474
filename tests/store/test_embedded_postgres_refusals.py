"""An embedded PostgreSQL that cannot be used is refused with a sentence that says what to do."""

from pathlib import Path

import pytest

from lapor.store.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError, find_binaries

from .own_server import server


def test_a_folder_of_another_version_is_refused_and_left_as_it_was(place: Path) -> None:
    (place / "postgres").mkdir()
    (place / "postgres" / "PG_VERSION").write_text("12\n")

    with pytest.raises(
        EmbeddedPostgresError, match=r"made by PostgreSQL 12, but .* version \d\d; .*LAPOR_PG_BIN"
    ):
        server(place).__enter__()
    assert sorted(path.name for path in place.rglob("*")) == ["PG_VERSION", "postgres"]


def test_no_binaries_is_a_sentence_that_says_what_to_do(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    advice = r"install lapor\[embedded\], .*LAPOR_PG_BIN, or .*LAPOR_DATABASE_URL"
    with pytest.raises(EmbeddedPostgresError, match=f"no initdb and no postgres in {place}; {advice}"):
        EmbeddedPostgres(place / "var", bin_folder=place).__enter__()

    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(EmbeddedPostgresError, match=f"There is no PostgreSQL to run here; {advice}"):
        find_binaries()
    assert not (place / "var").exists()


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match=r"could not be started:\n.*no_such_setting"):
        EmbeddedPostgres(folder, settings={"no_such_setting": "1"}).__enter__()


def test_a_folder_that_is_a_file_is_refused_with_a_sentence(place: Path) -> None:
    (place / "var").write_text("")

    with pytest.raises(EmbeddedPostgresError, match=r"cannot be used .*; give Lapor a folder"):
        server(place / "var").__enter__()


def test_something_else_in_the_clusters_place_is_left_alone(place: Path) -> None:
    (place / "postgres").mkdir()
    (place / "postgres" / "letter").write_text("dear")

    with pytest.raises(EmbeddedPostgresError, match="holds no PostgreSQL database; move it away"):
        server(place).__enter__()
    assert (place / "postgres" / "letter").read_text() == "dear"
