"""A client that brings key material of its own to a fake region."""

import base64
from typing import Any

from tests.services.region_node.operations.fake_region import FakeRegion
from tests.wrapping_client import wrap

FIRST, SECOND = bytes(range(32)), bytes(range(32, 64))
OAEP = "RSAES_OAEP_SHA_256"
FOR_EVER = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
PLAINTEXT = base64.b64encode(b"secret").decode()


async def parameters(region: FakeRegion, key_id: str, algorithm: str = OAEP, spec: str = "RSA_2048") -> Any:
    return await region.ask("GetParametersForImport", KeyId=key_id, WrappingAlgorithm=algorithm, WrappingKeySpec=spec)


async def bring(region: FakeRegion, key_id: str, material: bytes, algorithm: str = OAEP, **options: Any) -> Any:
    got = await parameters(region, key_id, algorithm)
    return await region.ask(
        "ImportKeyMaterial",
        KeyId=key_id,
        ImportToken=base64.b64encode(got.import_token).decode(),
        EncryptedKeyMaterial=base64.b64encode(wrap(algorithm, got.public_key, material)).decode(),
        **({} if "ValidTo" in options else FOR_EVER),
        **options,
    )


async def importable(region: FakeRegion, **options: Any) -> str:
    return await region.create_key(Origin="EXTERNAL", **options)


async def metadata(region: FakeRegion, key_id: str) -> Any:
    return (await region.ask("DescribeKey", KeyId=key_id)).key_metadata


async def materials(region: FakeRegion, key_id: str) -> Any:
    return (await region.ask("ListKeyRotations", KeyId=key_id, IncludeKeyMaterial="ALL_KEY_MATERIAL")).rotations


async def encrypted(region: FakeRegion, key_id: str) -> str:
    blob = (await region.ask("Encrypt", KeyId=key_id, Plaintext=PLAINTEXT)).ciphertext_blob
    return base64.b64encode(blob).decode()
