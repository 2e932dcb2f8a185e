"""Regions in memory, as a drill sees them: keys with states, tags in common, one primary; a region can be lost.

`forgets`: a lost region comes back without the changes of its own keys, though it had acknowledged them.
"""

import itertools
import json
from typing import Any

from services.drill.calls import Outcome
from services.drill.client import Attempt
from services.drill.keys import COMMON_TAG
from services.drill.site import Told

HOME, PEER = ("us-east-1", "eu-west-1")
STATES = {"DisableKey": "Disabled", "ScheduleKeyDeletion": "PendingDeletion", "EnableKey": "Enabled"}


class FakeSite:
    name, kafka, goes_on = "memory", False, True
    regions = (HOME, PEER)

    def __init__(self, *, forgets: bool = False) -> None:
        self.forgets = forgets
        self.lacking: dict[Any, str] = {}
        self.primary = HOME
        self.overtaken: list[dict[str, Any]] = []
        self.known: dict[str, str] = {}
        self.away: set[str] = set()
        self.common = "0"
        self.states: dict[tuple[str, str], str] = {}
        self.commands: list[tuple[str, ...]] = []
        self._numbers = itertools.count(1)

    def connect(self, region: str) -> Any:
        return FakeClient(self, region)

    def command(self, region: str, *words: str) -> Told:
        self.commands.append((region, *words))
        if words[0] == "promote":
            self.primary = words[words.index("--region") + 1]
        return Told(0, json.dumps(self.overtaken))

    def lose(self, region: str) -> None:
        self.away.add(region)

    def bring_back(self, region: str) -> None:
        if self.forgets:
            self.states = dict.fromkeys(self.states, "Enabled")
        self.away.discard(region)

    def answer(self, region: str, operation: str, parameters: dict[str, Any]) -> Attempt:
        if region in self.away:
            return Attempt(Outcome.REFUSED, "ConnectionRefusedError", {})
        key = str(parameters.get("KeyId", ""))
        match operation:
            case "CreateKey":
                made = f"key-{next(self._numbers)}"
                self.states[made, region] = "Enabled"
                return _ok(KeyMetadata={"KeyId": made})
            case "Encrypt":
                return _ok(CiphertextBlob=parameters["Plaintext"])
            case "Decrypt":
                return _ok(Plaintext=parameters["CiphertextBlob"])
            case "TagResource":
                return self._tag(region, parameters["Tags"][0]["TagValue"])
            case "ListResourceTags":
                return _ok(Tags=[{"TagKey": COMMON_TAG, "TagValue": self.common}])
            case "DescribeKey":
                return self._described(region, self.states.get((key, region), "Enabled"))
            case "DisableKey" | "ScheduleKeyDeletion" | "EnableKey":
                self.states[key, region] = STATES[operation]
        return _ok()

    def _described(self, region: str, state: str) -> Attempt:
        """A region that has come back steps down only once it was asked."""
        known, self.known[region] = self.known.get(region, HOME), self.primary
        primary = {"PrimaryKey": {"Region": known}}
        return _ok(KeyMetadata={"KeyState": state, "MultiRegionConfiguration": primary})

    def _tag(self, region: str, value: str) -> Attempt:
        if region != self.primary:
            return Attempt(Outcome.REFUSED, "UnsupportedOperationException", {})
        self.common = value
        return _ok()


class FakeClient:
    def __init__(self, site: FakeSite, region: str) -> None:
        self._site, self._region = site, region

    def attempt(self, _name: str, operation: str, parameters: dict[str, Any]) -> Attempt:
        return self._site.answer(self._region, operation, parameters)


def _ok(**answer: Any) -> Attempt:
    return Attempt(Outcome.OK, "", answer)
