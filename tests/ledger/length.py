"""The length of these tests: short in the suite; `make proof` sets LAPOR_PROOF=long."""

import os

LONG = os.environ.get("LAPOR_PROOF") == "long"
