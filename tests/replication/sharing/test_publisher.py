"""Publication: everything once it is applied, in order, and nothing again that stands in the log."""

import asyncio

import pytest
from msgspec.structs import replace

from replication.records.record import decode_record
from replication.sharing.publisher import Publisher, Signing
from shared.crypto.region_identity import verify_signature
from tests.replication.folding import Folding
from tests.replication.scripted_log import Fault, ScriptedLog
from tests.replication.virtual_time import in_virtual_time
from tests.replication.written_log import (
    HOME,
    IDENTITIES,
    PEER,
    WrittenLog,
    created,
    envelope_of,
    request,
    sealed_record,
    shared_form,
)


class Publishing:
    """A publisher over a folded log with `count` multi-region keys."""

    def __init__(self, count: int) -> None:
        self.written, self.log, self.troubles = WrittenLog(), ScriptedLog("shared"), list[str]()
        self.written.open()
        self.folding = Folding()
        self.create(count)
        self.renew()

    def create(self, count: int) -> None:
        for _ in range(count):
            number = len(self.written.records)
            self.written.write(created(number), shared=[shared_form(number, PEER)])
        self.folding.apply(*self.written.records[self.folding.end :])

    def renew(self, *, rebuilt: bool = False) -> None:
        """Another process; `rebuilt` from the log alone."""
        if rebuilt:
            self.folding = Folding()
            self.folding.apply(*self.written.records)
        signing = Signing(HOME, IDENTITIES[HOME].sign)
        self.publisher = Publisher(self.folding.store, self.log, signing, 0, self.troubles.append)

    @property
    def numbers(self) -> list[int]:
        return [envelope_of(record).sequence for record in self.log.entries[0]]


@in_virtual_time
async def test_what_was_applied_is_published_signed_and_in_order() -> None:
    publishing = Publishing(5)
    await publishing.publisher.publish()
    assert publishing.numbers == [1, 2, 3, 4, 5]
    assert (publishing.publisher.published, publishing.folding.outbox()) == (5, [])
    for encoded in publishing.log.entries[0]:
        record = decode_record(encoded)
        assert verify_signature(IDENTITIES[HOME].public_bytes, record.signed, record.proof)


@pytest.mark.parametrize(
    "fault", [Fault.LOSE_ACKNOWLEDGEMENT, Fault.LOSE_RECORDS, Fault.WRITE_LATER, Fault.WRITE_HALF, Fault.REFUSE]
)
@in_virtual_time
async def test_publication_goes_on_after_a_fault_with_the_same_bytes(fault: Fault) -> None:
    publishing = Publishing(6)
    publishing.log.script.append(fault)
    await publishing.publisher.publish()
    publishing.log.deliver()
    assert set(publishing.numbers) == {1, 2, 3, 4, 5, 6}
    assert len(set(publishing.log.entries[0])) == 6
    assert publishing.troubles[0]
    assert publishing.troubles[-1] == ""


@in_virtual_time
async def test_nothing_is_published_into_a_log_that_lacks_what_was() -> None:
    """Number n would stand before position n - 1, where no reader looks for it."""
    publishing = Publishing(5)
    await publishing.publisher.publish()
    whole = list(publishing.log.entries[0])
    del publishing.log.entries[0][3:]
    publishing.create(1)
    publishing.renew()
    opening = asyncio.create_task(publishing.publisher.open())
    await asyncio.sleep(60)
    assert (opening.done(), publishing.numbers) == (False, [1, 2, 3])
    assert "ends at 3, but 5 were published" in publishing.troubles[-1]
    publishing.log.entries[0][:] = whole
    await opening
    await publishing.publisher.publish()
    assert (publishing.numbers, publishing.troubles[-1]) == ([1, 2, 3, 4, 5, 6], "")


@in_virtual_time
async def test_nothing_is_published_into_another_log_before_the_state_is_built_anew() -> None:
    publishing = Publishing(5)
    await publishing.publisher.open()
    await publishing.publisher.publish()
    publishing.log = ScriptedLog("shared")
    publishing.create(1)
    publishing.renew()
    opening = asyncio.create_task(publishing.publisher.open())
    await asyncio.sleep(60)
    assert (opening.done(), publishing.numbers) == (False, [])
    assert "not the log that this state belongs to" in publishing.troubles[-1]
    opening.cancel()
    publishing.renew(rebuilt=True)
    await publishing.publisher.open()
    await publishing.publisher.publish()
    assert publishing.numbers == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("rebuilt", [False, True])
@in_virtual_time
async def test_another_process_publishes_only_what_is_new(rebuilt: bool) -> None:
    publishing = Publishing(700)
    await publishing.publisher.publish()
    publishing.create(3)
    publishing.renew(rebuilt=rebuilt)
    await publishing.publisher.open()
    assert publishing.publisher.published == 700
    await publishing.publisher.publish()
    assert publishing.numbers == list(range(1, 704))
    publishing.renew(rebuilt=rebuilt)
    await publishing.publisher.open()
    assert publishing.publisher.published == 703


@in_virtual_time
async def test_junk_at_the_end_of_the_log_does_not_make_it_publish_again() -> None:
    publishing = Publishing(5)
    await publishing.publisher.publish()
    publishing.log.write(0, [b"junk"] * 100)
    publishing.renew(rebuilt=True)
    await publishing.publisher.open()
    await publishing.publisher.publish()
    assert len(publishing.log.entries[0]) == 105


@in_virtual_time
async def test_hole_and_forgery_are_filled_after_a_rebuild() -> None:
    publishing = Publishing(5)
    await publishing.publisher.publish()
    entries = publishing.log.entries[0]
    entries[1] = b"overwritten"
    entries[3] = sealed_record(PEER, decode_record(entries[3]).signed)
    publishing.renew(rebuilt=True)
    await publishing.publisher.open()
    assert publishing.publisher.published == 1
    await publishing.publisher.publish()
    readable = [envelope_of(record).sequence for record in entries if record != b"overwritten"]
    assert sorted(readable) == [1, 2, 3, 4, 4, 5]


@in_virtual_time
async def test_shared_log_holds_nothing_regional() -> None:
    """Canaries in everything that belongs to one region; none of them leaves it."""
    written, log = WrittenLog(), ScriptedLog("shared")
    canary = b"CANARY"
    regional = created(1)._replace(description="CANARY", policy="CANARY", tags=(("CANARY", "CANARY"),))
    asked = replace(request("CANARY"), caller="CANARY", user_agent="CANARY", parameters={"CANARY": "CANARY"})
    rests_on = {"alias/111122223333/alias/CANARY": 0}
    written.open()
    written.write(regional, request=asked, shared=[shared_form(1, PEER)], answer="CANARY", expected=rests_on)
    written.write(created(2)._replace(description="CANARY"), request=asked)
    folding = Folding()
    folding.apply(*written.records)
    await Publisher(folding.store, log, Signing(HOME, IDENTITIES[HOME].sign), 0, lambda _: None).publish()
    entries = await log.read(0, 0, 10)
    assert len(entries) == 1
    assert canary not in entries[0].record
    assert canary in b"".join(written.records)
