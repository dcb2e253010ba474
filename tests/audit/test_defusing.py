"""A cell never begins a formula, and removing the quote restores the original (assurance 16)."""

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from lapor.audit.exports.formats.table import escape_formula

DANGEROUS = "=+-@\t\r\n\0＝＋－＠"
TEXTS = st.text() | st.builds(str.__add__, st.sampled_from([*DANGEROUS, "'"]), st.text())


@settings(deadline=None)  # the machine may be busy
@given(TEXTS)
def test_no_cell_begins_a_formula_and_each_comes_back(text: str) -> None:
    cell = escape_formula(text)

    assert cell[:1] not in DANGEROUS or not cell
    assert (cell.removeprefix("'")) == text


@settings(deadline=None)  # the machine may be busy
@given(st.lists(TEXTS.filter(lambda text: "\0" not in text), min_size=1))
def test_a_line_of_csv_comes_back(texts: list[str]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\r\n").writerow([escape_formula(text) for text in texts])
    file.seek(0)

    (line,) = list(csv.reader(file, strict=True))

    assert [cell.removeprefix("'") for cell in line] == texts


def test_a_harmless_text_stays_as_it_is() -> None:
    for text in ("", "Jalan rusak", "1 = 1", "LP-1", "a'b", "{", "−1"):  # noqa: RUF001 - a minus sign, no hyphen
        assert escape_formula(text) == text
