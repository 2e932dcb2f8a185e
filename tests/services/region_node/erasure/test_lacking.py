"""Whoever lacks material asks for it at once, and then ever more rarely."""

import pytest

from replication.fold.judge import Verdict
from replication.state.indexes import LACKING
from replication.state.memory_store import MemoryStore
from replication.state.rows import encode_row
from replication.state.state_store import INDEXES, STREAMS, row_key
from replication.writing.draft import Answer, Draft
from services.region_node.changes.recording import Place
from services.region_node.erasure.lacking import LackingCare
from shared.erasure.asking import asks_again_after
from shared.erasure.decide import DAY, SECOND
from shared.identifiers import key_stream
from shared.keys.model import Key, KeyMaterial
from tests.replication.written_log import ACCOUNT, HOME, PEER, multi_region_key_id

KEY_ID = multi_region_key_id(1)
LACKED = KeyMaterial("ab" * 32, KEY_ID, 5, None)
SPEC = ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS")
KEY = Key(ACCOUNT, KEY_ID, *SPEC, 5, (LACKED,), "Enabled", "", None, (), PEER, (HOME,), 0)


class Lonely:
    """A region that lacks a key's material, and whose requests are answered at once, with nothing."""

    def __init__(self) -> None:
        self.now, self.asked = 10 * DAY, list[int]()
        self.store = MemoryStore()
        self.put(KEY, b"")
        place = Place(HOME, "node-1", 1, self.store, self._submit, lambda: self.now)
        self.care = LackingCare(place, None)  # type: ignore[arg-type]  # nobody asks this region for anything

    def put(self, key: Key, lacking: bytes | None) -> None:
        with self.store.write() as transaction:
            transaction.put(STREAMS, row_key(0, key_stream(ACCOUNT, KEY_ID)), encode_row(1, key, False))
            index = row_key(0, f"{LACKING}{ACCOUNT}/{KEY_ID}")
            if lacking is None:
                transaction.delete(INDEXES, index)
            else:
                transaction.put(INDEXES, index, lacking)

    async def _submit(self, _draft: Draft) -> Answer:
        self.asked.append(self.now)
        return Answer(Verdict.APPLIED.value, "", 1)

    async def live(self, seconds: int) -> None:
        for _ in range(seconds):
            await self.care.run()
            self.now += SECOND


async def test_what_nobody_can_give_is_asked_for_ever_more_rarely() -> None:
    region = Lonely()
    await region.live(64)
    assert [(at - region.asked[0]) // SECOND for at in region.asked] == [0, 1, 3, 7, 15, 31, 63]
    assert region.care.lacking == {key_stream(ACCOUNT, KEY_ID)}


async def test_what_came_and_is_lacking_again_is_asked_for_at_once() -> None:
    region = Lonely()
    await region.live(10)
    region.put(KEY._replace(materials=(LACKED._replace(wrapped=b"came"),)), None)
    await region.live(1)
    assert region.care.lacking == frozenset()
    region.put(KEY, b"")
    asked = len(region.asked)
    await region.live(1)
    assert len(region.asked) == asked + 1


@pytest.mark.parametrize(("times", "wait"), [(0, SECOND), (1, 2 * SECOND), (10, 1024 * SECOND), (17, DAY), (999, DAY)])
def test_the_wait_doubles_up_to_a_day(times: int, wait: int) -> None:
    assert asks_again_after(times) == wait
