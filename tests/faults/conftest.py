"""A service for each test."""

from collections.abc import Iterator

import pytest

from .folders import a_folder, started
from .service import Service


@pytest.fixture
def service() -> Iterator[Service]:
    with a_folder() as folder, started(folder) as it:
        yield it
