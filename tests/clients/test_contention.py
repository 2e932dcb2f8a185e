"""Many clients that change one key at once, without retries: every change is done."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.running import Running

THREADS = 24


def test_parallel_changes_of_one_key_all_succeed(keytide: Running, kms: Any) -> None:
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    clients = [keytide.client("us-east-1") for _ in range(THREADS)]

    def change(number: int) -> None:
        client = clients[number]
        client.create_alias(AliasName=f"alias/contention-{number}", TargetKeyId=key_id)
        for round_ in range(3):
            client.tag_resource(KeyId=key_id, Tags=[{"TagKey": f"t{number}", "TagValue": f"{round_}"}])

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(change, range(THREADS)))
    tags = {tag["TagKey"]: tag["TagValue"] for tag in kms.list_resource_tags(KeyId=key_id)["Tags"]}
    assert tags == {f"t{number}": "2" for number in range(THREADS)}
    assert len(kms.list_aliases(KeyId=key_id)["Aliases"]) == THREADS
