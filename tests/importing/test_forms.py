"""MyLA311's files are read in the forms of all years."""

from datetime import UTC, datetime

import pytest

from lapor.domain.vocabulary import Kind, Privacy, Stage
from lapor.importing.records import BadRowError
from lapor.importing.timestamps import by_forms, iso, iso_or_month_first, moments

from .office import HEADER, Office, line

LA = "America/Los_Angeles"


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("1/1/20 0:05", datetime(2020, 1, 1, 8, 5, tzinfo=UTC)),
        ("12/31/2017 11:59:58 PM", datetime(2018, 1, 1, 7, 59, 58, tzinfo=UTC)),
        ("12/31/2017 12:00:01 AM", datetime(2017, 12, 31, 8, 0, 1, tzinfo=UTC)),
        ("6/30/2018 12:30 pm", datetime(2018, 6, 30, 19, 30, tzinfo=UTC)),
        ("2019-01-01T00:00:00", datetime(2019, 1, 1, 8, tzinfo=UTC)),
        ("2019-01-01T00:00:00.000", datetime(2019, 1, 1, 8, tzinfo=UTC)),
        ("2019-01-01 00:00", datetime(2019, 1, 1, 8, tzinfo=UTC)),
        ("2019-07-01", datetime(2019, 7, 1, 7, tzinfo=UTC)),
        ("2019-01-01T00:00:00Z", datetime(2019, 1, 1, tzinfo=UTC)),
        ("1/3/2021", datetime(2021, 1, 3, 8, tzinfo=UTC)),
        ("11/1/20 1:30", datetime(2020, 11, 1, 8, 30, tzinfo=UTC)),  # the first of the two half past ones
        ("3/8/20 2:30", datetime(2020, 3, 8, 10, 30, tzinfo=UTC)),  # which the clocks passed over
    ],
)
def test_every_date_form_is_read_as_local_time(written: str, at: datetime) -> None:
    assert moments(LA, iso_or_month_first)(written) == at


@pytest.mark.parametrize(
    "written",
    ["", "13/1/20 0:05", "2/30/20", "1/1/20 24:00", "1/1/20 13:00 PM", "20200101", "soon", "1/1/0020"],
)
def test_a_text_that_is_no_date_is_refused(written: str) -> None:
    with pytest.raises(BadRowError):
        moments(LA, iso_or_month_first)(written)


def test_dates_with_slashes_are_read_only_where_somebody_says_how() -> None:
    with pytest.raises(BadRowError):
        moments("Asia/Jakarta", iso)("3/2/2025")
    day_first = moments("Asia/Jakarta", by_forms(["%d/%m/%Y %H:%M", "%d/%m/%Y"]))
    assert day_first("3/2/2025") == datetime(2025, 2, 2, 17, tzinfo=UTC)


def test_headers_are_known_in_any_case_after_a_byte_order_mark(office: Office) -> None:
    header = "SRNumber,CreatedDate,Owner,RequestType,Status,ClosedDate,Anonymous"
    row = "1-77,12/31/2017 11:59:58 PM,BSS,Other,Closed,1/2/2018 1:00:00 PM,Y"

    (record,) = office.records(office.file(b"\xef\xbb\xbf" + header.encode() + b"\r", row + "\r"))

    assert (record.line, record.number, record.agency, record.stage) == (2, "1-77", "BSS", Stage.CLOSED)
    assert record.filed_at == datetime(2018, 1, 1, 7, 59, 58, tzinfo=UTC)
    assert record.filing["privacy"] is Privacy.ANONYMOUS
    assert record.filing["place"] is None


def test_a_row_becomes_a_filing(office: Office) -> None:
    (record,) = office.records(office.file(HEADER, line(requesttype="Metal/Household Appliances")))

    assert record.filing == {
        "title": "Metal/Household Appliances",
        "text": "Metal/Household Appliances\nrequestsource: Call\nzipcode: 91406",
        "kind": Kind.COMPLAINT,
        "category": "metal-household-appliances",
        "place": {
            "address": "16815 W VANOWEN ST, 91406",
            "village": "91406",
            "lat": 34.19402846,
            "lon": -118.4994716,
        },
        "privacy": Privacy.OPEN,
    }


@pytest.mark.parametrize(
    ("changed", "closed_at"),
    [
        ({}, datetime(2020, 1, 2, 16, 40, tzinfo=UTC)),
        ({"closeddate": ""}, datetime(2020, 1, 2, 16, 43, tzinfo=UTC)),
        ({"closeddate": "", "updateddate": ""}, datetime(2020, 1, 2, 8, tzinfo=UTC)),
        ({"closeddate": "", "updateddate": "", "servicedate": ""}, datetime(2020, 1, 1, 8, 5, tzinfo=UTC)),
        ({"closeddate": "", "updateddate": "12/1/19 0:00"}, datetime(2020, 1, 1, 8, 5, tzinfo=UTC)),
    ],
)
def test_a_missing_closing_date_is_taken_from_the_next_best(
    office: Office, changed: dict[str, str], closed_at: datetime
) -> None:
    (record,) = office.records(office.file(HEADER, line(**changed)))

    assert record.happened == {
        "route": datetime(2020, 1, 1, 8, 5, tzinfo=UTC),
        "respond": closed_at,
        "close": closed_at,
    }
    assert record.notes == ()


def test_a_closing_before_the_filing_is_moved_and_told(office: Office) -> None:
    (record,) = office.records(office.file(HEADER, line(closeddate="12/31/19 23:00")))

    assert set(record.happened.values()) == {record.filed_at}
    assert record.notes
