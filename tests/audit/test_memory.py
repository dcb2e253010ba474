"""A longer log needs no more memory, neither to export it in any format nor to check it."""

import gc
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from lapor.application.application import CommandRequest
from lapor.audit.conformance.report import Conformance
from lapor.audit.exports import FORMS
from lapor.audit.exports.period import ALL_DAYS
from lapor.audit.exports.service import Exports, ExportSelection
from lapor.bootstrap import RunningServices
from lapor.cli.shared.common import OPERATOR
from lapor.domain.export import ExportFormat
from lapor.store import stream_reader
from lapor.store.database import Database

from ..projections.histories import history
from ..projections.stores import as_superuser, store

_MULTIPLY = """
    INSERT INTO event (position, stream, version, topic, state)
    SELECT head + row_number() OVER (ORDER BY copy, position),
           md5(concat_ws(' ', head, copy, stream))::uuid, version, topic, state
      FROM event, (SELECT max(position) AS head FROM event), generate_series(1, %s) AS copy
     WHERE topic LIKE 'lapor.complaint.%%'
"""


def _exported(running: RunningServices, form: ExportFormat, file: Path) -> Callable[[], None]:
    def do() -> None:
        exporting = Exports(running.application, lambda _: None)
        order = exporting.begin(form, ExportSelection(), CommandRequest(OPERATOR))
        with file.open("wb") as target:
            for piece in FORMS[form].write(order, exporting.read_streams(order)):
                target.write(piece)

    return do


def _held_against_the_rules(running: RunningServices) -> Callable[[], None]:
    def do() -> None:
        report = Conformance(running.application, lambda _: None).check(OPERATOR, ALL_DAYS)
        assert sum(1 for _ in report.findings) > 0

    return do


def peak(do: Callable[[], None]) -> int:
    """Return the most bytes that Python used at once."""
    gc.collect()
    tracemalloc.start()
    try:
        do()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
def test_a_log_six_times_as_long_takes_no_more_memory(
    url: str, running: RunningServices, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_reader, "EVENTS_AT_ONCE", 50)  # so that short logs are long
    store(database, history(1, 40))
    as_superuser(url, _MULTIPLY, 2)
    ways = {form.value: _exported(running, form, tmp_path / form) for form in ExportFormat}
    ways["conformance"] = _held_against_the_rules(running)
    for do in ways.values():
        do()  # fills caches
    short, before = {name: peak(do) for name, do in ways.items()}, running.application.log.head()
    as_superuser(url, _MULTIPLY, 5)

    long = {name: peak(do) for name, do in ways.items()}

    assert running.application.log.head() > 5 * before
    for name in ways:
        assert long[name] < 1.3 * short[name] + 50_000, (name, short[name], long[name])
