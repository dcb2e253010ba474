"""Sealing a body before the domain sees it, and opening events after authorisation.

The declaration of a verb's fields says which are sealed; the API's schema is made from the same fields. A
field's name, with the names of the objects around it, is part of the seal.
"""

import dataclasses
from collections.abc import Callable, Hashable, Mapping
from typing import Any, cast

from lapor.domain.aggregate import Event
from lapor.domain.command_fields import Field, Number, Reference, fields_of
from lapor.domain.errors import GoneError
from lapor.domain.vocabulary import Sealed
from lapor.store.vault.seal import ERASED, StreamKey

_METADATA = frozenset(field.name for field in dataclasses.fields(Event))
_NO_KEY, _NOTHING = cast("StreamKey", None), cast("Resolve", None)
Resolve = Callable[[str, str, str], Any]
"""From (what, field, id or code) to the id of something that exists; raises ``InvalidFieldError``."""


def seal_body(
    fields: tuple[Field, ...], body: Mapping[str, Any], key: StreamKey, resolve: Resolve, inside: str = ""
) -> dict[str, Any]:
    """Return a body as a verb takes it: texts sealed, references resolved, nested objects made."""
    sealed: dict[str, Any] = {}
    for field in fields:
        value = body.get(field.name)
        if value is not None:
            name = inside + field.name
            if field.many:
                sealed[field.name] = tuple(_sealed(field, name, item, key, resolve) for item in value)
            else:
                sealed[field.name] = _sealed(field, name, value, key, resolve)
    return sealed


def _sealed(field: Field, name: str, value: Any, key: StreamKey, resolve: Resolve) -> Any:
    if field.sealed:
        return key.seal(name, str(value))
    if field.nested:
        return field.type(**seal_body(field.nested, value, key, resolve, f"{name}."))
    if isinstance(field.rule, Reference):
        return resolve(field.rule.what, name, str(value))
    return value


def plain_body(fields: tuple[Field, ...], body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body without sealed fields and references, as a verb takes it."""
    assert not any(field.sealed or isinstance(field.rule, Reference) for field in fields)  # noqa: S101
    return seal_body(fields, body, _NO_KEY, _NOTHING)


class Opener:
    """Opens the sealed values of one stream. Without a key every value is ``[dihapus]``."""

    def __init__(self, key: StreamKey | None) -> None:
        self._key = key

    def __call__(self, field: str, sealed: Sealed) -> str:
        return ERASED if self._key is None else self._key.open(field, sealed)

    def key_or_gone(self) -> StreamKey:
        """Return the key, to seal more under it. Raises ``GoneError`` if the personal data were erased."""
        if self._key is None:
            raise GoneError
        return self._key

    def event(self, event: Event) -> dict[str, Any]:
        """Return an event's fields without its metadata, opened; empty fields are left out."""
        return self._object(event, "", _METADATA)

    def nested(self, name: str, thing: Any) -> dict[str, Any]:
        """Return a nested object such as the reporter, opened."""
        return self._object(thing, f"{name}.")

    def _object(self, thing: Any, inside: str, skip: frozenset[str] = frozenset()) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for field in fields_of(cast("Hashable", type(thing))):
            value = getattr(thing, field.name)
            if field.name not in skip and value is not None and value != ():
                shown[field.name] = self._value(field, value, inside + field.name)
        return shown

    def _value(self, field: Field, value: Any, name: str) -> Any:
        if field.sealed and field.many:
            return [self(name, item) for item in value]
        if field.sealed:
            text = self(name, value)
            return float(text) if isinstance(field.rule, Number) and text != ERASED else text
        if field.many:
            return [_dict(item) for item in value]
        return self._object(value, f"{name}.") if field.nested else value


def _dict(item: Any) -> Any:
    return dataclasses.asdict(item) if dataclasses.is_dataclass(item) and not isinstance(item, type) else item
