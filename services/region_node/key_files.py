"""Where a region's keys lie between two runs: the directory `keys/`, apart from the state, which no rebuild touches.

Owns the files `keys/<region>/`: a salt, a manifest that lists the rest, and one file for each secret, sealed under the
root as a `WrappedSecret` that is bound to region and file name, so that files cannot change places. All are made in a
staging directory that is renamed at the end: `keys/<region>/` is there whole or not at all.
"""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from services.durable_file import PRIVATE_DIRECTORY, sync_directory, write_new_file
from services.region_node.region_keys import RegionKeys, make_region_keys
from services.region_node.root import KeysUnavailable, Root, find_root
from services.region_node.settings import NodeSettings
from shared.crypto.domain_keys import DomainKeys, SecretUnavailable
from shared.crypto.entropy import random_bytes
from shared.crypto.region_certificate import certifies
from shared.crypto.region_identity import RegionIdentity
from shared.crypto.sealing import SealingKey
from shared.secrets import Secret

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
SALT = "salt"
SALT_LENGTH = 32

_IDENTITY = "identity"
_CERTIFICATE = "certificate"
_MAC = "record-mac"
_SEALING = "sealing"
_DOMAIN = "domain"
_ROOT_PLACE = (0, 0)
"""Bucket and epoch that stand for the root in a wrapped key file."""


def open_keys(settings: NodeSettings) -> RegionKeys:
    """The keys of a node's region, under the root that settings and environment name. Errors: KeysUnavailable."""
    root = find_root(os.environ, settings.root_file)
    return open_region_keys(settings.keys_directory, settings.region, root)


def create_region_keys(directory: Path, region: str, buckets: int, root: Root, now: int) -> RegionKeys:
    """Make a new region's keys and store them durably. `now` is integer milliseconds since 1970.

    Errors: as `store_region_keys`.
    """
    keys = make_region_keys(region, buckets, now)
    store_region_keys(keys, directory, root)
    return keys


def store_region_keys(keys: RegionKeys, directory: Path, root: Root) -> None:
    """Store a region's keys durably.

    What an interrupted call left behind was never in use and is cleared. Errors: KeysUnavailable, also if the region's
    keys exist already: they are never written over.
    """
    final, staging = directory / keys.region, directory / f"{keys.region}.creating"
    if final.exists():
        raise KeysUnavailable(
            f"{final} holds keys already: they are kept. Everything that the region stored rests on them."
        )
    try:
        _store(keys, staging, root)
        staging.rename(final)
        sync_directory(directory)
    except OSError as failure:
        raise KeysUnavailable(f"{final} cannot be written: {failure.strerror}.") from None


def open_region_keys(directory: Path, region: str, root: Root) -> RegionKeys:
    """Read and open the keys of `region`. Errors: KeysUnavailable, naming the file and what to do."""
    folder = directory / region
    names = _read_manifest(folder, region)
    cabinet = _Cabinet(folder, region, root, _read(folder / SALT))
    return _assemble(region, folder, {name: cabinet.open(name) for name in names})


def _store(keys: RegionKeys, staging: Path, root: Root) -> None:
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(mode=PRIVATE_DIRECTORY, parents=True)
    salt = random_bytes(SALT_LENGTH)
    write_new_file(staging / SALT, salt)
    cabinet = _Cabinet(staging, keys.region, root, salt)
    secrets = _named_secrets(keys)
    for name, secret in secrets.items():
        cabinet.store(name, secret)
    manifest = {"format": FORMAT_VERSION, "region": keys.region, "files": sorted(secrets)}
    write_new_file(staging / MANIFEST, json.dumps(manifest, indent=1).encode() + b"\n")
    sync_directory(staging)


class _Cabinet:
    """The sealed files of one folder."""

    def __init__(self, folder: Path, region: str, root: Root, salt: bytes) -> None:
        self._folder, self._region, self._root = folder, region, root
        self._sealer = DomainKeys({_ROOT_PLACE: root.sealing_key(salt)})

    def store(self, name: str, secret: Secret) -> None:
        write_new_file(self._folder / name, self._sealer.wrap(_ROOT_PLACE[0], secret, self._binding(name)))

    def open(self, name: str) -> Secret:
        path = self._folder / name
        try:
            return self._sealer.unwrap(_read(path), self._binding(name))
        except SecretUnavailable:
            raise KeysUnavailable(
                f"{path} does not open. Either {self._root.description} is not the root that these keys rest on: "
                "give the right one. Or the file was changed: restore it from your copy."
            ) from None

    def _binding(self, name: str) -> str:
        return f"key-file/{self._region}/{name}"


def _named_secrets(keys: RegionKeys) -> Mapping[str, Secret]:
    """What stands in which file. The certificate is no secret, but sealed like the rest nobody can exchange it."""
    return {
        _IDENTITY: keys.identity.seed,
        _CERTIFICATE: Secret(keys.certificate),
        f"{_MAC}.{keys.mac_key_id}": keys.mac_key,
        **{f"{_SEALING}.{number}": key.seed for number, key in keys.sealing_keys.items()},
        **{f"{_DOMAIN}.{bucket}.{epoch}": secret for (bucket, epoch), secret in keys.domain_keys.held().items()},
    }


def _assemble(region: str, folder: Path, secrets: Mapping[str, Secret]) -> RegionKeys:
    try:
        (mac_key_id,) = [name.removeprefix(f"{_MAC}.") for name in secrets if name.startswith(f"{_MAC}.")]
        keys = RegionKeys(
            region=region,
            mac_key_id=mac_key_id,
            mac_key=secrets[f"{_MAC}.{mac_key_id}"],
            identity=RegionIdentity(secrets[_IDENTITY]),
            sealing_keys={number: SealingKey(secret) for (number,), secret in _numbered(_SEALING, secrets)},
            domain_keys=DomainKeys(
                {(bucket, epoch): secret for (bucket, epoch), secret in _numbered(_DOMAIN, secrets)}
            ),
            certificate=secrets[_CERTIFICATE].reveal(),
        )
    except (KeyError, ValueError):
        raise KeysUnavailable(f"{folder / MANIFEST} does not list all that a region needs. {_RESTORE}") from None
    if not keys.sealing_keys or not certifies(keys.certificate, keys.identity.public_bytes, region):
        raise KeysUnavailable(f"the files in {folder} do not belong together. {_RESTORE}")
    return keys


def _numbered(kind: str, secrets: Mapping[str, Secret]) -> list[tuple[list[int], Secret]]:
    prefix = f"{kind}."
    return [
        ([int(number) for number in name.removeprefix(prefix).split(".")], secret)
        for name, secret in secrets.items()
        if name.startswith(prefix)
    ]


_RESTORE = "Restore the directory from your copy of it."


def _read_manifest(folder: Path, region: str) -> list[str]:
    """The names of the sealed files."""
    content = _read(folder / MANIFEST)
    try:
        manifest = json.loads(content)
        version, named, files = manifest["format"], manifest["region"], [str(name) for name in manifest["files"]]
    except (ValueError, TypeError, KeyError):
        raise KeysUnavailable(f"{folder / MANIFEST} is not readable. {_RESTORE}") from None
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
        raise KeysUnavailable(
            f"{path} is missing. {_RESTORE} A new region makes its keys at its first start."
        ) from None
    except OSError as failure:
        raise KeysUnavailable(f"{path} cannot be read: {failure.strerror}. Check the file's owner and mode.") from None
