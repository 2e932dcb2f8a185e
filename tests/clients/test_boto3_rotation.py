"""Unmodified boto3: material that is rotated, imported, deleted and imported again, in two regions."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.running import code_of, eventually, wait_until
from tests.wrapping_client import wrap

FIRST, SECOND = bytes(range(32)), bytes(range(32, 64))
ALL = "ALL_KEY_MATERIAL"


def family(kms: Any, elsewhere: Any, **options: Any) -> str:
    """A multi-region key with a replica in the other region."""
    key_id = str(kms.create_key(MultiRegion=True, **options)["KeyMetadata"]["KeyId"])
    if options.get("Origin") == "EXTERNAL":
        bring(kms, key_id, FIRST)
    kms.replicate_key(KeyId=key_id, ReplicaRegion="eu-west-1")
    eventually(lambda: elsewhere.describe_key(KeyId=key_id))
    return key_id


def bring(client: Any, key_id: str, material: bytes, algorithm: str = "RSAES_OAEP_SHA_256", **options: Any) -> Any:
    got = client.get_parameters_for_import(KeyId=key_id, WrappingAlgorithm=algorithm, WrappingKeySpec="RSA_2048")
    end = {} if "ValidTo" in options else {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    return client.import_key_material(
        KeyId=key_id,
        ImportToken=got["ImportToken"],
        EncryptedKeyMaterial=wrap(algorithm, got["PublicKey"], material),
        **end,
        **options,
    )


def state(client: Any, key_id: str) -> str:
    return str(client.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"])


def current(client: Any, key_id: str) -> str:
    return str(client.describe_key(KeyId=key_id)["KeyMetadata"]["CurrentKeyMaterialId"])


def material_states(client: Any, key_id: str) -> list[str]:
    listing = {"KeyId": key_id, "IncludeKeyMaterial": ALL, "PaginationConfig": {"PageSize": 1}}
    pages = client.get_paginator("list_key_rotations").paginate(**listing)
    return [entry["KeyMaterialState"] for page in pages for entry in page["Rotations"]]


def test_old_and_new_blobs_open_in_both_regions_after_a_rotation(kms: Any, elsewhere: Any) -> None:
    key_id = family(kms, elsewhere)
    old = kms.encrypt(KeyId=key_id, Plaintext=b"old")["CiphertextBlob"]
    before = current(kms, key_id)
    assert kms.rotate_key_on_demand(KeyId=key_id)["KeyId"].endswith(key_id)
    wait_until(lambda: current(kms, key_id) != before, "both regions are known to have the new material")
    new = kms.encrypt(KeyId=key_id, Plaintext=b"new")["CiphertextBlob"]
    assert elsewhere.decrypt(CiphertextBlob=new)["Plaintext"] == b"new"
    wait_until(lambda: current(elsewhere, key_id) == current(kms, key_id), "the rotation has reached the replica")
    far = elsewhere.encrypt(KeyId=key_id, Plaintext=b"far")["CiphertextBlob"]
    for client in (kms, elsewhere):
        opened = [client.decrypt(CiphertextBlob=blob) for blob in (old, new, far)]
        assert [answer["Plaintext"] for answer in opened] == [b"old", b"new", b"far"]
        assert [answer["KeyMaterialId"] == before for answer in opened] == [True, False, False]
        assert material_states(client, key_id) == ["NON_CURRENT", "CURRENT"]
    with pytest.raises(elsewhere.exceptions.UnsupportedOperationException, match="not a multi-region primary key"):
        elsewhere.rotate_key_on_demand(KeyId=key_id)


def test_a_rotation_in_progress_is_told_and_no_other_begins(kms: Any, elsewhere: Any) -> None:
    key_id = family(kms, elsewhere)
    before = current(kms, key_id)
    kms.rotate_key_on_demand(KeyId=key_id)
    began = kms.get_key_rotation_status(KeyId=key_id).get("OnDemandRotationStartDate")
    assert began is not None
    assert abs(datetime.now(UTC) - began) < timedelta(minutes=5)
    assert material_states(kms, key_id) == ["CURRENT", "PENDING_ROTATION"]
    assert kms.list_key_rotations(KeyId=key_id)["Rotations"] == []
    with pytest.raises(kms.exceptions.ConflictException, match="is in progress"):
        kms.rotate_key_on_demand(KeyId=key_id)
    wait_until(lambda: current(kms, key_id) != before, "both regions are known to have the new material")
    assert "OnDemandRotationStartDate" not in kms.get_key_rotation_status(KeyId=key_id)
    (rotation,) = kms.list_key_rotations(KeyId=key_id)["Rotations"]
    assert (rotation["RotationType"], rotation["KeyMaterialState"]) == ("ON_DEMAND", "CURRENT")


def test_the_schedule_of_a_key_is_set_and_reported_in_both_regions(kms: Any, elsewhere: Any) -> None:
    key_id = family(kms, elsewhere)
    kms.enable_key_rotation(KeyId=key_id, RotationPeriodInDays=90)
    status = kms.get_key_rotation_status(KeyId=key_id)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 90)
    assert abs(status["NextRotationDate"] - datetime.now(UTC) - timedelta(days=90)) < timedelta(minutes=5)
    wait_until(lambda: elsewhere.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"], "the replica reports it")
    kms.disable_key_rotation(KeyId=key_id)
    assert kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"] is False


def test_the_limit_of_rotations_on_demand_is_said_in_the_words_of_aws(kms: Any) -> None:
    key = kms.create_key()["KeyMetadata"]
    for _ in range(25):
        kms.rotate_key_on_demand(KeyId=key["KeyId"])
    with pytest.raises(kms.exceptions.LimitExceededException) as refused:
        kms.rotate_key_on_demand(KeyId=key["KeyId"])
    assert "The on-demand rotations limit has been reached for the given keyId." in str(refused.value)


def test_imported_material_is_used_deleted_and_imported_again(kms: Any) -> None:
    key_id = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["KeyId"]
    assert state(kms, key_id) == "PendingImport"
    material_id = bring(kms, key_id, FIRST, KeyMaterialDescription="from our safe")["KeyMaterialId"]
    assert (state(kms, key_id), current(kms, key_id)) == ("Enabled", material_id)
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"ours")["CiphertextBlob"]
    assert kms.delete_imported_key_material(KeyId=key_id)["KeyMaterialId"] == material_id
    with pytest.raises(kms.exceptions.KMSInvalidStateException, match="is pending import"):
        kms.decrypt(CiphertextBlob=blob)
    with pytest.raises(kms.exceptions.IncorrectKeyMaterialException):
        bring(kms, key_id, SECOND)
    bring(kms, key_id, FIRST)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"ours"
    (entry,) = kms.list_key_rotations(KeyId=key_id, IncludeKeyMaterial=ALL)["Rotations"]
    assert (entry["KeyMaterialDescription"], entry["ImportState"]) == ("from our safe", "IMPORTED")


def test_imported_material_ends_when_it_was_said_to(kms: Any) -> None:
    key_id = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["KeyId"]
    bring(kms, key_id, FIRST, ValidTo=datetime.now(UTC) + timedelta(seconds=2))
    metadata = kms.describe_key(KeyId=key_id)["KeyMetadata"]
    assert (metadata["KeyState"], metadata["ExpirationModel"]) == ("Enabled", "KEY_MATERIAL_EXPIRES")
    kms.encrypt(KeyId=key_id, Plaintext=b"-")
    wait_until(lambda: state(kms, key_id) == "PendingImport", "the material has expired", 10)
    with pytest.raises(kms.exceptions.KMSInvalidStateException, match="is pending import"):
        kms.encrypt(KeyId=key_id, Plaintext=b"-")


def test_a_private_key_of_a_client_signs_what_its_public_half_verifies(kms: Any) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    encoded = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    key_id = kms.create_key(Origin="EXTERNAL", KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    assert "KeyMaterialId" not in bring(kms, key_id, encoded, "RSA_AES_KEY_WRAP_SHA_256")
    signature = kms.sign(KeyId=key_id, Message=b"ours", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    private.public_key().verify(signature, b"ours", ec.ECDSA(SHA256()))


def test_a_family_is_rotated_to_material_that_every_region_has_imported(kms: Any, elsewhere: Any) -> None:
    key_id = family(kms, elsewhere, Origin="EXTERNAL")
    assert state(elsewhere, key_id) == "PendingImport"
    bring(elsewhere, key_id, FIRST)
    old = kms.encrypt(KeyId=key_id, Plaintext=b"old")["CiphertextBlob"]
    second = bring(kms, key_id, SECOND, ImportType="NEW_KEY_MATERIAL")["KeyMaterialId"]
    assert material_states(kms, key_id) == ["CURRENT", "PENDING_MULTI_REGION_IMPORT_AND_ROTATION"]
    with pytest.raises(kms.exceptions.KMSInvalidStateException, match="No available key material pending rotation"):
        kms.rotate_key_on_demand(KeyId=key_id)
    eventually(lambda: bring(elsewhere, key_id, SECOND, ImportType="EXISTING_KEY_MATERIAL", KeyMaterialId=second))
    wait_until(lambda: material_states(kms, key_id) == ["CURRENT", "PENDING_ROTATION"], "the primary has heard of it")
    kms.rotate_key_on_demand(KeyId=key_id)
    wait_until(lambda: current(elsewhere, key_id) == second, "the rotation has reached the replica")
    new = elsewhere.encrypt(KeyId=key_id, Plaintext=b"new")["CiphertextBlob"]
    for client in (kms, elsewhere):
        assert [client.decrypt(CiphertextBlob=blob)["Plaintext"] for blob in (old, new)] == [b"old", b"new"]


def test_tokens_of_other_keys_and_material_that_does_not_unwrap_are_told_apart(kms: Any) -> None:
    key_id, other = (kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["KeyId"] for _ in range(2))
    got = kms.get_parameters_for_import(
        KeyId=key_id, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_3072"
    )
    end = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    for name, wrapped, code in (
        (other, bytes(384), "InvalidImportTokenException"),
        (key_id, bytes(384), "InvalidCiphertextException"),
        (key_id, bytes(383), "ValidationException"),
    ):
        with pytest.raises(ClientError) as refused:
            kms.import_key_material(KeyId=name, ImportToken=got["ImportToken"], EncryptedKeyMaterial=wrapped, **end)
        assert code_of(refused.value) == code
