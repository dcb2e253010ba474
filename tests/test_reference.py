"""The reference in docs/ is what the code says."""

from tools.reference import FILE, render


def test_the_reference_is_as_the_code_says() -> None:
    assert FILE.read_text() == render(), "run make docs"
