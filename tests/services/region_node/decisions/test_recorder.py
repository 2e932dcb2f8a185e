"""Refusals are always recorded; what is allowed alike is told once, with its number."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from services.region_node.authorization.permission import require_in_account, require_on_key
from services.region_node.decisions import recorder as module
from services.region_node.decisions.record import Recorded
from services.region_node.decisions.recorder import Recorder
from services.region_node.decisions.segments import Segments, recorded_in
from services.region_node.operations import rules
from services.region_node.operations.resolve import find_key
from services.region_node.operations.types.cryptography import EncryptRequest
from services.region_node.requests.call import Call, Caller
from shared.errors import AccessDenied
from shared.keys.lookup import held_key
from shared.policy.question import Principal, PrincipalKind
from shared.policy.verdict import Reason
from tests.services.region_node.operations.fake_region import ACCOUNT, FakeRegion
from tests.shared.keys.examples import NAME, SINGLE, view_with

KEY = held_key(view_with(SINGLE), NAME)
EVE = Principal(PrincipalKind.USER, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/eve", "AIDAEVE")


class Recording:
    def __init__(self, directory: Path) -> None:
        self._directory, self.region = directory, FakeRegion()
        self.recorder = Recorder(Segments(directory, 1, 1 << 20, lambda: 1))

    def call(self, request_id: str = "id", **context: str) -> Call:
        call = self.region.call()
        call.decisions, call.request_id = self.recorder, request_id
        call.request = EncryptRequest(key_id="k", plaintext=b"a", encryption_context=context or None)
        return call

    def stranger(self, request_id: str) -> Call:
        call = self.call(request_id)
        call.caller = Caller(ACCOUNT, EVE.arn, EVE.unique_id, "AKIAEVE", EVE)
        return call

    def written(self) -> list[Recorded]:
        asyncio.run(self.recorder.write())
        return list(recorded_in(self._directory))


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return Recording(tmp_path)


def test_a_refusal_is_recorded_with_all_its_facts(recording: Recording) -> None:
    with pytest.raises(AccessDenied):
        require_on_key(recording.stranger("refused"), rules.ENCRYPT, KEY, "alias/app")
    (found,) = recording.written()
    assert (found.request_ids, found.refused, found.verdict.reason) == (("refused",), True, Reason.EXPLICIT_DENY)
    assert found.context["kms:requestalias"] == "alias/app"
    assert found.context["kms:keyspec"] == KEY.spec
    assert found.sequences.keys() == {ACCOUNT}


def test_what_is_allowed_alike_is_told_once(recording: Recording) -> None:
    for number in range(3):
        require_on_key(recording.call(f"id {number}", app="pay"), rules.ENCRYPT, KEY)
    (found,) = recording.written()
    assert (found.requests, found.request_ids, found.refused) == (3, ("id 0", "id 1", "id 2"), False)
    assert found.encryption_context == {"app": "pay"}


def test_another_encryption_context_is_not_alike(recording: Recording) -> None:
    require_on_key(recording.call(app="pay"), rules.ENCRYPT, KEY)
    require_on_key(recording.call(app="ship"), rules.ENCRYPT, KEY)
    require_on_key(recording.call(app="ship"), rules.ENCRYPT, KEY, "alias/app")
    require_on_key(recording.call(app="ship"), rules.DECRYPT, KEY)
    assert [one.requests for one in recording.written()] == [1, 1, 1, 1]


def test_refusals_are_never_counted_together(recording: Recording) -> None:
    for number in range(3):
        with pytest.raises(AccessDenied):
            require_in_account(recording.stranger(str(number)), "kms:CreateKey")
    assert [one.request_ids for one in recording.written()] == [("0",), ("1",), ("2",)]


def test_each_second_tells_anew(recording: Recording) -> None:
    for _ in range(2):
        require_in_account(recording.call(), "kms:CreateKey")
        recording.written()
    assert [one.requests for one in recording.written()] == [1, 1]


def test_kinds_of_allowed_requests_are_bounded_and_refusals_are_not(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ALIKE_MOST", 2)
    for number in range(4):
        require_in_account(recording.call(), f"kms:List{number}")
    with pytest.raises(AccessDenied):
        require_in_account(recording.stranger("refused"), "kms:CreateKey")
    assert [one.action for one in recording.written()] == ["kms:List0", "kms:List1", "kms:CreateKey"]


def test_what_clients_chose_of_one_second_is_bounded(
    recording: Recording, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "HELD_MOST", 20_000)
    for size in (9_000, 15_000, 9_000):
        require_on_key(recording.call(app="x" * size), rules.ENCRYPT, KEY, f"alias/{size}")
    assert [len(one.context["kms:encryptioncontext:app"]) for one in recording.written()] == [9_000]
    assert "decisions were not recorded" in caplog.text
    require_on_key(recording.call(app="x" * 15_000), rules.ENCRYPT, KEY)
    assert len(recording.written()) == 2


def test_a_disk_that_fails_hinders_nothing(recording: Recording, caplog: pytest.LogCaptureFixture) -> None:
    class Full:
        def append(self, _content: bytes) -> None:
            raise OSError("no space left on device")

    broken: Any = Full()
    recorder = Recorder(broken)
    for _ in range(2):
        call = recording.call()
        call.decisions = recorder
        require_in_account(call, "kms:CreateKey")
        asyncio.run(recorder.write())
    assert [record.message for record in caplog.records] == [
        "the record of decisions cannot be written; it is tried again"
    ]


@pytest.mark.parametrize("rule", [rules.ENCRYPT, rules.DISABLE_KEY])
def test_a_key_that_another_account_does_not_have_is_recorded_too(recording: Recording, rule: rules.Rule) -> None:
    elsewhere = f"arn:aws:kms:us-east-1:444455556666:key/{NAME.key_id}"
    with pytest.raises(AccessDenied):
        find_key(recording.call("elsewhere"), elsewhere, rule)
    (found,) = recording.written()
    assert (found.resource, found.refused, found.has_resource_policy) == (elsewhere, True, False)
    assert found.verdict.reason is (Reason.NO_RESOURCE_POLICY if rule.cross_account else Reason.NEVER_CROSS_ACCOUNT)
