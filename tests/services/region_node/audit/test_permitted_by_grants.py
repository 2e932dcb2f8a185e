"""By which grants a call was permitted: said by its entry, or by the record of the change that it has made."""

import base64
from typing import Any

import pytest

from replication.derived.entries import derived_entries
from shared.audit.cloudtrail import cloudtrail_event
from shared.audit.entry import AuditEntry
from shared.identity.policy_events import PolicyAttached, PolicyDetached
from tests.replication.written_log import ACCOUNT, HOME, envelope_of
from tests.services.region_node.kept_entries import KeptEntries
from tests.services.region_node.operations.fake_region import ADMINISTRATOR_ACCESS
from tests.services.region_node.serving_region import ServingRegion

GRANTEE = f"arn:aws:iam::{ACCOUNT}:user/admin"
PLAINTEXT = base64.b64encode(b"attack at dawn").decode()
OPERATIONS = ["Encrypt", "ReEncryptFrom", "ReEncryptTo", "CreateGrant", "DescribeKey"]


class Granted:
    """A user with no permission but those of one grant on each of two keys."""

    def __init__(self) -> None:
        self.kept = KeptEntries()
        self.region = ServingRegion(audited=self.kept.audited())

    async def begun(self) -> "Granted":
        self.keys = [(await self.ask("CreateKey"))["KeyMetadata"]["KeyId"] for _ in range(2)]
        terms = {"GranteePrincipal": GRANTEE, "Operations": OPERATIONS}
        self.grants = [(await self.ask("CreateGrant", KeyId=key, **terms))["GrantId"] for key in self.keys]
        self.region.write(PolicyDetached(ACCOUNT, "user/admin", ADMINISTRATOR_ACCESS))
        self.kept.taken()
        return self

    async def ask(self, operation: str, **parameters: object) -> Any:
        return (await self.region.ask(operation, **parameters))[1]

    async def told(self, operation: str, **parameters: object) -> AuditEntry:
        """The one entry of the call."""
        written = len(self.region.log.records)
        await self.ask(operation, **parameters)
        records = map(envelope_of, self.region.log.records[written:])
        (entry,) = [*self.kept.taken(), *(entry for record in records for entry in derived_entries(record, 1))]
        return entry


@pytest.fixture
async def granted() -> Granted:
    return await Granted().begun()


def grants_in(entry: AuditEntry) -> list[str]:
    return list((entry.additional or {}).get("Grants", ()))


async def test_a_use_says_by_which_grant_it_was_permitted(granted: Granted) -> None:
    entry = await granted.told("Encrypt", KeyId=granted.keys[0], Plaintext=PLAINTEXT)
    assert (entry.error, grants_in(entry)) == (None, granted.grants[:1])
    told = cloudtrail_event(entry, HOME, "", "", ACCOUNT)["additionalEventData"]
    assert (told["grants"], "keyMaterialId" in told) == (granted.grants[:1], True)


async def test_what_two_grants_have_permitted_says_both_in_the_order_of_the_keys(granted: Granted) -> None:
    blob = (await granted.ask("Encrypt", KeyId=granted.keys[0], Plaintext=PLAINTEXT))["CiphertextBlob"]
    granted.kept.taken()
    entry = await granted.told("ReEncrypt", CiphertextBlob=blob, DestinationKeyId=granted.keys[1])
    assert grants_in(entry) == granted.grants


async def test_a_read_says_it_too(granted: Granted) -> None:
    assert grants_in(await granted.told("DescribeKey", KeyId=granted.keys[1])) == granted.grants[1:]


async def test_a_change_says_it_by_its_record(granted: Granted) -> None:
    terms = {"GranteePrincipal": GRANTEE, "Operations": ["Encrypt"]}
    entry = await granted.told("CreateGrant", KeyId=granted.keys[0], **terms)
    assert entry.origin is not None
    assert grants_in(entry) == granted.grants[:1]


async def test_what_was_refused_rests_on_no_grant(granted: Granted) -> None:
    entry = await granted.told("Decrypt", CiphertextBlob=PLAINTEXT, KeyId=granted.keys[0])
    assert entry.error is not None
    blob = (await granted.ask("Encrypt", KeyId=granted.keys[0], Plaintext=PLAINTEXT))["CiphertextBlob"]
    granted.kept.taken()
    entry = await granted.told("ReEncrypt", CiphertextBlob=blob, DestinationKeyId="alias/none")
    assert entry.error is not None
    assert grants_in(entry) == []


async def test_what_policies_permit_rests_on_no_grant(granted: Granted) -> None:
    granted.region.write(PolicyAttached(ACCOUNT, "user/admin", ADMINISTRATOR_ACCESS))
    entry = await granted.told("Encrypt", KeyId=granted.keys[0], Plaintext=PLAINTEXT)
    assert (entry.error, grants_in(entry)) == (None, [])
