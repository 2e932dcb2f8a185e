"""What a drill can do with regions, wherever they run.

Owns the contract between scenarios and the places where regions run: processes of this machine, or containers.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from services.drill.client import Client
from services.drill.scenarios import Need


class Told(NamedTuple):
    """How a command ended, and what it has said."""

    status: int
    text: str


class Site(Protocol):
    """Regions that run. `name`: how the report calls the place. `goes_on`: they are used after the drill, too.
    `lacking`: what cannot be done here, and why.

    What is not lacking works; errors of all methods: CannotDrill, OSError.
    """

    name: str
    regions: tuple[str, ...]
    kafka: bool
    goes_on: bool
    lacking: Mapping[Need, str]

    def connect(self, region: str) -> Client:
        """A client of the region's own endpoint, for one thread."""

    def command(self, region: str, *words: str) -> Told:
        """`keytide WORDS`, as the operator of the region gives it."""

    def lose(self, region: str) -> None:
        """End all processes of the region at once, so that they stay away."""

    def bring_back(self, region: str) -> None:
        """Let the region start again with all that it had."""

    def kill_broker(self, region: str) -> None: ...

    def bring_back_broker(self, region: str) -> None: ...

    def cut(self, region: str) -> None:
        """Let nothing pass between the region and any other."""

    def slow(self, region: str) -> None:
        """Make the region's links slow."""

    def mend(self, region: str) -> None:
        """Let all pass again, at once."""

    def destroy(self, region: str) -> None:
        """Destroy all that a lost region has written, but for a copy of its root, with which `restore` opens it."""

    def restore(self, region: str, archive: str) -> Told:
        """`keytide restore`: the region as it is in the archive, a file that `archive` has named."""

    def archive(self, region: str) -> str:
        """The file that an archive of the region may be written to."""
