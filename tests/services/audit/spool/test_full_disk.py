"""A region whose spool meets a full or broken disk: what it refuses and answers, and that it recovers by itself."""

import base64
from pathlib import Path
from typing import Any

import pytest

from services.audit.settings import AuditSettings
from services.region_node.audit.auditing import Audited
from shared.audit.entry import decode_entry
from tests.services.audit.faulty_disk import BROKEN, FULL
from tests.services.audit.spool.test_spool import Spooling
from tests.services.region_node.serving_region import ServingRegion

PLAINTEXT = base64.b64encode(b"attack at dawn").decode()


@pytest.mark.parametrize("fault", [FULL, BROKEN])
async def test_uses_and_changes_are_refused_reads_are_answered_and_it_recovers_by_itself(
    tmp_path: Path, fault: int
) -> None:
    spooling = Spooling(tmp_path)
    region = ServingRegion(audited=Audited(spooling.spool, lambda _refused: None, AuditSettings()))
    _, made = await region.ask("CreateKey")
    key: dict[str, Any] = {"KeyId": made["KeyMetadata"]["KeyId"]}
    encrypt = ("Encrypt", {**key, "Plaintext": PLAINTEXT})
    assert (await region.ask(encrypt[0], **encrypt[1]))[0] == 200
    spooling.disk.fault = fault
    for operation, parameters in (encrypt, encrypt, ("DisableKey", key), ("GenerateRandom", {"NumberOfBytes": 8})):
        status, body = await region.ask(operation, **parameters)
        assert (status, body["__type"]) == (500, "DependencyTimeoutException")
    assert (await region.ask("DescribeKey", **key))[0] == 200
    assert (await region.ask("ListKeys"))[0] == 200
    spooling.disk.fault = None
    await spooling.recovered()
    assert (await region.ask(encrypt[0], **encrypt[1]))[0] == 200
    assert (await region.ask("DisableKey", **key))[0] == 200
    await spooling.spool.close()
    told = [decode_entry(entry) for entry in spooling.entries()]
    assert sorted(entry.operation for entry in told) == ["DescribeKey", "Encrypt", "Encrypt", "ListKeys"]
