"""A story for each test of the domain."""

import pytest

from .story import Story


@pytest.fixture
def story() -> Story:
    return Story()
