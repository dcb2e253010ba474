"""Complaints that were open for sixteen years cost the projections no more than young ones."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from lapor.cli.main import main
from lapor.store.database import Database
from projections.backlog.projection import BACKLOG
from projections.catalogue import PROJECTIONS
from projections.complaints.register import REGISTER
from projections.engine.engine import Engine

HEADER = "number,state,text,agency,category,filed_at,responded_at,ended_at,response,outcome"
COMPLAINTS = 400


def write(path: Path, filed: str, ended: str, prefix: str) -> Path:
    row = f"closed,Lampu padam,DISHUB,street-light,{filed},{ended},{ended},Sudah,fixed"
    rows = [f"{prefix}-{number},{row}" for number in range(COMPLAINTS)]
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


@pytest.mark.parametrize("filed", ["2023-12-18", "2008-01-02"], ids=["young", "old"])
def test_an_imported_past_is_folded_in_full_batches_however_long_it_was(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filed: str
) -> None:
    monkeypatch.setenv("LAPOR_DATABASE_URL", url)
    monkeypatch.setenv("LAPOR_DATA", str(tmp_path))
    file = write(tmp_path / "file.csv", filed, "2024-01-02", "O")
    imported = CliRunner().invoke(main, ["import", "--format", "csv", str(file)])
    assert imported.exit_code == 0, imported.output
    database = Database(url, connections=2)
    head = _head(database)
    assert head > 5 * COMPLAINTS
    engine, sizes = Engine(database, PROJECTIONS), list[int]()

    while step := engine.step():
        sizes.append(step)

    assert sum(sizes) == head
    assert len(sizes) <= head // 500 + 1, "batches were halved"
    for projection, most in ((REGISTER, 5), (BACKLOG, 3)):
        with database.connection() as connection:
            ((stored,),) = connection.execute(f"SELECT count(*) FROM {projection.table}_past".encode())
        assert COMPLAINTS <= stored <= most * COMPLAINTS
    database.close()


def _head(database: Database) -> int:
    with database.connection() as connection:
        ((head,),) = connection.execute("SELECT max(position) FROM event")
    return int(head)
