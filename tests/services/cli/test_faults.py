"""How a fault reads for the person at the command line."""

import pytest

from replication.log.event_log import LogUnavailable
from services.cli.faults import CannotStart, fault_line


@pytest.mark.parametrize(
    ("fault", "line"),
    [
        (CannotStart("say so"), "say so"),
        (FileNotFoundError(2, "No such file", "node.json"), "node.json: No such file"),
        (LogUnavailable("the broker is away"), f"the broker is away. {LogUnavailable.remedy}"),
        (KeyError("a fault of the program"), None),
    ],
)
def test_what_a_person_can_mend_is_one_line(fault: Exception, line: str | None) -> None:
    assert fault_line(fault) == line
