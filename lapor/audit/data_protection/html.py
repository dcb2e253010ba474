"""Reports and copies as HTML pages to print, in Indonesian and English; a page loads nothing from outside."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import jinja2

from lapor.domain.command_fields import fields_of
from lapor.store.codec import event_class_of

_ENVIRONMENT = jinja2.Environment(
    loader=jinja2.PackageLoader("lapor.audit.data_protection", "pages"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@cache
def typed_fields(topic: str) -> tuple[str, ...]:
    """Return the fields of an event that hold typed text, from its declaration, then its clear verdicts.

    Raises ``UnknownTopicError``.
    """
    sealed = tuple(field.name for field in fields_of(event_class_of(topic)) if field.sealed)
    return (*sealed, "outcome", "rating")


def breach(report: Mapping[str, Any], zone: str) -> str:
    """Return a breach report as HTML, with headings for the parts that people write."""
    return _page("breach.html", zone, report=report)


def copy(held: Mapping[str, Any], zone: str) -> str:
    """Return a copy for a reporter as HTML."""
    return _page("copy.html", zone, held=held)


def account(held: Mapping[str, Any], zone: str) -> str:
    """Return a copy for an officer as HTML."""
    return _page("account.html", zone, held=held)


def _page(name: str, zone: str, **values: Any) -> str:
    local = ZoneInfo(zone)

    def moment(at: datetime | None) -> str:
        """Return an instant in the regency's zone; an anonymous reporter's instants are shown as days."""
        if at is None:
            return "–"
        here = at.astimezone(local)
        at_midnight = (here.hour, here.minute, here.second, here.microsecond) == (0, 0, 0, 0)
        return f"{here:%Y-%m-%d}" if at_midnight else f"{here:%Y-%m-%d %H:%M:%S %Z}"

    return _ENVIRONMENT.get_template(name).render(moment=moment, typed_fields=typed_fields, **values)
