"""`keytide simulate` on a region's directory: now, and as the log says it was."""

from typing import Any

import orjson
import pytest

from services.cli.main import main
from services.review import times
from shared.identity.events import RoleCreated
from shared.identity.policy_events import InlinePolicyPut
from shared.keys.events import KeyPolicyPut
from tests.replication.written_log import ACCOUNT, HOME, granted
from tests.services.review.reviewed_region import ALICE, KEY_ARN, KEY_ID, ReviewedRegion
from tests.shared.policy.policies import policy, statement
from tests.shared.policy.why.questions import allow

ALLOWING = InlinePolicyPut(ACCOUNT, "user/alice", "own", policy(allow("kms:Encrypt")))
BOUND = policy(
    statement(Principal="*", Action="kms:Decrypt", Condition={"StringEquals": {"kms:EncryptionContext:app": "pay"}})
)


class Simulated:
    def __init__(self, region: ReviewedRegion, capsys: pytest.CaptureFixture[str]) -> None:
        self.region, self._capsys = region, capsys

    def __call__(self, *more: str, principal: str = ALICE, action: str = "kms:Encrypt", resource: str = KEY_ID) -> Any:
        """The explanation, whose exit status agrees with it."""
        given = ["--principal", principal, "--action", action, "--resource", resource, *more]
        status = main(["simulate", *given, "--directory", str(self.region.directory), "--json"])
        told = orjson.loads(self._capsys.readouterr().out)
        assert (status == 0) is any(told["verdict"]["reason"] == reason for reason in ALLOWED), told["verdict"]
        return told["verdict"]["reason"]


ALLOWED = (
    "the resource's policy allows the principal",
    "a grant allows the principal",
    "the resource's policy leaves it to the account, whose identity policies allow it",
    "identity policies allow it, and no resource-based policy is asked",
)
DELEGATED, NO_IDENTITY = ALLOWED[2], "no identity policy of the principal allows it"


@pytest.fixture
def simulated(region: ReviewedRegion, capsys: pytest.CaptureFixture[str]) -> Simulated:
    return Simulated(region, capsys)


def test_what_would_be_allowed_now(simulated: Simulated) -> None:
    assert simulated() == NO_IDENTITY
    simulated.region.write(ALLOWING)
    assert simulated() == DELEGATED
    assert simulated(action="KMS:encrypt", resource=KEY_ARN) == DELEGATED
    assert simulated(action="kms:Decrypt") == NO_IDENTITY


def test_what_would_have_been_allowed_then(simulated: Simulated) -> None:
    before = simulated.region.time
    simulated.region.write(ALLOWING)
    after = simulated.region.time
    assert simulated("--at", times.shown(before)) == NO_IDENTITY
    assert simulated("--at", times.shown(after)) == DELEGATED
    assert simulated("--at", str(after // 1000 - 1)) == NO_IDENTITY
    assert simulated() == DELEGATED


def test_the_encryption_context_counts(simulated: Simulated) -> None:
    simulated.region.write(KeyPolicyPut(ACCOUNT, KEY_ID, BOUND))
    ask = {"action": "kms:Decrypt"}
    assert simulated("--encryption-context", "app=pay", **ask) == ALLOWED[0]
    assert simulated("--encryption-context", "app=ship", **ask) == "the resource's policy does not let the principal in"
    assert simulated("--context", "kms:EncryptionContext:app=pay", **ask) == ALLOWED[0]


def test_a_grant_counts(simulated: Simulated) -> None:
    grant = granted(1)
    born = simulated.region.time
    simulated.region.write(grant._replace(grantee_principal=ALICE, key_created_at=born))
    assert simulated(action="kms:Decrypt") == ALLOWED[1]


def test_a_role_is_simulated_as_its_session(simulated: Simulated) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/Signer"
    simulated.region.write(RoleCreated(ACCOUNT, "Signer", "AROASIGNER", "{}"))
    simulated.region.write(KeyPolicyPut(ACCOUNT, KEY_ID, policy(statement(Principal={"AWS": role}))))
    assert simulated(principal=role) == ALLOWED[0]
    assert simulated(principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/Signer/build") == ALLOWED[0]


def test_what_is_of_the_account_asks_identity_policies_alone(simulated: Simulated) -> None:
    simulated.region.write(InlinePolicyPut(ACCOUNT, "user/alice", "own", policy(allow("kms:CreateKey"))))
    assert simulated(action="kms:CreateKey", resource="*") == ALLOWED[3]
    assert simulated(principal=ACCOUNT, action="kms:CreateKey", resource="*") == ALLOWED[3]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--principal", ALICE + "x"], "there is no principal"),
        (["--principal", ALICE, "--resource", KEY_ID[:-1] + "0"], f"{HOME} holds no key"),
        (["--principal", ALICE, "--resource", "alias/none"], f"{HOME} holds no key"),
        (["--principal", ALICE, "--at", "yesterday"], "--at: 'yesterday' is no time"),
    ],
)
def test_what_cannot_be_simulated_is_said_in_one_line(
    region: ReviewedRegion, given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["simulate", "--action", "kms:Encrypt", "--resource", KEY_ID, *given]
    assert main([*arguments, "--directory", str(region.directory)]) == 1
    assert said in capsys.readouterr().err
