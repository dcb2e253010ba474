"""Requests drawn from /openapi.json: whoever sends them, each answer is one that it documents.

The other tests of this folder send what we thought of; these send what the description allows, and
what it forbids.
"""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
