"""Pages for people have words for every code of the log."""

from enum import StrEnum

import pytest

from lapor.audit.data_protection import html
from lapor.domain.vocabulary import IdentityReason, Privacy, Stage


@pytest.mark.parametrize(
    ("words", "codes"), [("STAGES", Stage), ("PRIVACIES", Privacy), ("REASONS", IdentityReason)]
)
def test_each_code_has_words_in_indonesian_and_english(words: str, codes: type[StrEnum]) -> None:
    said = getattr(html._ENVIRONMENT.get_template("words.html").module, words)

    assert set(said) == {code.value for code in codes}
    assert all(len(each) == 2 and all(each) for each in said.values())
