"""Numbers handed to people can be typed back, and wrong ones are noticed."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from lapor.application import identifiers


def test_a_tracking_code_is_read_back_however_it_is_typed() -> None:
    code = identifiers.new_tracking_code()

    for typed in (code, code.lower(), code.replace("-", ""), f" {code} ", code.replace("0", "o")):
        assert identifiers.tracking_code(typed) == code


@given(place=st.integers(3, 12), notification=st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ"))
def test_one_wrong_letter_makes_no_tracking_code(place: int, notification: str) -> None:
    code = identifiers.new_tracking_code()
    wrong = code[:place] + notification + code[place + 1 :]

    assert code[place] in {notification, "-"} or identifiers.tracking_code(wrong) is None


def test_a_receipt_holds_120_bits_and_its_digest_forgives_the_hand() -> None:
    receipt = identifiers.new_receipt()

    assert len(receipt) == 24
    grouped = "-".join(receipt[at : at + 4] for at in range(0, 24, 4)).lower()
    assert identifiers.receipt_digest(grouped) == identifiers.receipt_digest(receipt)


def test_a_repeatable_receipt_depends_on_the_secret_the_complaint_and_the_key() -> None:
    stream, key = uuid4(), uuid4()
    receipt = identifiers.repeatable_receipt(b"secret", stream, key)

    assert receipt == identifiers.repeatable_receipt(b"secret", stream, key)
    assert len(receipt) == 24
    assert receipt not in {
        identifiers.repeatable_receipt(b"other", stream, key),
        identifiers.repeatable_receipt(b"secret", uuid4(), key),
        identifiers.repeatable_receipt(b"secret", stream, uuid4()),
    }


def test_no_digest_equals_a_missing_one() -> None:
    assert not identifiers.same(None, identifiers.receipt_digest("A"))
    assert identifiers.same(identifiers.receipt_digest("A"), identifiers.receipt_digest("a"))
