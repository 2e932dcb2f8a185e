"""What `make test` does in part or leaves to `make thorough`: tests that could go on for ever, or take minutes.

Owns the one switch, `KEYTIDE_TEST_THOROUGH`. What a test proves does not depend on it, only how often it tries, or
whether it runs at all. Such a test bears the mark `thorough`, by which `make thorough` finds it.
"""

import os
from collections.abc import Callable
from typing import Any, Final, TypeVar

import pytest

Test = TypeVar("Test", bound=Callable[..., Any])
THOROUGH: Final = "KEYTIDE_TEST_THOROUGH" in os.environ

thorough = pytest.mark.thorough


_otherwise_skipped = pytest.mark.skipif(not THOROUGH, reason="it takes minutes: make thorough runs it")


def in_full_only(test: Test) -> Test:
    """A test that takes minutes, of a kind of which `make test` has shorter ones."""
    thorough(_otherwise_skipped(test))  # both mark the test itself
    return test


def often(full: int, *, otherwise: int) -> int:
    """How often to try: `full` in `make thorough`, `otherwise` in `make test`."""
    return full if THOROUGH else otherwise
