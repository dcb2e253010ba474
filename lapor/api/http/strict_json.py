"""Strict JSON: UTF-8 without BOM, no NaN, no duplicate keys, nothing that PostgreSQL cannot store."""

import json
from typing import Any, NoReturn

_DEEPEST = 32


class BadJsonError(ValueError):
    """The body is not accepted as JSON; the sentence says why."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            shown = name[:64].encode(errors="replace").decode()  # it may contain half of a surrogate pair
            raise BadJsonError(f"The field '{shown}' is given twice.")
        made[name] = value
    return made


def _refuse_constant(name: str) -> NoReturn:
    raise BadJsonError(f"{name} is not JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if number in {float("inf"), float("-inf")}:
        raise BadJsonError(f"The number {text[:32]} is too large.")
    return number


def _short(text: str) -> int:
    if len(text) > 19:  # noqa: PLR2004 - the digits of a 64-bit number
        raise BadJsonError(f"The number {text[:16]}… has too many digits.")
    return int(text)


def _check(value: Any, depth: int = 0) -> None:
    """Refuse text that cannot be stored, and nesting deeper than 32."""
    if depth > _DEEPEST:
        raise BadJsonError("The body is nested too deeply.")
    if isinstance(value, str):
        if "\0" in value:
            raise BadJsonError("Text must not contain the character U+0000.")
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise BadJsonError(
                    "Text contains half of a surrogate pair, which is not a character."
                ) from None
    elif isinstance(value, dict):
        for name, item in value.items():
            _check(name, depth)
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)


def loads(raw: bytes) -> Any:
    """Return the value of a body. Raises ``BadJsonError``."""
    try:
        text = raw.decode()
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_short,
        )
    except BadJsonError:
        raise
    except UnicodeDecodeError:
        raise BadJsonError("The body is not UTF-8.") from None
    except RecursionError:
        raise BadJsonError("The body is nested too deeply.") from None
    except ValueError as error:
        raise BadJsonError(f"The body is not JSON: {error}.") from None
    _check(value)
    return value
