"""Settings: ``LAPOR_*`` environment variables, each described once, here."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self


class SettingError(Exception):
    """A setting has a value that cannot be used; the sentence says which, and which values can."""


def _setting(variable: str, says: str, default: Any = None, read: Callable[[str], Any] = str) -> Any:
    return field(default=default, metadata={"variable": variable, "says": says, "read": read})


def _path(text: str) -> Path:
    return Path(text).expanduser()


def _on_or_off(text: str) -> bool:
    if text not in {"on", "off"}:
        message = "write on or off"
        raise ValueError(message)
    return text == "on"


def _log_name(text: str) -> str:
    if not re.fullmatch(r"[^\s+]{1,200}", text):
        message = "no spaces, no +, at most 200 characters"
        raise ValueError(message)
    return text


def _whole_number(text: str) -> int:
    number = int(text)
    if number < 1:
        message = "must be at least 1"
        raise ValueError(message)
    return number


@dataclass(frozen=True)
class Settings:
    """The settings of one process."""

    database_url: str | None = _setting(
        "LAPOR_DATABASE_URL", "PostgreSQL to use; unset: a private one in LAPOR_DATA"
    )
    data: Path = _setting(
        "LAPOR_DATA", "folder of the private database and the key files", Path("var"), _path
    )
    pg_bin: Path | None = _setting(
        "LAPOR_PG_BIN", "`bin` folder of another PostgreSQL for the private one", None, _path
    )
    require_sync: bool = _setting(
        "LAPOR_REQUIRE_SYNC",
        "`on`: do not start without a synchronous standby, and report in health when there is none",
        default=False,
        read=_on_or_off,
    )
    master_key_file: Path | None = _setting(
        "LAPOR_MASTER_KEY_FILE", "key that wraps all keys; unset: LAPOR_DATA/keys/master", None, _path
    )
    secret_key_file: Path | None = _setting(
        "LAPOR_SECRET_KEY_FILE",
        "secret that repeatable receipts come from; unset: LAPOR_DATA/keys/secret",
        None,
        _path,
    )
    signing_key_file: Path | None = _setting(
        "LAPOR_SIGNING_KEY_FILE",
        "key that signs the ledger's checkpoints; unset: LAPOR_DATA/keys/signing",
        None,
        _path,
    )
    origin: str | None = _setting(
        "LAPOR_ORIGIN",
        "the log's name in its checkpoints, such as pengaduan.example.go.id/lapor; the first checkpoint fixes"
        " it; unset: a name made from the signing key",
        read=_log_name,
    )
    timezone: str = _setting(
        "LAPOR_TIMEZONE", "zone of the coordinating office and of new agencies", "Asia/Jakarta"
    )
    clock: str | None = _setting(
        "LAPOR_CLOCK",
        "tests and simulation only: a fixed time, or an offset such as +30d",
    )
    limits: bool = _setting(
        "LAPOR_LIMITS",
        "`off`: no rate limits, for load tests; a warning at start",
        default=True,
        read=_on_or_off,
    )
    trusted_proxies: int = _setting(
        "LAPOR_TRUSTED_PROXIES", "how many proxies in front set X-Forwarded-For", 0, int
    )
    demo: Path | None = _setting(
        "LAPOR_DEMO",
        "file of demo accounts, which `/` then shows to anyone; `up --demo` sets it",
        None,
        _path,
    )
    web_workers: int = _setting("LAPOR_WEB_WORKERS", "processes that answer HTTP", 2, _whole_number)
    web_threads: int = _setting("LAPOR_WEB_THREADS", "threads of each such process", 3, _whole_number)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ, **given: Any) -> Self:
        """Read the settings; ``given`` values have priority. Raises ``SettingError``."""
        values = dict(given)
        for setting in fields(cls):
            variable = setting.metadata["variable"]
            text = environment.get(variable, "").strip()
            if text and values.get(setting.name) is None:
                try:
                    values[setting.name] = setting.metadata["read"](text)
                except ValueError as error:
                    raise SettingError(f"{variable} is '{text}', which cannot be used: {error}.") from error
        return cls(**{name: value for name, value in values.items() if value is not None})

    @property
    def master_key_path(self) -> Path:
        return self.master_key_file or self.data / "keys" / "master"

    @property
    def secret_key_path(self) -> Path:
        return self.secret_key_file or self.data / "keys" / "secret"

    @property
    def signing_key_path(self) -> Path:
        return self.signing_key_file or self.data / "keys" / "signing"

    @property
    def checkpoints_path(self) -> Path:
        """The file of all checkpoints, outside the database."""
        return self.data / "checkpoints"

    def make_clock(self) -> Callable[[], datetime]:
        """Return the clock that dates all events, in UTC. Raises ``SettingError``."""
        if self.clock is None:
            return lambda: datetime.now(UTC)
        if self.clock[0] in "+-":
            offset = _offset(self.clock)
            return lambda: datetime.now(UTC) + offset
        try:
            instant = datetime.fromisoformat(self.clock)
        except ValueError as error:
            raise SettingError(f"LAPOR_CLOCK is '{self.clock}', which is no instant: {error}.") from error
        if instant.tzinfo is None:
            raise SettingError("LAPOR_CLOCK needs an offset, such as 2026-03-12T09:00:00+07:00.")
        return lambda: instant.astimezone(UTC)


def _offset(text: str) -> timedelta:
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    try:
        return timedelta(**{units[text[-1]]: float(text[:-1])})
    except (KeyError, ValueError) as error:
        raise SettingError(
            f"LAPOR_CLOCK is '{text}'; an offset is written like +30d, -1h or +90s."
        ) from error
