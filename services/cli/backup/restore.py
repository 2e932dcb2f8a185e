"""`keytide restore`: an archive becomes a region's directory again.

Owns where shares and root come from, and what a person is told to do next. The work is in
`services/backup/restoring.py`.
"""

import asyncio
import os
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import orjson

from services.backup.archive_file import ArchiveReader
from services.backup.manifest import Manifest
from services.backup.restoring import Steps, Wanted, restore_archive
from services.backup.shares import Share, decode_share
from services.cli.operated_regions import OperatedRegions
from services.cli.progress_bar import ProgressBar
from services.durable_file import place_new_file
from services.region_node.keys.root import ROOT_LENGTH, KeysUnavailable, Root, find_root
from services.region_node.operator.questions import NotReached, Refused, Verb, ask
from shared.times import instant


def main(arguments: Namespace) -> int:
    """Errors: ArchiveFault, CannotRestore, CannotStart, KeysUnavailable, LogError, OSError."""
    archive = ArchiveReader(arguments.file)
    given = [decode_share(path.read_text(errors="replace")) for path in arguments.share]
    shares = [*given, *_of_peers(arguments, archive.manifest)]
    wanted = Wanted(arguments.region, arguments.directory, arguments.identity)
    manifest = asyncio.run(restore_archive(archive, shares, wanted, Steps(_Root(arguments.root), _Told())))
    records = sum(head.sequence for head in manifest.heads)
    if arguments.json:
        told = {"archive": manifest.archive, "region": manifest.region, "time": manifest.time, "records": records}
        print(orjson.dumps(told).decode())
        return 0
    print(f"{arguments.directory} is {manifest.region} as it was at {instant(manifest.time)}: {records:,} records.")
    print("What only this region had and was changed since is gone. Before it serves, its peers are asked how far")
    print("it had come: see docs/backup.md, which says what to do where it had come further.")
    return 0


def _of_peers(arguments: Namespace, manifest: Manifest) -> Iterator[Share]:
    """The shares of the regions that run beside."""
    if arguments.peers is None:
        return
    regions = OperatedRegions(arguments.peers)
    for holder in manifest.holders:
        if holder.name in regions.nodes:
            try:
                share = asyncio.run(ask(regions.node(holder.name), Verb.RELEASE_SHARE, archive=manifest.archive))
            except (NotReached, Refused):
                continue  # too few of them are told of later, with all holders
            yield decode_share(share)


class _Root:
    """Places the root in the new directory. `copy`: of the root file; None for a passphrase."""

    def __init__(self, copy: Path | None) -> None:
        self._copy = copy

    def __call__(self, directory: Path) -> Root:
        if self._copy is not None:
            content = self._copy.read_bytes()
            if len(content) != ROOT_LENGTH:
                raise KeysUnavailable(f"{self._copy} does not hold {ROOT_LENGTH} bytes: it is no root.")
            place_new_file(directory / "root", content)
        return find_root(os.environ, directory / "root")


class _Told:
    """A bar for each stage."""

    def __init__(self) -> None:
        self._bars: dict[str, ProgressBar] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        self._bars.setdefault(stage, ProgressBar(stage))(done, total)
