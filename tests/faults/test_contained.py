"""A fault of one region stays its own: the others start, prove themselves and serve."""

from pathlib import Path

import lmdb
import pytest
from botocore.exceptions import ClientError

from services.region_node.settings import read_node_settings
from shared.identifiers import partition_of
from tests.faults.conftest import Start
from tests.running import TWO_REGIONS, Running, code_of, wait_until

NEAR, FAR = TWO_REGIONS
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


def test_a_region_whose_log_was_cut_leaves_the_others_alone(start: Start) -> None:
    run = start()
    account = account_of(run)
    key_id = run.client(NEAR).create_key()["KeyMetadata"]["KeyId"]
    blob = run.client(NEAR).encrypt(KeyId=key_id, Plaintext=b"kept")["CiphertextBlob"]
    assert run.stop() == 0
    cut_tail(run.directory, NEAR, account, 3)

    again = Running(run.directory, TWO_REGIONS, "--patience", "3", port=run.port)
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
