"""The command that fills an empty log with the demo: half a year of a believable regency."""

from datetime import datetime

import click

from lapor.cli.shared.common import (
    REBUILD_PHASES,
    InstantParam,
    answer_json,
    json_option,
    open_services,
    progress_bar,
    progress_bars,
    settings_option,
)
from lapor.operations.supervisor import say
from lapor.settings import Settings
from projections.running.rebuild import rebuild

COMPLAINTS, SEED = 600, 1


@click.command()
@click.option("--complaints", type=click.IntRange(1, 20_000_000), default=COMPLAINTS, show_default=True)
@click.option(
    "--fast", is_flag=True, help="Simulate a year of 5,000 of them, and copy these: 7,000 a second."
)
@click.option("--seed", type=int, default=SEED, show_default=True, help="The same seed makes the same demo.")
@click.option("--until", type=InstantParam(), help="When the last event happens; now, if not given.")
@json_option
@settings_option
def demo(
    settings: Settings, complaints: int, seed: int, until: datetime | None, *, fast: bool, as_json: bool
) -> None:
    """Simulate six months of a regency: agencies, officers, COMPLAINTS and all that became of them.

    Prints a token for every role. A log that holds complaints already is left as it is.
    """
    accounts = make_demo(settings, complaints=complaints, seed=seed, until=until, fast=fast)
    if as_json:
        answer_json(accounts or {"complete": False, "accounts": [], "samples": {}})
    elif accounts:
        click.echo("\n".join(account_lines(accounts)))


def make_demo(
    settings: Settings,
    *,
    complaints: int = COMPLAINTS,
    seed: int = SEED,
    until: datetime | None = None,
    fast: bool = False,
) -> dict[str, object] | None:
    """Make the demo, or report on stderr why not. Return its accounts, if they are known."""
    from lapor.demo.run import (  # noqa: PLC0415 - it imports lapor.bootstrap: see open_database
        DemoSettings,
        add_copies,
        how_to_start_over,
        reason_not_to_run,
        run_demo,
    )

    wanted = DemoSettings(complaints, seed, until, fast)
    with open_services(settings) as running:
        outcome = reason_not_to_run(running)
        if outcome is None:
            try:
                with progress_bar("Simulating the demo") as show:
                    outcome = run_demo(running, wanted, show)
                if fast:
                    with progress_bar("Copying") as show:
                        events = add_copies(running, wanted, show)
                    say(f"Copied them up to {complaints:,} complaints: {events:,} more events.")
                    with progress_bars(*REBUILD_PHASES) as (show, indexing):
                        rebuild(running.database.url, progress=show, indexing=indexing)
            except KeyboardInterrupt:
                say(f"The demo broke off. {how_to_start_over(running)}")
                raise
    say(outcome.says)
    return outcome.accounts.told if outcome.accounts else None


def account_lines(shown: dict[str, object]) -> list[str]:
    """Return a line for each demo account: role, agency, name, token."""
    accounts = shown["accounts"]
    assert isinstance(accounts, list)  # noqa: S101 - as the demo wrote it
    return [
        f"{account['role']:<14}{account['agency'] or '':<13}{account['name']:<28}{account['token']}"
        for account in accounts
    ]
