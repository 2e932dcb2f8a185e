"""DeriveSharedSecret, Encapsulate, Decapsulate."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from shared.errors import InvalidCiphertext, ValidationFailed
from tests.services.region_node.operations.fake_region import FakeRegion, arn
from tests.services.region_node.operations.uses import PEER, PEER_PUBLIC, encoded

OTHER_CURVE = ec.generate_private_key(ec.SECP384R1()).public_key()


async def agreement_key(region: FakeRegion) -> dict[str, Any]:
    key_id = await region.create_key(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")
    return {"KeyId": key_id, "KeyAgreementAlgorithm": "ECDH"}


async def kem_key(region: FakeRegion, spec: str = "ML_KEM_768") -> dict[str, Any]:
    key_id = await region.create_key(KeySpec=spec, KeyUsage="ENCAPSULATE_DECAPSULATE")
    return {"KeyId": key_id, "EncapsulationAlgorithm": "ML_KEM"}


async def public_half(region: FakeRegion, key_id: str) -> Any:
    return load_der_public_key((await region.ask("GetPublicKey", KeyId=key_id)).public_key)


async def test_both_sides_derive_one_secret(region: FakeRegion) -> None:
    asked = await agreement_key(region)
    derived = await region.ask("DeriveSharedSecret", **asked, PublicKey=encoded(PEER_PUBLIC))
    secret = PEER.exchange(ec.ECDH(), await public_half(region, asked["KeyId"]))
    assert derived == (arn(asked["KeyId"]), secret, None, "ECDH", "AWS_KMS")


@pytest.mark.parametrize(
    "public", [b"junk", OTHER_CURVE.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), PEER_PUBLIC + b"\0"]
)
@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_public_key_that_is_none_of_the_curve(region: FakeRegion, public: bytes, dry_run: bool) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        await region.ask("DeriveSharedSecret", **await agreement_key(region), PublicKey=encoded(public), DryRun=dry_run)
    assert refusal.value.message == ""


@pytest.mark.parametrize(("spec", "length"), [("ML_KEM_512", 768), ("ML_KEM_768", 1088), ("ML_KEM_1024", 1568)])
async def test_what_was_encapsulated_is_decapsulated(region: FakeRegion, spec: str, length: int) -> None:
    asked = await kem_key(region, spec)
    made = await region.ask("Encapsulate", **asked)
    assert (made.key_id, made.encapsulation_algorithm) == (arn(asked["KeyId"]), "ML_KEM")
    assert (len(made.shared_secret), len(made.shared_secret_ciphertext_blob)) == (32, length)
    blob = encoded(made.shared_secret_ciphertext_blob)
    opened = await region.ask("Decapsulate", **asked, SharedSecretCiphertextBlob=blob)
    assert opened == (arn(asked["KeyId"]), made.shared_secret, "ML_KEM")


async def test_what_others_encapsulated_is_decapsulated(region: FakeRegion) -> None:
    asked = await kem_key(region)
    public = await public_half(region, asked["KeyId"])
    assert isinstance(public, MLKEM768PublicKey)
    secret, blob = public.encapsulate()
    opened = await region.ask("Decapsulate", **asked, SharedSecretCiphertextBlob=encoded(blob))
    assert opened.shared_secret == secret


async def test_another_keys_encapsulation_gives_another_secret_and_no_error(region: FakeRegion) -> None:
    asked, other = await kem_key(region), await kem_key(region)
    made = await region.ask("Encapsulate", **asked)
    blob = encoded(made.shared_secret_ciphertext_blob)
    opened = await region.ask("Decapsulate", **other, SharedSecretCiphertextBlob=blob)
    assert len(opened.shared_secret) == 32
    assert opened.shared_secret != made.shared_secret


@pytest.mark.parametrize("dry_run", [False, True])
async def test_an_encapsulation_of_another_length(region: FakeRegion, dry_run: bool) -> None:
    with pytest.raises(InvalidCiphertext) as refusal:
        await region.ask(
            "Decapsulate", **await kem_key(region), SharedSecretCiphertextBlob=encoded(b"x" * 768), DryRun=dry_run
        )
    assert refusal.value.message == ""
