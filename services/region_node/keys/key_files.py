"""Where a region's keys lie between two runs: the directory `keys/`, apart from the state, which no rebuild touches.

Owns which secret stands in which file of the region's cabinet, and how all are made at a region's birth: in a staging
directory that is renamed at the end, so that `keys/<region>/` is there whole or not at all.
"""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from services.durable_file import PRIVATE_DIRECTORY, sync_directory, write_new_file
from services.region_node.keys.cabinet import domain_file, numbers_in, sealing_file
from services.region_node.keys.key_cabinet import MANIFEST, RESTORE, SALT, SALT_LENGTH, KeyCabinet, open_cabinet
from services.region_node.keys.region_keys import RegionKeys, make_region_keys
from services.region_node.keys.root import KeysUnavailable, Root, find_root
from services.region_node.settings.settings import NodeSettings
from shared.crypto.domain_keys import DomainKeys
from shared.crypto.entropy import random_bytes
from shared.crypto.region_certificate import certifies
from shared.crypto.region_identity import RegionIdentity
from shared.crypto.sealing import SealingKey
from shared.crypto.sealing_keys import SealingKeys
from shared.secrets import Secret

_IDENTITY = "identity"
_CERTIFICATE = "certificate"
_MAC = "record-mac"


def open_keys(settings: NodeSettings) -> RegionKeys:
    """The keys of a node's region, under the root that settings and environment name. Errors: KeysUnavailable."""
    root = find_root(os.environ, settings.root_file)
    return open_region_keys(settings.keys_directory, settings.region, root)


def create_region_keys(
    directory: Path, region: str, partitions: int, root: Root, now: int, sealing_number: int = 1
) -> RegionKeys:
    """Make a new region's keys and store them durably: see `make_region_keys`. Errors: as `store_region_keys`."""
    keys = make_region_keys(region, partitions, now, sealing_number)
    return store_region_keys(keys, directory, root)


def store_region_keys(keys: RegionKeys, directory: Path, root: Root) -> RegionKeys:
    """Store a region's keys durably. Returns them as they stand there.

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
    return open_region_keys(directory, keys.region, root)


def open_region_keys(directory: Path, region: str, root: Root) -> RegionKeys:
    """Read and open the keys of `region`. Errors: KeysUnavailable, naming the file and what to do."""
    cabinet = open_cabinet(directory / region, region, root)
    return _assemble(cabinet, {name: cabinet.open(name) for name in cabinet.names()})


def _store(keys: RegionKeys, staging: Path, root: Root) -> None:
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(mode=PRIVATE_DIRECTORY, parents=True)
    salt = random_bytes(SALT_LENGTH)
    write_new_file(staging / SALT, salt)
    cabinet = KeyCabinet(staging, keys.region, root.description, root.sealing_key(salt))
    secrets = _named_secrets(keys)
    for name, secret in secrets.items():
        write_new_file(staging / name, cabinet.sealed(name, secret))
    write_new_file(staging / MANIFEST, cabinet.manifest(secrets))
    sync_directory(staging)


def _named_secrets(keys: RegionKeys) -> Mapping[str, Secret]:
    """What stands in which file. The certificate is no secret, but sealed like the rest nobody can exchange it."""
    return {
        _IDENTITY: keys.identity.seed,
        _CERTIFICATE: Secret(keys.certificate),
        f"{_MAC}.{keys.mac_key_id}": keys.mac_key,
        **{sealing_file(number): key.seed for number, key in keys.sealing_keys.items()},
        **{domain_file(*place): secret for place, secret in keys.domain_keys.held().items()},
    }


def _assemble(cabinet: KeyCabinet, secrets: Mapping[str, Secret]) -> RegionKeys:
    try:
        (mac_key_id,) = [name.removeprefix(f"{_MAC}.") for name in secrets if name.startswith(f"{_MAC}.")]
        keys = RegionKeys(
            region=cabinet.region,
            mac_key_id=mac_key_id,
            mac_key=secrets[f"{_MAC}.{mac_key_id}"],
            identity=RegionIdentity(secrets[_IDENTITY]),
            sealing_keys=SealingKeys(
                {number: SealingKey(secrets[sealing_file(number)]) for (number,) in numbers_in("sealing", secrets)},
                cabinet.sealing_key,
            ),
            domain_keys=DomainKeys(
                {
                    (bucket, epoch): secrets[domain_file(bucket, epoch)]
                    for bucket, epoch in numbers_in("domain", secrets)
                },
                cabinet.domain_key,
                cabinet.fresh_domain_keys,
            ),
            certificate=secrets[_CERTIFICATE].reveal(),
            cabinet=cabinet,
        )
    except (KeyError, ValueError):
        raise KeysUnavailable(f"{cabinet.folder / MANIFEST} does not list all that a region needs. {RESTORE}") from None
    if not keys.sealing_keys or not certifies(keys.certificate, keys.identity.public_bytes, cabinet.region):
        raise KeysUnavailable(f"the files in {cabinet.folder} do not belong together. {RESTORE}")
    return keys
