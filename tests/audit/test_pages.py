"""Pages for people have words for every code of the log."""

from enum import StrEnum
from typing import get_args, get_type_hints

import pytest

from lapor.audit.data_protection import html
from lapor.audit.data_protection.html import typed_fields
from lapor.domain.vocabulary import IdentityReason, Privacy, Sealed, Stage
from lapor.store.codec import events_by_topic


@pytest.mark.parametrize(
    ("words", "codes"), [("STAGES", Stage), ("PRIVACIES", Privacy), ("REASONS", IdentityReason)]
)
def test_each_code_has_words_in_indonesian_and_english(words: str, codes: type[StrEnum]) -> None:
    said = getattr(html._ENVIRONMENT.get_template("words.html").module, words)

    assert set(said) == {code.value for code in codes}
    assert all(len(each) == 2 and all(each) for each in said.values())


def test_a_copy_shows_every_text_that_an_event_declares() -> None:
    for topic, event_class in events_by_topic().items():
        hints = get_type_hints(event_class)
        typed = {name for name, hint in hints.items() if Sealed in {hint, *get_args(hint)}}

        assert typed <= set(typed_fields(topic)), topic
    assert typed_fields("lapor.complaint.responded")[-3:] == ("text", "outcome", "rating")
