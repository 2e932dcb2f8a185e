"""How a fault reads for the person at the command line.

Owns what is said in one line instead of a traceback.
"""

from replication.log.event_log import LogError
from services.plain_fault import PlainFault


class CannotStart(PlainFault):
    """`keytide up` gives up. The message says what is wrong and what to do."""


def fault_line(fault: Exception) -> str | None:
    """The one line for a person, or None for what deserves a traceback."""
    if isinstance(fault, PlainFault):
        return str(fault)
    if isinstance(fault, LogError):
        return f"{fault}. {fault.remedy}"
    if isinstance(fault, OSError) and fault.filename is not None:
        return f"{fault.filename}: {fault.strerror}"
    return None
