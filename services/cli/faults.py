"""Faults that a person can mend, and how they read.

Owns which exceptions are said in one line instead of a traceback. Anything else is a fault of the program.
"""

from services.processes.directory_lock import DirectoryInUse
from services.processes.sockets import AddressBusy
from services.strict_settings import SettingsError


class CannotStart(Exception):
    """`keytide up` gives up. The message says what is wrong and what to do."""


_NAMED = frozenset({"KeysUnavailable", "MissingTool", "BrokerFailed"})
"""By name, so that a worker does not load what only `up` needs."""
_OWN = (CannotStart, SettingsError, AddressBusy, DirectoryInUse)


def fault_line(fault: Exception) -> str | None:
    """The one line for a person, or None for what deserves a traceback."""
    if isinstance(fault, _OWN) or type(fault).__name__ in _NAMED:
        return str(fault)
    if isinstance(fault, OSError) and fault.filename is not None:
        return f"{fault.filename}: {fault.strerror}"
    return None
