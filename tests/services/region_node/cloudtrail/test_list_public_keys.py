"""ListPublicKeys: the keys that the region has announced, which digest files are verified with."""

from pathlib import Path

import msgspec
import orjson
import pytest

from services.audit.delivery.digest_keys import FOREVER, LABEL, take_digest_key
from services.audit.trail.books import TrailBooks
from shared.crypto.digest_key import DigestKey, key_fingerprint
from shared.identity.policy_events import PolicyDetached
from tests.replication.written_log import ACCOUNT
from tests.services.region_node.cloudtrail.asking import PREFIX, SECOND, Asking
from tests.services.region_node.operations.fake_region import ADMINISTRATOR_ACCESS

TARGET = f"{PREFIX}ListPublicKeys"
PUBLIC = DigestKey(DigestKey.generate()).public_bytes


@pytest.fixture
def region(tmp_path: Path) -> Asking:
    asking = Asking(tmp_path)
    books = TrailBooks(tmp_path, write=True)
    assert take_digest_key(books, msgspec.msgpack.encode([LABEL, PUBLIC, SECOND * 1000]))
    books.close()
    return asking


async def test_a_key_is_told_as_digests_name_it(region: Asking) -> None:
    answer = orjson.loads((await region.look("cloudtrail", TARGET)).body)
    (key,) = answer["PublicKeyList"]
    assert key["Fingerprint"] == key_fingerprint(PUBLIC)
    assert (key["ValidityStartTime"], key["ValidityEndTime"]) == (SECOND, FOREVER / 1000)
    assert "NextToken" not in answer


@pytest.mark.parametrize(
    ("asked", "found"),
    [({"EndTime": SECOND - 1}, 0), ({"EndTime": SECOND}, 1), ({"StartTime": SECOND + 9}, 1), ({"StartTime": 0}, 1)],
)
async def test_a_key_is_told_for_the_times_in_which_it_signs(region: Asking, asked: dict[str, int], found: int) -> None:
    answer = orjson.loads((await region.look("cloudtrail", TARGET, **asked)).body)
    assert len(answer["PublicKeyList"]) == found


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"StartTime": 2, "EndTime": 1}, "InvalidTimeRangeException"),
        ({"NextToken": "more"}, "InvalidTokenException"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(region: Asking, asked: dict[str, object], code: str) -> None:
    answer = await region.look("cloudtrail", TARGET, **asked)
    assert orjson.loads(answer.body)["__type"] == code


async def test_who_is_not_allowed_is_refused(region: Asking) -> None:
    region.write(PolicyDetached(ACCOUNT, "user/admin", ADMINISTRATOR_ACCESS))
    answer = await region.look("cloudtrail", TARGET)
    assert b"cloudtrail:ListPublicKeys" in answer.body
