"""LookupEvents: asked with signed requests, answered from a trail on disk."""

from pathlib import Path

import orjson
import pytest

from services.audit.reading import TrailReader
from services.audit.trail.forms import TrailUnavailable
from shared.identity.policy_events import PolicyDetached
from shared.usage.tally import counts_of
from tests.replication.written_log import ACCOUNT, HOME
from tests.services.audit.making import key_arn
from tests.services.region_node.cloudtrail.asking import SECOND, TARGET, Asking
from tests.services.region_node.operations.fake_region import ADMINISTRATOR_ACCESS


@pytest.fixture
def region(tmp_path: Path) -> Asking:
    return Asking(tmp_path)


def by(key: str, value: str) -> list[dict[str, str]]:
    return [{"AttributeKey": key, "AttributeValue": value}]


def ids(*numbers: int) -> list[str]:
    return [f"request-{number}" for number in numbers]


async def test_the_events_of_the_callers_account_come_newest_first(region: Asking) -> None:
    assert await region.found() == ids(*range(8, -1, -1))


async def test_an_event_is_told_with_its_members_and_whole(region: Asking) -> None:
    answer = orjson.loads((await region.look(MaxResults=1)).body)
    (event,) = answer["Events"]
    whole = orjson.loads(event.pop("CloudTrailEvent"))
    assert event == {
        "EventId": whole["eventID"],
        "EventName": "Encrypt",
        "ReadOnly": "true",
        "AccessKeyId": "AKIAann",
        "EventTime": SECOND + 8,
        "EventSource": "kms.amazonaws.com",
        "Username": "ann",
        "Resources": [{"ResourceType": "AWS::KMS::Key", "ResourceName": key_arn(2, ACCOUNT)}],
    }
    assert (whole["awsRegion"], whole["recipientAccountId"]) == (HOME, ACCOUNT)


@pytest.mark.parametrize(
    ("key", "value", "numbers"),
    [
        ("EventName", "Decrypt", (7, 5, 3, 1)),
        ("ResourceName", key_arn(0, ACCOUNT), (6, 3, 0)),
        ("ResourceType", "AWS::KMS::Key", tuple(range(8, -1, -1))),
        ("Username", "ann", tuple(range(8, -1, -1))),
        ("Username", "bob", ()),
        ("AccessKeyId", "AKIAann", tuple(range(8, -1, -1))),
        ("ReadOnly", "false", ()),
        ("EventSource", "iam.amazonaws.com", ()),
    ],
)
async def test_events_are_found_by_an_attribute(region: Asking, key: str, value: str, numbers: tuple[int, ...]) -> None:
    assert await region.found(LookupAttributes=by(key, value)) == ids(*numbers)


async def test_an_event_is_found_by_its_id(region: Asking) -> None:
    third = orjson.loads((await region.look()).body)["Events"][2]
    assert await region.found(LookupAttributes=by("EventId", third["EventId"])) == ids(6)


async def test_a_range_of_times_has_both_its_ends(region: Asking) -> None:
    assert await region.found(StartTime=SECOND + 2, EndTime=SECOND + 4) == ids(4, 3, 2)


async def test_pages_have_every_event_once(region: Asking) -> None:
    found, token = list[str](), dict[str, str]()
    for _ in range(5):
        answer = orjson.loads((await region.look(MaxResults=2, **token)).body)
        found += [orjson.loads(event["CloudTrailEvent"])["requestID"] for event in answer["Events"]]
        token = {"NextToken": answer["NextToken"]} if "NextToken" in answer else {}
    assert found == ids(*range(8, -1, -1))
    assert token == {}


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"LookupAttributes": by("Colour", "red")}, "InvalidLookupAttributesException"),
        ({"LookupAttributes": by("EventName", "")}, "InvalidLookupAttributesException"),
        ({"LookupAttributes": by("EventName", "a") + by("ReadOnly", "true")}, "InvalidLookupAttributesException"),
        ({"StartTime": SECOND + 1, "EndTime": SECOND}, "InvalidTimeRangeException"),
        ({"StartTime": -1}, "InvalidTimeRangeException"),
        ({"EndTime": 1e300}, "InvalidTimeRangeException"),
        ({"MaxResults": 0}, "InvalidMaxResultsException"),
        ({"MaxResults": 51}, "InvalidMaxResultsException"),
        ({"NextToken": "x"}, "InvalidNextTokenException"),
        ({"EventCategory": "management"}, "InvalidEventCategoryException"),
        ({"MaxResults": "many"}, "SerializationException"),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(
    region: Asking, parameters: dict[str, object], code: str
) -> None:
    answer = await region.look(**parameters)
    assert (answer.status, orjson.loads(answer.body)["__type"]) == (400, code)


async def test_a_token_is_good_for_its_own_question_alone(region: Asking) -> None:
    token = orjson.loads((await region.look(MaxResults=2)).body)["NextToken"]
    answer = await region.look(MaxResults=2, NextToken=token, LookupAttributes=by("EventName", "Encrypt"))
    assert orjson.loads(answer.body)["__type"] == "InvalidNextTokenException"


async def test_there_are_no_insights(region: Asking) -> None:
    assert await region.found(EventCategory="insight") == []


async def test_who_is_not_allowed_learns_nothing(region: Asking) -> None:
    region.write(PolicyDetached(ACCOUNT, "user/admin", ADMINISTRATOR_ACCESS))
    answer = await region.look()
    assert orjson.loads(answer.body)["__type"] == "AccessDeniedException"
    assert b"cloudtrail:LookupEvents" in answer.body


@pytest.mark.parametrize(
    ("service", "target"),
    [("kms", TARGET), ("sts", TARGET), ("cloudtrail", "TrentService.ListKeys"), ("cloudtrail", "Keytide.Barrier")],
)
async def test_a_signature_for_one_service_asks_no_other(region: Asking, service: str, target: str) -> None:
    answer = await region.look(service, target)
    assert (answer.status, b"scoped to correct service" in answer.body) == (403 if service == "sts" else 400, True)


async def test_a_trail_that_cannot_be_read_is_a_fault_to_be_tried_again(
    region: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise TrailUnavailable("damaged")

    monkeypatch.setattr(TrailReader, "lookup", fail)
    answer = await region.look()
    assert (answer.status, b"cannot be read now" in answer.body) == (500, True)


async def test_asking_is_on_record_as_cloudtrails_and_counts_as_no_use_of_keytide(region: Asking) -> None:
    await region.found()
    (entry,) = region.kept.entries
    assert (entry.service, entry.operation, entry.changes) == ("cloudtrail", "LookupEvents", False)
    assert [*counts_of(entry)] == []
