"""The system is no person: no officer has its role, no report comes by its channel."""

from lapor.domain.vocabulary import Role

from ..people import People


def test_nobody_is_appointed_as_the_system(people: People) -> None:
    body = {"name": "HAL", "role": "system"}

    answer = people.call("POST", "/officers", people.token(Role.ADMINISTRATOR), body)

    assert answer.status_code == 422
    assert "by itself" in answer.get_json()["detail"]


def test_no_report_comes_by_the_systems_channel(people: People) -> None:
    body = {"text": "Lampu padam.", "consent": True, "channel": "system"}

    assert people.call("POST", "/complaints", body=body).status_code == 422
