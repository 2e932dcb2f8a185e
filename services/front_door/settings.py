"""What the front door is told: where it listens, which regions there are, and its limits.

Owns `DoorSettings` and its file, `door.json`.
"""

from dataclasses import dataclass, field
from pathlib import Path

from services.region_node.http.limits import HttpLimits
from services.region_node.settings.settings import Address
from services.strict_settings import SettingsError, read_settings, write_settings

SETTINGS_FILE = "door.json"


@dataclass(frozen=True, slots=True)
class RegionSocket:
    """A region, and the Unix sockets on which its nodes let the front door in."""

    region: str
    socket: Path
    others: tuple[Path, ...] = ()
    """Of its further nodes."""

    @property
    def sockets(self) -> tuple[Path, ...]:
        return (self.socket, *self.others)


@dataclass(frozen=True, slots=True)
class DoorLimits:
    """What one client may take. Times are seconds, sizes bytes."""

    head_bytes: int = 65_536
    """Request line and headers."""
    head_seconds: int = 10
    """From the first byte of a request to the last of its headers."""
    body_bytes: int = HttpLimits().body_bytes
    """Of a body: as much as a region takes."""
    receive_seconds: int = int(HttpLimits().receive_seconds)
    """From the first byte of a request to its last."""
    idle_seconds: int = 75
    """Between two requests."""
    answer_seconds: int = 60
    """From the end of a request to the end of its answer."""
    connections: int = 4096
    held_bytes: int = 256 * 1024 * 1024
    """Of all requests together that are not whole."""
    stopping_seconds: int = 5
    """That requests in flight are given when the door closes."""


@dataclass(frozen=True, slots=True)
class DoorSettings:
    """`regions` in order: the first answers global services (STS, IAM) whose signature names no region known here."""

    listen: Address
    regions: tuple[RegionSocket, ...]
    limits: DoorLimits = field(default_factory=DoorLimits)

    def __post_init__(self) -> None:
        if not self.regions:
            raise SettingsError("regions: must name at least one region")


def read_door_settings(directory: Path) -> DoorSettings:
    """The settings in `directory`. Errors: SettingsError."""
    return read_settings(DoorSettings, directory / SETTINGS_FILE)


def write_door_settings(settings: DoorSettings, directory: Path) -> None:
    """Write `door.json` into `directory`, mode 0600."""
    write_settings(settings, directory / SETTINGS_FILE)
