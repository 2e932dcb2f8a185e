"""Which node of a region speaks for all. Owns what pulses need to know of the others."""

from typing import Protocol


class PulsingNodes(Protocol):
    """The nodes of the region, of which one at a time speaks for all."""

    def leads(self) -> bool: ...

    async def all_held(self) -> bool:
        """Whether all that is applied here by now binds every node of the region, soon."""


class _Alone:
    def leads(self) -> bool:
        return True

    async def all_held(self) -> bool:
        return True


ALONE: PulsingNodes = _Alone()
