"""How long a test that could go on for ever goes on: not for long in `make test`, in full in `make thorough`.

Owns the one switch, `KEYTIDE_TEST_THOROUGH`. What a test proves does not depend on it, only how often it tries. Such a
test bears the mark `thorough`, by which `make thorough` finds it.
"""

import os
from typing import Final

import pytest

THOROUGH: Final = "KEYTIDE_TEST_THOROUGH" in os.environ

thorough = pytest.mark.thorough


def often(full: int, *, otherwise: int) -> int:
    """How often to try: `full` in `make thorough`, `otherwise` in `make test`."""
    return full if THOROUGH else otherwise
