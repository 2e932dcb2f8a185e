"""SM2: the examples of the standard, and what OpenSSL makes, through the product's functions."""

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from shared.crypto.key_material import imported_material, open_key
from shared.crypto.opened_key import DIGEST, RAW
from shared.secrets import Secret

pytest.importorskip("gmssl_pyx", reason="SM2 WAS NOT TESTED: the packages of the extra sm2 are not installed")

from shared.crypto.sm2 import Sm2Key
from shared.crypto.sm2_encoding import Sealed, ciphertext

STANDARD_SCALAR = "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8"
STANDARD_NONCE = "59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21"
STANDARD_POINT = (
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
"""GB/T 32918.5-2017 (GM/T 0003.5-2012), appendices A and C: one key pair, and one random number, for all examples."""

OPENSSL_PRIVATE = (
    "308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420bdfb618466dd0f67ed257376e4736a61856d98"
    "64acdaa2e4168052a30507d10fa144034200048cf6e60a0e8dacd9c1333a38000bef1587f74015520df3cf101f207862509f055b332ade"
    "d3a59cdcadd2c416b2ff3f455d6e71d91e918be5b68077518df25e8e"
)
OPENSSL_PUBLIC = (
    "3059301306072a8648ce3d020106082a811ccf5501822d034200048cf6e60a0e8dacd9c1333a38000bef1587f74015520df3cf101f2078"
    "62509f055b332aded3a59cdcadd2c416b2ff3f455d6e71d91e918be5b68077518df25e8e"
)
OPENSSL_SIGNATURE = (
    "304402203bf459feb836547e570b23ba0c128645b80bcf524d63525ca8a1cc45549cd20502202b19a7747e0f7eb19f25913dd92337ab63"
    "7650ad1226290e1e79b21a57449270"
)
OPENSSL_CIPHERTEXT = (
    "307702207f66bdf023bd27f675fbae18bcea10ab1d9700d8b4f806c918fe1fe44a2d913c022100c86e38257df94fe439c6b0e579eeafca"
    "cc9ce2fed23ed5ac4656ba28fdbaae24042046711ae6de5963aa8f94e7dd4123149cae1964daed7cb0eb7e85d6ba95fb38f0040e9ed675"
    "65f7f2a6c281fa07f64643"
)
"""OpenSSL 3.0: genpkey, and pkeyutl with -rawin -digest sm3 -pkeyopt distid:1234567812345678 over MESSAGE."""

MESSAGE = b"message digest"


def key_of(scalar: str) -> Sm2Key:
    key = open_key("SM2", Secret(bytes.fromhex(scalar)))
    assert isinstance(key, Sm2Key)
    return key


def test_public_key_of_the_standard() -> None:
    assert key_of(STANDARD_SCALAR).public_bytes().hex().upper().endswith("04" + STANDARD_POINT)


def test_signature_of_the_standard() -> None:
    """Appendix A: the message, and its digest e after the key's Z."""
    r = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
    s = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
    digest = bytes.fromhex("F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640")
    key, signature = key_of(STANDARD_SCALAR), encode_dss_signature(r, s)
    key.verify("SM2DSA", RAW, MESSAGE, signature)
    key.verify("SM2DSA", DIGEST, digest, signature)
    key.verify("SM2DSA", RAW, MESSAGE, key.sign("SM2DSA", DIGEST, digest))


def test_ciphertext_of_the_standard() -> None:
    """Appendix C."""
    point = (
        0x04EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73,
        0xE858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0,
    )
    digest = bytes.fromhex("59983C18F809E262923C53AEC295D30383B54E39D609D160AFCB1908D0BD8766")
    body = bytes.fromhex("21886CA989CA9C7D58087307CA93092D651EFA")
    sealed = ciphertext(Sealed(point, digest, body))
    assert key_of(STANDARD_SCALAR).decrypt("SM2PKE", sealed) == b"encryption standard"


def test_shared_point_of_the_standard() -> None:
    """Appendix C: the point that encryption derives its key from is the one that its two parties agree on."""
    x = "335E18D751E51F040E27D468138B7AB1DC86AD7F981D7D416222FD6AB3ED230D"
    nonce, key = key_of(STANDARD_NONCE), key_of(STANDARD_SCALAR)
    assert nonce.derive(key.public_bytes()).reveal().hex().upper() == x
    assert key.derive(nonce.public_bytes()).reveal().hex().upper() == x


def test_key_signature_and_ciphertext_of_openssl() -> None:
    key = key_of(imported_material("SM2", bytes.fromhex(OPENSSL_PRIVATE)).reveal().hex())
    assert key.private_bytes().reveal().hex() == OPENSSL_PRIVATE
    assert key.public_bytes().hex() == OPENSSL_PUBLIC
    key.verify("SM2DSA", RAW, MESSAGE, bytes.fromhex(OPENSSL_SIGNATURE))
    assert key.decrypt("SM2PKE", bytes.fromhex(OPENSSL_CIPHERTEXT)) == MESSAGE
