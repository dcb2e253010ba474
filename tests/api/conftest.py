"""In this folder every answer is held against /openapi.json."""

from collections.abc import Callable
from typing import Any

import pytest

from .described import Checked


@pytest.fixture
def people(people: Any) -> Any:
    """People whose client takes no undocumented answer."""
    app = people.client.application
    app.test_client_class = Checked
    people.client = app.test_client()
    return people


@pytest.fixture
def head(house: Any) -> Callable[[], int]:
    """The log's last position: it stays where nothing is stored."""
    found: Callable[[], int] = house.services.head
    return found
