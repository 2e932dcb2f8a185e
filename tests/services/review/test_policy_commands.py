"""`keytide policy lint` and `keytide policy replay` on a region's directory."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from services.cli.main import main
from shared.grants.events import GrantCreated
from shared.identity.events import RoleCreated, UserDeleted
from shared.identity.policy_events import InlinePolicyPut
from shared.keys.events import KeyPolicyPut
from tests.replication.written_log import ACCOUNT, granted
from tests.services.review.reviewed_region import ALICE, DELEGATING, KEY_ARN, KEY_ID, ReviewedRegion
from tests.shared.policy.policies import policy, statement
from tests.shared.policy.why.questions import allow, deny

ALLOWING = InlinePolicyPut(ACCOUNT, "user/alice", "own", policy(allow("kms:Encrypt")))
PUBLIC = policy(statement(), statement(Principal="*", Action="kms:Encrypt", Sid="All"))


def run(region: ReviewedRegion, *arguments: str) -> int:
    return main(["policy", *arguments, "--directory", str(region.directory)])


def checks(region: ReviewedRegion, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    run(region, "lint", *arguments, "--json")
    return [finding["check"] for finding in orjson.loads(capsys.readouterr().out)]


def test_a_key_in_order(region: ReviewedRegion, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(region, "lint", "--key", KEY_ID) == 0
    assert capsys.readouterr().out == "nothing is found\n"


def test_a_public_key_fails(region: ReviewedRegion, capsys: pytest.CaptureFixture[str]) -> None:
    region.write(KeyPolicyPut(ACCOUNT, KEY_ID, PUBLIC))
    assert run(region, "lint", "--key", KEY_ARN) == 1
    first, *_, last = capsys.readouterr().out.splitlines()
    assert first == f"HIGH    public access: {KEY_ARN}, statement 2 (All)"
    assert last == "1 high"


def grant_to(name: str, number: int, region: ReviewedRegion) -> GrantCreated:
    made = granted(1)._replace(grant_id=f"{number:064x}", key_created_at=region.time)
    return made._replace(grantee_principal=f"arn:aws:iam::{ACCOUNT}:user/{name}", operations=("Encrypt",))


def test_grants_to_nobody_and_grants_that_nobody_used(
    region: ReviewedRegion, capsys: pytest.CaptureFixture[str]
) -> None:
    used, unused, nobody = (grant_to(name, number, region) for number, name in enumerate(("alice", "alice", "bob")))
    region.write(nobody)
    assert checks(region, capsys, "--key", KEY_ID) == ["grant to nobody"]
    region.write(used)
    region.write(unused)
    region.decide("request", time=region.time + 1)
    assert checks(region, capsys, "--key", KEY_ID) == ["unused grant", "grant to nobody", "unused grant"]


def test_everything_is_looked_at(region: ReviewedRegion, capsys: pytest.CaptureFixture[str]) -> None:
    region.write(KeyPolicyPut(ACCOUNT, KEY_ID, PUBLIC))
    region.write(InlinePolicyPut(ACCOUNT, "user/alice", "own", policy(allow("*"))))
    trusting = statement(Action="sts:AssumeRole", Resource=None, Principal={"AWS": "*"})
    region.write(RoleCreated(ACCOUNT, "Signer", "AROASIGNER", policy(trusting)))
    assert checks(region, capsys, "--all") == ["public access", "wildcard resource", "public access"]


@pytest.mark.parametrize(("fail_on", "status"), [("low", 1), ("medium", 0), ("high", 0)])
def test_the_exit_status_follows_the_severity(
    region: ReviewedRegion, fail_on: str, status: int, tmp_path: Path
) -> None:
    draft = tmp_path / "policy.json"
    draft.write_text(policy(statement(), statement(Action="s3:GetObject")))
    assert run(region, "lint", str(draft), "--fail-on", fail_on, "--account", ACCOUNT) == status


def test_a_file_needs_no_region(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draft = tmp_path / "policy.json"
    draft.write_text(PUBLIC)
    assert main(["policy", "lint", str(draft), "--directory", str(tmp_path / "none")]) == 1
    assert "public access" in capsys.readouterr().out


def test_a_key_that_is_not_there(region: ReviewedRegion, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(region, "lint", "--key", KEY_ID[:-1] + "0") == 1
    assert "us-east-1 holds no key" in capsys.readouterr().err


class Replaying:
    def __init__(self, region: ReviewedRegion, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.region, self._file, self._capsys = region, directory / "draft.json", capsys

    def __call__(self, draft: str, *more: str) -> Any:
        self._file.write_text(draft)
        status = run(self.region, "replay", "--key", KEY_ID, "--draft", str(self._file), "--json", *more)
        summary = orjson.loads(self._capsys.readouterr().out)
        assert status == int(bool(summary["flips"]))
        return summary


@pytest.fixture
def replay(region: ReviewedRegion, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Replaying:
    region.write(ALLOWING)
    return Replaying(region, tmp_path, capsys)


def test_a_draft_that_says_the_same_flips_nothing(replay: Replaying) -> None:
    replay.region.decide("request")
    assert replay(DELEGATING) == {"calls": 1, "changed": 0, "gone": 0, "flips": []}


def test_what_a_draft_would_deny(replay: Replaying) -> None:
    replay.region.decide("first", requests=40)
    replay.region.decide("second")
    (flip,) = replay(policy(statement(), deny("kms:Encrypt", Principal="*", Sid="No")))["flips"]
    assert flip["kind"] == {
        "flip": "allowed -> denied",
        "principal": ALICE,
        "action": "kms:Encrypt",
        "because": f"a statement denies it: {KEY_ARN}, statement 2 (No)",
    }
    assert (flip["calls"], flip["request_ids"]) == (41, ["first", "second"])


def test_what_a_draft_would_allow(replay: Replaying) -> None:
    replay.region.decide("request", action="kms:Decrypt", grant_operation="Decrypt")
    (flip,) = replay(policy(statement(), statement(Principal={"AWS": ALICE}, Action="kms:Decrypt")))["flips"]
    assert (flip["kind"]["flip"], flip["kind"]["action"]) == ("denied -> allowed", "kms:Decrypt")


def test_the_facts_of_the_recorded_calls_count(replay: Replaying) -> None:
    replay.region.decide("request")
    within = deny("kms:*", Principal="*", Condition={"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}})
    beyond = deny("kms:*", Principal="*", Condition={"NotIpAddress": {"aws:SourceIp": "192.0.2.0/24"}})
    assert replay(policy(statement(), within))["flips"] == []
    assert len(replay(policy(statement(), beyond))["flips"]) == 1


def test_calls_before_then_and_on_other_keys_do_not_count(replay: Replaying) -> None:
    replay.region.decide("request")
    replay.region.decide("another", resource=KEY_ARN[:-1] + "0")
    denying = policy(statement(), deny("kms:Encrypt", Principal="*"))
    assert replay(denying)["calls"] == 1
    assert replay(denying, "--since", str(replay.region.time // 1000 + 10))["calls"] == 0


def test_whoever_is_gone_flips_nothing(replay: Replaying) -> None:
    replay.region.decide("request")
    replay.region.write(UserDeleted(ACCOUNT, "alice"))
    assert replay(policy(statement(Principal={"AWS": ALICE[:-1]}))) == {
        "calls": 1,
        "changed": 0,
        "gone": 1,
        "flips": [],
    }


def test_a_draft_that_could_not_be_put_is_refused(
    region: ReviewedRegion, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "draft.json").write_text("{}")
    assert run(region, "replay", "--key", KEY_ID, "--draft", str(tmp_path / "draft.json")) == 1
    assert "Statement is missing or empty" in capsys.readouterr().err


def test_flips_read_well(replay: Replaying, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    replay.region.decide("first", requests=40)
    draft = tmp_path / "draft.json"
    draft.write_text(policy(statement(Action="kms:Decrypt")))
    assert run(replay.region, "replay", "--key", KEY_ID, "--draft", str(draft)) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{KEY_ARN}: 40 recorded calls"
    assert lines[1] == "  40 would be denied, 0 would be allowed"
    assert lines[3] == f"allowed -> denied: 40 of kms:Encrypt by {ALICE}"
