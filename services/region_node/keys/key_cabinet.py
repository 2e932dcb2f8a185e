"""The sealed files of one region's keys: a salt, a manifest that lists the rest, and one file for each secret.

Owns the folder `keys/<region>/`. Each file is sealed under the root as a `WrappedSecret` that is bound to region and
file name, so that files cannot change places. A file counts once the manifest lists it, and is destroyed after the
manifest lists it no more: a crash between leaves a stray, which is destroyed at the next occasion.

What was destroyed is overwritten, synced and unlinked. A disk may keep old blocks all the same (flash, copies on write,
snapshots): what protects them is that they were sealed under the root.
"""

import json
import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from services.durable_file import replace_file, sync_directory, write_new_file
from services.region_node.keys.cabinet import FRESH, domain_file, sealing_file, waiting_for
from services.region_node.keys.root import KeysUnavailable, Root
from shared.crypto.domain_keys import DomainKeys, SecretUnavailable
from shared.crypto.entropy import random_bytes
from shared.crypto.sealing import SealingKey
from shared.secrets import Secret

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
SALT = "salt"
SALT_LENGTH = 32
RESTORE = "Restore the directory from your copy of it."

_ROOT_PLACE = (0, 0)
"""Bucket and epoch that stand for the root in a wrapped key file."""


class KeyCabinet:
    """One process adds and destroys; any number read. `root_key` is what the root gives for the folder's salt."""

    def __init__(self, folder: Path, region: str, root_description: str, root_key: Secret) -> None:
        self.folder, self.region = folder, region
        self._root_description = root_description
        self._sealer = DomainKeys({_ROOT_PLACE: root_key})

    def names(self) -> list[str]:
        """The files that the manifest lists. Errors: KeysUnavailable."""
        return _read_manifest(self.folder, self.region)

    def open(self, name: str) -> Secret:
        """Errors: KeysUnavailable."""
        path = self.folder / name
        try:
            return self._sealer.unwrap(_read(path), self._binding(name))
        except SecretUnavailable:
            raise KeysUnavailable(
                f"{path} does not open. Either {self._root_description} is not the root that these keys rest on: "
                "give the right one. Or the file was changed: restore it from your copy."
            ) from None

    def domain_key(self, bucket: int, epoch: int) -> Secret | None:
        """None for one that is not kept here, or not any more."""
        return self._open_listed(domain_file(bucket, epoch))

    def fresh_domain_keys(self, bucket: int, epoch: int) -> list[Secret]:
        """Those that wait to become the epoch's key: see `fresh_keys.py`."""
        with suppress(KeysUnavailable):
            return waiting_for(domain_file(bucket, epoch), self)
        return []

    def sealing_key(self, number: int) -> SealingKey | None:
        """As `domain_key`."""
        seed = self._open_listed(sealing_file(number))
        return None if seed is None else SealingKey(seed)

    def add(self, name: str, secret: Secret) -> None:
        """Keep a new secret; it is durable when this returns. Errors: KeysUnavailable, also for one that is there."""
        path = self.folder / name
        if name in self.names():
            raise KeysUnavailable(f"{path} exists already: it is kept.")
        try:
            path.unlink(missing_ok=True)  # a stray: what the manifest does not list was never in use
            write_new_file(path, self.sealed(name, secret))
            sync_directory(self.folder)
            replace_file(self.folder / MANIFEST, self.manifest({*self.names(), name}))
        except OSError as failure:
            raise KeysUnavailable(f"{path} cannot be written: {failure.strerror}.") from None

    def destroy(self, names: Collection[str]) -> None:
        """Destroy what these files hold, and strays. What is gone already is no fault. Errors: KeysUnavailable."""
        listed = set(self.names())
        try:
            kept = listed.difference(names)
            if kept != listed:
                replace_file(self.folder / MANIFEST, self.manifest(kept))
            if strays := self._strays(kept):
                for path in strays:
                    overwrite(path)
                    path.unlink()
                sync_directory(self.folder)
        except OSError as failure:
            raise KeysUnavailable(f"{self.folder} cannot be written: {failure.strerror}.") from None

    def sealed(self, name: str, secret: Secret) -> bytes:
        """What stands in the file."""
        return self._sealer.wrap(_ROOT_PLACE[0], secret, self._binding(name))

    def manifest(self, names: Iterable[str]) -> bytes:
        content = {"format": FORMAT_VERSION, "region": self.region, "files": sorted(names)}
        return json.dumps(content, indent=1).encode() + b"\n"

    def _open_listed(self, name: str) -> Secret | None:
        with suppress(KeysUnavailable):
            return self.open(name) if name in self.names() else None
        return None

    def _strays(self, kept: Collection[str]) -> list[Path]:
        return [
            path
            for path in self.folder.iterdir()
            if path.name.startswith(("domain.", "sealing.", "share.", FRESH)) and path.name not in kept
        ]

    def _binding(self, name: str) -> str:
        return f"key-file/{self.region}/{name}"


def open_cabinet(folder: Path, region: str, root: Root) -> KeyCabinet:
    """Errors: KeysUnavailable, naming the file and what to do."""
    _read_manifest(folder, region)
    return KeyCabinet(folder, region, root.description, root.sealing_key(_read(folder / SALT)))


def overwrite(path: Path) -> None:
    """In place: where the file system writes in place, nothing of the old content is left."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    with os.fdopen(descriptor, "wb") as file:
        file.write(random_bytes(path.stat().st_size))
        file.flush()
        os.fsync(descriptor)


def _read_manifest(folder: Path, region: str) -> list[str]:
    content = _read(folder / MANIFEST)
    try:
        manifest = json.loads(content)
        version, named, files = manifest["format"], manifest["region"], [str(name) for name in manifest["files"]]
    except (ValueError, TypeError, KeyError):
        raise KeysUnavailable(f"{folder / MANIFEST} is not readable. {RESTORE}") from None
    if version != FORMAT_VERSION:
        raise KeysUnavailable(f"{folder} was written by another version of Keytide: use that one, or a newer one.")
    if named != region:
        raise KeysUnavailable(
            f"{folder} holds the keys of {named}, not of {region}. Set the node's region or its keys."
        )
    return files


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise KeysUnavailable(f"{path} is missing. {RESTORE} A new region makes its keys at its first start.") from None
    except OSError as failure:
        raise KeysUnavailable(f"{path} cannot be read: {failure.strerror}. Check the file's owner and mode.") from None
