"""`keytide explain` on a region's directory: the decision as it was made, by the policies of then."""

import shutil
import subprocess
import sys

import orjson
import pytest

from services.cli.main import main
from shared.identity.events import RoleCreated
from shared.identity.policy_events import InlinePolicyPut
from shared.keys.events import KeyPolicyPut
from tests.replication.written_log import ACCOUNT
from tests.services.review.reviewed_region import ALICE, DELEGATING, KEY_ARN, KEY_ID, ReviewedRegion
from tests.shared.policy.policies import policy, statement
from tests.shared.policy.why.questions import allow, deny

REQUEST = "0f9d0d7a-8f2c-4f0e-9f50-1d5a7a3b2c10"
DENYING = policy(statement(), deny(Principal="*", Sid="No"))
ALLOWING = InlinePolicyPut(ACCOUNT, "user/alice", "own", policy(allow()))


def test_a_refusal_is_explained(region: ReviewedRegion, capsys: pytest.CaptureFixture[str]) -> None:
    region.write(KeyPolicyPut(ACCOUNT, KEY_ID, DENYING))
    region.decide(REQUEST)
    assert main(["explain", REQUEST, "--directory", str(region.directory)]) == 0
    written = capsys.readouterr().out
    assert "policies: nothing that matters has changed since" in written
    assert f"DENIED: {ALICE}" in written
    assert "2 (No): DENIES it <- decided" in written
    assert "kms:encryptioncontext:app = pay" in written


def test_what_a_client_chose_cannot_write_to_the_terminal(
    region: ReviewedRegion, capsys: pytest.CaptureFixture[str]
) -> None:
    context = {"aws:useragent": "\x1b[2Jaws-cli\nALLOWED: nothing to see \u202e"}
    region.decide(REQUEST, context=context)
    assert main(["explain", REQUEST, "--directory", str(region.directory)]) == 0
    written = capsys.readouterr().out
    assert r"aws:useragent = \x1b[2Jaws-cli\nALLOWED: nothing to see \u202e" in written
    assert all(line.isprintable() for line in written.split("\n"))


def test_the_policies_are_those_of_then(region: ReviewedRegion, capsys: pytest.CaptureFixture[str]) -> None:
    region.write(KeyPolicyPut(ACCOUNT, KEY_ID, DENYING))
    region.decide(REQUEST)
    region.write(KeyPolicyPut(ACCOUNT, KEY_ID, DELEGATING))
    region.write(ALLOWING)
    assert main(["explain", REQUEST, "--directory", str(region.directory), "--json"]) == 0
    (told,) = orjson.loads(capsys.readouterr().out)
    assert told["policies_as_of"] == "the policies as they were then, from the log"
    assert told["verdict"]["reason"] == "a statement denies it"
    assert told["verdict"]["statements"][0]["sid"] == "No"


def test_without_a_state_the_log_tells(region: ReviewedRegion, capsys: pytest.CaptureFixture[str]) -> None:
    region.write(KeyPolicyPut(ACCOUNT, KEY_ID, DENYING))
    region.decide(REQUEST)
    shutil.rmtree(region.settings.state_directory)
    assert main(["explain", REQUEST, "--directory", str(region.directory)]) == 0
    assert "the policies as they were then, from the log" in capsys.readouterr().out


def test_where_the_log_is_gone_the_state_of_now_answers_and_says_so(
    region: ReviewedRegion, capsys: pytest.CaptureFixture[str]
) -> None:
    region.write(KeyPolicyPut(ACCOUNT, KEY_ID, DENYING))
    region.decide(REQUEST)
    region.write(KeyPolicyPut(ACCOUNT, KEY_ID, DELEGATING), ALLOWING)
    shutil.rmtree(region.settings.log_directory)
    assert main(["explain", REQUEST, "--directory", str(region.directory)]) == 0
    written = capsys.readouterr().out
    assert "could not be had as they were then" in written
    assert "Then it was otherwise: a statement denies it" in written


def test_an_allowed_request_is_explained_too(region: ReviewedRegion, capsys: pytest.CaptureFixture[str]) -> None:
    region.write(ALLOWING)
    region.decide(REQUEST, request_ids=("another", REQUEST), requests=40)
    assert main(["explain", REQUEST.upper(), "--directory", str(region.directory)]) == 0
    written = capsys.readouterr().out
    assert f"ALLOWED: {ALICE}" in written
    assert "40 requests of that second were alike" in written


def test_an_unknown_request_is_said_in_one_line(region: ReviewedRegion, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["explain", "unknown", "--directory", str(region.directory)]
    assert main(arguments) == 1
    assert "us-east-1 has none at all" in capsys.readouterr().err
    region.decide(REQUEST)
    assert main(arguments) == 1
    assert "us-east-1 has those since 2023-11-14T" in capsys.readouterr().err


def test_a_key_that_is_not_there_is_explained(region: ReviewedRegion, capsys: pytest.CaptureFixture[str]) -> None:
    resource = KEY_ARN.replace(ACCOUNT, "444455556666")
    region.decide(REQUEST, resource=resource, resource_account="444455556666", has_resource_policy=False, sequences={})
    assert main(["explain", REQUEST, "--directory", str(region.directory)]) == 0
    written = capsys.readouterr().out
    assert "the region holds no such key, or the operation is for the key's own account alone" in written
    assert "No change of a policy or grant is known" in written


def test_whoever_stops_reading_gets_no_traceback(region: ReviewedRegion) -> None:
    region.decide(REQUEST)
    command = [sys.executable, "-m", "services.cli", "explain", REQUEST, "--directory", str(region.directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode in (0, 141)


def test_a_role_that_does_not_trust_is_explained(region: ReviewedRegion, capsys: pytest.CaptureFixture[str]) -> None:
    trusting = statement(Action="sts:AssumeRole", Resource=None, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"})
    region.write(RoleCreated(ACCOUNT, "Signer", "AROASIGNER", policy(trusting)))
    role = f"arn:aws:iam::{ACCOUNT}:role/Signer"
    region.decide(REQUEST, action="sts:AssumeRole", resource=role, grant_operation=None, encryption_context=None)
    assert main(["explain", REQUEST, "--directory", str(region.directory)]) == 0
    written = capsys.readouterr().out
    assert "nothing that matters has changed since" in written
    assert f"role trust policy {role}" in written
    assert f"add to the policy of {role}" in written
