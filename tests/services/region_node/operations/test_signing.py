"""Sign, Verify."""

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from shared.errors import DryRunSucceeded, InvalidKeySignature, InvalidKeyUsage, ValidationFailed
from shared.keys.specs import ALGORITHMS, SIGN_VERIFY
from tests.services.region_node.operations.fake_region import FakeRegion, arn
from tests.services.region_node.operations.uses import MESSAGE, encoded, with_sm2_if_installed

DIGEST = encoded(hashlib.sha256(MESSAGE).digest())
SIGNING = with_sm2_if_installed(
    (spec, algorithm)
    for spec, usages in ALGORITHMS.items()
    for algorithm in usages.get(SIGN_VERIFY, ())
    if spec not in ("RSA_3072", "RSA_4096")  # these two take their time, and differ in nothing
)


async def p256(region: FakeRegion, **parameters: Any) -> dict[str, Any]:
    """What Sign and Verify of a new P-256 key ask for, but for the message."""
    key_id = await region.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY", **parameters)
    return {"KeyId": key_id, "SigningAlgorithm": "ECDSA_SHA_256"}


@pytest.mark.parametrize(("spec", "algorithm"), SIGNING)
async def test_what_was_signed_is_verified_under_every_algorithm(region: FakeRegion, spec: str, algorithm: str) -> None:
    key_id = await region.create_key(KeySpec=spec, KeyUsage=SIGN_VERIFY)
    message = hashlib.sha512(MESSAGE).digest() if algorithm == "ED25519_PH_SHA_512" else MESSAGE
    asked = {"KeyId": key_id, "SigningAlgorithm": algorithm, "Message": encoded(message)}
    asked["MessageType"] = "RAW" if message == MESSAGE else "DIGEST"
    signed = await region.ask("Sign", **asked)
    assert (signed.key_id, signed.signing_algorithm) == (arn(key_id), algorithm)
    verified = await region.ask("Verify", **asked, Signature=encoded(signed.signature))
    assert verified == (arn(key_id), True, algorithm)


async def test_signatures_are_those_of_the_public_key_and_of_its_private_half(region: FakeRegion) -> None:
    asked = await p256(region)
    public = load_der_public_key((await region.ask("GetPublicKey", KeyId=asked["KeyId"])).public_key)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    signed = await region.ask("Sign", **asked, Message=encoded(MESSAGE))
    public.verify(signed.signature, MESSAGE, ec.ECDSA(SHA256()))
    private = load_der_private_key(region.secret(asked["KeyId"]), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    outside = private.sign(MESSAGE, ec.ECDSA(SHA256()))
    assert (await region.ask("Verify", **asked, Message=encoded(MESSAGE), Signature=encoded(outside))).signature_valid


async def test_a_digest_stands_for_its_message(region: FakeRegion) -> None:
    asked = await p256(region)
    signed = await region.ask("Sign", **asked, Message=DIGEST, MessageType="DIGEST")
    assert (
        await region.ask("Verify", **asked, Message=encoded(MESSAGE), Signature=encoded(signed.signature))
    ).signature_valid


@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_signature_that_is_not_of_this_key_and_message(region: FakeRegion, dry_run: bool) -> None:
    asked, other = await p256(region), await p256(region)
    signature = encoded((await region.ask("Sign", **asked, Message=encoded(MESSAGE))).signature)
    for wrong in (
        {**asked, "Message": encoded(b"retreat"), "Signature": signature},
        {**other, "Message": encoded(MESSAGE), "Signature": signature},
        {**asked, "Message": encoded(MESSAGE), "Signature": encoded(b"no signature")},
    ):
        with pytest.raises(InvalidKeySignature) as refusal:
            await region.ask("Verify", **wrong, DryRun=dry_run)
        assert refusal.value.message == ""


@pytest.mark.parametrize(("operation", "more"), [("Sign", {}), ("Verify", {"Signature": encoded(b"x")})])
@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_digest_of_another_length_is_refused_after_the_algorithm(
    region: FakeRegion, operation: str, more: dict[str, str], dry_run: bool
) -> None:
    asked = {**await p256(region), "Message": encoded(b"short"), "MessageType": "DIGEST", "DryRun": dry_run, **more}
    with pytest.raises(ValidationFailed) as refusal:
        await region.ask(operation, **asked)
    assert refusal.value.message == "Digest is invalid length for algorithm ECDSA_SHA_256."
    with pytest.raises(InvalidKeyUsage):
        await region.ask(operation, **{**asked, "SigningAlgorithm": "ECDSA_SHA_384"})


async def test_a_replica_verifies_what_its_primary_signed(region: FakeRegion) -> None:
    replica = FakeRegion("eu-west-1", ("us-east-1",))
    asked = await p256(region, MultiRegion=True)
    region.deliver(replica)
    await region.ask("ReplicateKey", KeyId=asked["KeyId"], ReplicaRegion="eu-west-1")
    region.deliver(replica)
    described = (await replica.ask("DescribeKey", KeyId=asked["KeyId"])).key_metadata
    assert (described.key_spec, described.signing_algorithms) == ("ECC_NIST_P256", ("ECDSA_SHA_256",))
    for signer, verifier in ((region, replica), (replica, region)):
        signed = await signer.ask("Sign", **asked, Message=encoded(MESSAGE))
        verified = await verifier.ask("Verify", **asked, Message=encoded(MESSAGE), Signature=encoded(signed.signature))
        assert verified.key_id == arn(asked["KeyId"], verifier.view.region)


async def test_a_dry_run_signs_nothing_for_the_client(region: FakeRegion) -> None:
    with pytest.raises(DryRunSucceeded):
        await region.ask("Sign", **await p256(region), Message=encoded(MESSAGE), DryRun=True)
