"""`keytide backup …-share`, and how the shares of a new archive's key get to their holders.

Owns both ways: a peer whose region runs here is handed its share at once; every other share becomes a file, to be
carried. What is in a file for a region is sealed to it; what is in one for a person is the share in clear.
"""

import asyncio
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from services.backup.archive_key import ArchiveKey
from services.backup.shares import Share, encode_sealed_share, encode_share, seal_share
from services.cli.faults import CannotStart
from services.cli.operated_regions import OperatedRegions
from services.durable_file import PRIVATE_DIRECTORY, place_new_file
from services.region_node.operator.questions import NotReached, Verb, ask
from shared.crypto.region_card import RegionCard


class HandingOut:
    """Of one archive's shares. `to_carry`: the files that somebody has to carry."""

    def __init__(
        self, arguments: Namespace, regions: OperatedRegions, cards: Mapping[str, RegionCard], key: ArchiveKey
    ) -> None:
        self._regions, self._cards, self._key = regions, cards, key
        self._for_persons: Path | None = arguments.shares_to
        self._folder = self._for_persons or arguments.to.with_name(f"{arguments.to.name}.shares")
        self._kept: list[str] = []
        self.to_carry: list[str] = []

    async def run(self) -> None:
        """Errors: OutcomeUnknown, Refused for a region that runs and does not take its share; OSError."""
        for holder, share in self._key.handed_out():
            if self._for_persons is not None:
                self._write(holder, encode_share(share))
            else:
                await self._give(holder, share)

    def told(self) -> list[str]:
        """For a person."""
        needed = f"{self._key.threshold} of {len(self._key.holders)} shares open it, with the region's root."
        kept = [f"{holder} keeps its share." for holder in self._kept]
        how = "give it to a person" if self._for_persons is not None else "carry it there: keytide backup keep-share"
        return [needed, *kept, *(f"{path}: {how}." for path in self.to_carry)]

    async def _give(self, holder: str, share: Share) -> None:
        sealed = encode_sealed_share(seal_share(share, self._cards[holder]))
        if holder in self._regions.nodes:
            try:
                await ask(self._regions.node(holder), Verb.KEEP_SHARE, text=sealed)
            except NotReached:
                pass
            else:
                self._kept.append(holder)
                return
        self._write(holder, sealed)

    def _write(self, holder: str, content: str) -> None:
        self._folder.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        path = self._folder / f"{self._key.archive[:8]}-{holder}.share"
        place_new_file(path, content.encode())
        self.to_carry.append(str(path))


def keep(arguments: Namespace) -> int:
    """Errors: CannotStart, those of `ask`."""
    settings = OperatedRegions(arguments.directory).node(arguments.region)
    asyncio.run(ask(settings, Verb.KEEP_SHARE, text=arguments.file.read_text(errors="replace")))
    print(f"{settings.region} keeps its share; destroy {arguments.file} and every copy of it")
    return 0


def release(arguments: Namespace) -> int:
    """Errors: CannotStart, those of `ask`, OSError."""
    settings = OperatedRegions(arguments.directory).node(arguments.region)
    share = asyncio.run(ask(settings, Verb.RELEASE_SHARE, archive=arguments.archive))
    place_new_file(arguments.to, share.encode())
    print(f"{arguments.to} is the share of {settings.region}, in clear: destroy it once the archive is restored")
    return 0


def destroy(arguments: Namespace) -> int:
    """Given again, it finds the same statement in the file. Errors: CannotStart, those of `ask`, OSError."""
    settings = OperatedRegions(arguments.directory).node(arguments.region)
    statement = asyncio.run(ask(settings, Verb.DESTROY_SHARE, archive=arguments.archive, region=arguments.of))
    content = f"{statement}\n".encode()
    try:
        place_new_file(arguments.to, content)
    except FileExistsError as error:
        if arguments.to.read_bytes() != content:
            raise CannotStart(
                f"the share of {settings.region} is destroyed, but {arguments.to} is another file, which is kept: give "
                "the same command again with another --to"
            ) from error
    print(f"the share of {settings.region} is destroyed; bring {arguments.to} to {arguments.of}: keytide backup expire")
    return 0
