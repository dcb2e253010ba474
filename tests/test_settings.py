"""Settings come from the environment, and a value that cannot be used is refused by name."""

import dataclasses
from pathlib import Path

import pytest

from lapor.settings import SettingError, Settings

VARIABLES = {field.name: field.metadata["variable"] for field in dataclasses.fields(Settings)}


def test_without_an_environment_each_setting_has_its_default() -> None:
    assert Settings.from_environment({}) == Settings()


def test_each_variable_is_read_in_its_type() -> None:
    read = Settings.from_environment(
        {"LAPOR_DATA": "/srv/lapor", "LAPOR_LIMITS": "off", "LAPOR_WEB_THREADS": "7", "LAPOR_CLOCK": "+30d"}
    )

    assert (read.data, read.limits, read.web_threads, read.clock) == (Path("/srv/lapor"), False, 7, "+30d")


def test_a_given_value_comes_before_the_environment_and_an_empty_one_counts_as_unset() -> None:
    read = Settings.from_environment({"LAPOR_DATA": "/srv/lapor", "LAPOR_CLOCK": " "}, data=Path("here"))

    assert (read.data, read.clock) == (Path("here"), None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limits", "yes"),
        ("require_sync", "true"),
        ("web_workers", "0"),
        ("web_threads", "many"),
        ("trusted_proxies", "x"),
        ("origin", "two words"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_with_its_variable(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=VARIABLES[name]):
        Settings.from_environment({VARIABLES[name]: value})
