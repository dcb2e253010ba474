"""kill -9 of every process, alone and all at once, while clients work: nothing is lost or done twice."""

import threading
import time
from collections import defaultdict
from random import Random

import pytest

from lapor.ledger.checkpoint_file import CheckpointFile
from lapor.ledger.sealer import PAUSE
from lapor.ledger.trust import KeptCheckpoints
from lapor.ledger.verification_report import LedgerFinding
from lapor.ledger.verifier import verify
from lapor.store.database import Database
from lapor.store.postgres_event_log import PostgresEventLog

from .clients import LostError, carry_out, work
from .history import History, faults
from .readers import Tail, await_fed, held
from .service import BACK, KINDS, ApiClient, Service, open_api
from .slack import load, slack

pytestmark = pytest.mark.faults
CLIENTS = 4
LONGEST_AWAY = 5.0  # seconds, on a machine that has nothing else to do


def seconds_until_back(service: Service, api: ApiClient, history: History) -> float:
    """Until every process is there, a complaint is taken, and every projection holds it."""
    began = time.monotonic()
    filed = carry_out(api.send, history, "file")
    while time.monotonic() < began + BACK * slack():
        api.close()  # a new connection each time: any of the web workers may answer
        try:
            code, health, _ = api.call("GET", "/health/ready")
        except LostError:
            time.sleep(0.02)
            continue
        fed = [each["position"] for each in health.get("projections", [])]
        if filed and code == 200 and min(fed) >= filed.position and service.whole:
            break
        time.sleep(0.02)
    return time.monotonic() - began


def await_sealed(service: Service, events: int) -> list[LedgerFinding]:
    """Return the findings in the ledger, once all is sealed; the file next to the database counts."""
    until = time.monotonic() + BACK * slack() + PAUSE
    while True:
        kept = KeptCheckpoints("the file", CheckpointFile(service.data / "checkpoints").notes(), named=True)
        report = verify(service.url, kept=[kept])
        if report.sealed == events or report.findings or time.monotonic() > until:
            assert report.sealed == events or report.findings, report
            return report.findings
        time.sleep(0.2)


def test_nothing_is_lost_or_done_twice_when_any_process_is_killed(
    service: Service, pytestconfig: pytest.Config
) -> None:
    seed = time.time_ns() % 10**6
    chance = Random(seed)
    api = open_api(service)
    database = Database(service.url, connections=2)
    history = History(set_up=PostgresEventLog(database).head())
    tail, stop = Tail(service.url), threading.Event()
    clients = [threading.Thread(target=work, args=(api.send, history, stop)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()

    away: dict[str, list[float]] = defaultdict(list)
    until = time.monotonic() + pytestconfig.getoption("--fault-seconds")
    turn: list[str] = []
    busiest = 0.0
    while time.monotonic() < until:
        time.sleep(chance.uniform(0.05, 0.8))
        busiest = max(busiest, load())
        turn = turn or chance.sample([*KINDS, "everything"], len(KINDS) + 1)
        what = turn.pop()
        killed = service.kill(what, chance)
        if chance.random() < 0.2:  # and another while it recovers
            time.sleep(chance.uniform(0.0, 0.5))
            killed, what = service.kill(chance.choice(KINDS), chance) or killed, "two in a row"
        if killed:
            away[what].append(seconds_until_back(service, api, history))
    service.kill("everything", chance)
    away["everything"].append(seconds_until_back(service, api, history))

    stop.set()
    for client in clients:
        client.join()
    await_fed(database)
    rows = PostgresEventLog(database).page(0, 10**7)
    figures = {what: (len(times), round(max(times), 2)) for what, times in sorted(away.items())}
    print(f"\nseed {seed}: {len(history.acknowledged)} acknowledged, {len(rows)} events; {figures}")  # noqa: T201
    found = faults(history, rows, held(database), tail.stop_at(len(rows)))
    ledger = await_sealed(service, len(rows))
    database.close()
    api.close_all()

    said = service.output[-4000:]
    assert service.stop() == 0
    assert service.postmaster is None
    assert found == [], service.output
    assert ledger == []
    assert api.strange == []
    assert [command.refused for command in history.commands if command.refused] == []
    assert len(history.acknowledged) == len(history.commands)
    longest = max(longest for _, longest in figures.values())
    assert longest < LONGEST_AWAY * slack(busiest), f"{figures}\n{said}"
