"""A worker's memory follows the cabinet: new keys are found, destroyed ones are dropped with what they had opened."""

from pathlib import Path

import pytest

from services.region_node.keys.cabinet import domain_file, sealing_file
from services.region_node.keys.key_files import create_region_keys, open_region_keys
from services.region_node.keys.region_keys import RegionKeys, fresh_domain_key
from services.region_node.keys.root import RootFile
from services.region_node.keys.vault import RegionVault
from services.region_node.worker.held_keys import look
from shared.crypto.domain_keys import SecretUnavailable
from shared.crypto.sealing import SealingKey, seal
from shared.errors import KeyUnavailable
from shared.secrets import Secret
from tests.services.region_node.keys.test_vault import ACCOUNT, HOME, KEY_ID, MATERIAL_ID, NOW, SECRET, _key

ROOT = RootFile("root", Secret(b"\x05" * 32))


@pytest.fixture
def writer(tmp_path: Path) -> RegionKeys:
    return create_region_keys(tmp_path, HOME, 1, ROOT, NOW)


@pytest.fixture
def worker(tmp_path: Path, writer: RegionKeys) -> RegionKeys:
    return open_region_keys(tmp_path, HOME, ROOT)


def exchange(writer: RegionKeys, bucket: int) -> None:
    writer.cabinet.add(domain_file(bucket, 2), fresh_domain_key())
    writer.cabinet.destroy([domain_file(bucket, 1)])


def test_a_key_that_was_made_since_the_start_is_found_when_it_is_needed(writer: RegionKeys, worker: RegionKeys) -> None:
    key = fresh_domain_key()
    writer.cabinet.add(domain_file(3, 2), key)
    writer.domain_keys.add(3, 2, key)
    wrapped = writer.domain_keys.wrap(3, SECRET, "binding", 2)
    assert worker.domain_keys.unwrap(wrapped, "binding") == SECRET
    sealing = SealingKey.generate()
    writer.cabinet.add(sealing_file(2), sealing.seed)
    sealed = seal(sealing.public_bytes(), 2, SECRET, "binding")
    assert RegionVault(worker, 1, dict).open_sealed("binding", sealed) == SECRET


def test_a_destroyed_key_is_dropped_with_all_that_was_opened(writer: RegionKeys, worker: RegionKeys) -> None:
    vault = RegionVault(worker, 1, dict)
    wrapped = vault.wrap_material(ACCOUNT, KEY_ID, MATERIAL_ID, SECRET)
    named = _key(wrapped)
    assert vault.open_material(*named) == SECRET
    bucket = vault.bucket(ACCOUNT, f"material/{ACCOUNT}/{KEY_ID}/{MATERIAL_ID}")
    exchange(writer, bucket)
    assert vault.open_material(*named) == SECRET, "nobody has looked yet"
    look(worker, vault)
    with pytest.raises(KeyUnavailable):
        vault.open_material(*named)
    assert (bucket, 1) not in worker.domain_keys.held()
    again = vault.wrap_material(ACCOUNT, KEY_ID, MATERIAL_ID, SECRET)
    assert vault.open_material(*_key(again)) == SECRET, "the present key is held"


def test_a_sealing_key_that_was_destroyed_opens_nothing_more(writer: RegionKeys, worker: RegionKeys) -> None:
    sealed = seal(worker.card.sealing_public, 1, SECRET, "binding")
    writer.cabinet.add(sealing_file(2), SealingKey.generate().seed)
    writer.cabinet.destroy([sealing_file(1)])
    vault = RegionVault(worker, 1, dict)
    look(worker, vault)
    with pytest.raises(SecretUnavailable):
        vault.open_sealed("binding", sealed)
