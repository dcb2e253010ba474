"""A spoilt line costs that line, never its neighbours, and is told with its number and the reason."""

from datetime import timedelta

import pytest

from lapor.domain.deadlines.policy import SP4N_2018

from .office import HEADER, Office, line

GOOD = (line("a"), line("b"))


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (line(createddate="31/12/20 0:05"), "'31/12/20 0:05' is no date that this format knows"),
        (line(closeddate="soon"), "'soon' is no date that this format knows"),
        (line(createddate=""), "'' is no date that this format knows"),
        (line(owner=""), "the owner is missing"),
        (line(owner="B O S!"), "the agency's code 'B O S!' should be 2 to 32 letters, digits and hyphens"),
        (line(""), "the number is missing"),
        (line("a"), "the number is in line 2 already"),
        (line(status="Lost"), "status 'Lost' is none of closed, cancelled, referred out, pending, open"),
        (line(requesttype="x" * 201), "title has 201 characters, not 1 to 200"),
        (line(requesttype="///"), "category '' should be letters, digits and . _ : - only, at most 64"),
        (line(latitude="north"), "'north', '-118.4994716' is no latitude and longitude"),
        (line(latitude="nan"), "lat nan is not from -90 to 90"),
        (line(longitude=""), "'34.19402846', '' is no latitude and longitude"),
        (line(closeddate="1/1/2199 0:00"), "it is dated 2199-01-01, which is in the future"),
        (line() + ",,", "it has 16 values where the header has 14"),
        ("1-1,Bulky Items,Clo", "it has 3 values where the header has 14"),
        (line(address='"16815 W VAN'), "it cannot be taken apart: unexpected end of data"),
        (line(address='"a"b"'), "it cannot be taken apart: ',' expected after '\"'"),
        (line(address="a\0b"), "it holds a zero byte: the file is no UTF-8 text, or it is damaged"),
        (line()[:-60].rpartition(",")[0] + ',"cut', "it cannot be taken apart: unexpected end of data"),
    ],
)
def test_a_bad_line_is_told_and_its_neighbours_are_kept(office: Office, bad: str, reason: str) -> None:
    tally = office.take(office.file(HEADER, GOOD[0], bad, GOOD[1]))

    assert (tally.imported, tally.rejected) == (2, 1)
    assert office.told() == [(3, reason)]


def test_two_open_quotations_do_not_swallow_what_stands_between(office: Office) -> None:
    cut = line("x")[:90] + ',"cut off'

    tally = office.take(office.file(HEADER, GOOD[0], cut, line("c"), cut, GOOD[1]))

    assert tally.imported == 3
    assert [number for number, _ in office.told()] == [3, 5]


def test_a_lone_inch_mark_is_no_quotation(office: Office) -> None:
    lines = [line("a", requesttype='5" pipe'), line("b"), line("c", requesttype='6" pipe')]

    assert office.take(office.file(HEADER, *lines)).imported == 3


def test_a_value_may_go_on_in_the_next_lines(office: Office) -> None:
    (first, second) = office.records(office.file(HEADER, line("a", address='"one\n\n""two"""'), line("b")))

    assert first.filing["place"]["address"] == 'one\n\n"two"'
    assert (first.line, second.line) == (2, 5)


def test_a_line_that_is_no_utf8_is_read_as_latin_1_and_told(office: Office) -> None:
    path = office.file(HEADER, line("a", address="CAÑON").encode("latin-1"), line("b", address="CAÑON"))

    assert [record.filing["place"]["address"] for record in office.records(path)] == ["CAÑON", "CAÑON"]
    tally = office.take(path)
    assert (tally.imported, tally.rejected, tally.noted) == (2, 0, 1)
    assert office.told() == [(2, "it is no UTF-8; it was read as Latin-1")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty: it has no header"),
        (b"\n\n", "the file is empty: it has no header"),
        (b"srnumber,status\n1,Open\n", "the header has no column 'createddate': nothing can be read"),
        (HEADER.encode() + b",owner\n", "the header has column 'owner' twice: nothing can be read"),
        (HEADER.encode("utf-16"), "it holds a zero byte: the file is no UTF-8 text, or it is damaged"),
    ],
)
def test_a_file_without_a_header_is_told(office: Office, content: bytes, reason: str) -> None:
    path = office.folder / "file.csv"
    path.write_bytes(content)

    assert office.take(path).rejected == 1
    assert [told for _, told in office.told()] == [reason]
    assert office.application.log.head() == 0


def test_blank_lines_are_nothing(office: Office) -> None:
    assert office.take(office.file(HEADER, "", GOOD[0], "  ", "")).rejected == 0


def test_a_number_whose_first_line_was_rejected_may_come_again(office: Office) -> None:
    tally = office.take(office.file(HEADER, line("a", requesttype=""), line("a")))

    assert (tally.imported, tally.rejected) == (1, 1)


def test_a_row_that_leaves_the_calendar_is_rejected(office: Office) -> None:
    path = office.file(HEADER, line(createddate="1/1/2015 0:05"), line("b"))

    assert office.take(path, policy=SP4N_2018).imported == 1
    ((number, reason),) = office.told()
    assert number == 2
    assert reason.startswith("Calendar id-2026/1 covers")


def test_the_injected_clock_decides_which_dates_are_in_the_future(office: Office) -> None:
    begun = office.records(office.file(HEADER, line()))[0].filed_at
    office.application.clock = lambda: begun + timedelta(hours=1)

    assert office.take(office.file(HEADER, line())).rejected == 1
