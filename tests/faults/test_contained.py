"""A fault of one region stays its own: the others start, prove themselves and serve."""

import os
from pathlib import Path

import lmdb
import pytest
from botocore.exceptions import ClientError

from services.region_node.settings.settings import read_node_settings
from shared.identifiers import partition_of
from tests.faults.conftest import Standing
from tests.faults.test_processes import verified
from tests.running import TWO_REGIONS, Running, code_of, eventually, wait_until
from tests.thoroughness import in_full_only

NEAR, FAR = TWO_REGIONS
FIRST_PAGES = 2 * 4_096
"""Bytes of the state's file that say what it is; whatever is asked for stands behind them."""
NOT_WHOLE = "Keytide is up, but not whole: 1 of 2 regions are ready."


def cut_tail(directory: Path, region: str, account: str, records: int) -> None:
    """Take the last records out of the region's own log, in the account's partition."""
    partition = partition_of(account, read_node_settings(directory / region, region).partitions)
    with lmdb.open(str(directory / region / "log"), max_dbs=200) as environment:
        database = environment.open_db(f"keytide.{region}.local/{partition}".encode(), create=False)
        with environment.begin(write=True, db=database) as transaction, transaction.cursor() as cursor:
            for _ in range(records):
                assert cursor.last()
                cursor.delete()


def account_of(run: Running) -> str:
    return str(run.client(NEAR, "sts").get_caller_identity()["Account"])


def test_a_damaged_state_is_set_aside_and_built_again(standing: Standing) -> None:
    run = standing.run
    key_id = run.client(NEAR).create_key(Description="kept")["KeyMetadata"]["KeyId"]
    assert run.stop() == 0
    before = set_aside(run)
    cut_in_half(run.directory / NEAR / "state" / "data.mdb")
    again = standing.again()
    assert again.client(NEAR).describe_key(KeyId=key_id)["KeyMetadata"]["Description"] == "kept"
    assert len(set_aside(again)) == len(before) + 1
    assert again.stop() == 0
    verified(again)


def test_a_state_that_is_cut_under_a_running_region_is_built_again(standing: Standing) -> None:
    run = standing.run
    client = run.client(NEAR, attempts=3)
    key_id, before = client.create_key(Description="kept")["KeyMetadata"]["KeyId"], set_aside(run)
    os.truncate(run.directory / NEAR / "state" / "data.mdb", FIRST_PAGES)

    def changed() -> bool:
        client.update_key_description(KeyId=key_id, Description="changed")
        return set_aside(run) != before

    wait_until(lambda: eventually(changed), "the state is built again")
    assert client.describe_key(KeyId=key_id)["KeyMetadata"]["Description"] == "changed"
    verified(run)


@in_full_only
def test_lost_credentials_lock_nobody_out_of_the_keys(standing: Standing) -> None:
    run = standing.run
    key_id, account = run.client(NEAR).create_key()["KeyMetadata"]["KeyId"], account_of(run)
    former = run.credentials.access_key_id
    assert run.stop() == 0
    (run.directory / "credentials.env").unlink()
    again = standing.again()
    assert again.credentials.access_key_id != former
    assert f"ends them: {former}" in again.output
    assert account_of(again) == account
    assert again.client(NEAR).describe_key(KeyId=key_id)["KeyMetadata"]["Enabled"]


@in_full_only
def test_a_region_whose_log_was_cut_leaves_the_others_alone(standing: Standing) -> None:
    """The last test of the file, for the region stays as it is."""
    run = standing.run
    account = account_of(run)
    key_id = run.client(NEAR).create_key()["KeyMetadata"]["KeyId"]
    blob = run.client(NEAR).encrypt(KeyId=key_id, Plaintext=b"kept")["CiphertextBlob"]
    assert run.stop() == 0
    cut_tail(run.directory, NEAR, account, 3)

    again = Running(run.directory, TWO_REGIONS, "--patience", "10", port=run.port)
    try:
        wait_until(lambda: NOT_WHOLE in again.output or again.process.poll() is not None, "the others are proven")
        assert "was read before" in again.output
        assert f"self-test: encrypted in {FAR}, decrypted in {FAR}" in again.output
        assert again.client(FAR).create_key()["KeyMetadata"]["Enabled"]
        assert again.client(NEAR).decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"
        with pytest.raises(ClientError) as refused:
            again.client(NEAR).create_key()
        assert code_of(refused.value) == "DependencyTimeoutException"
        assert again.stop() == 0
    finally:
        again.close()


def cut_in_half(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def set_aside(run: Running) -> set[Path]:
    return set((run.directory / NEAR).glob("state.damaged-*"))
