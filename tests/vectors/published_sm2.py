"""The examples of SM2's standard, and what OpenSSL made, in the forms of `published.py`.

GB/T 32918.5-2017 (GM/T 0003.5-2012), appendices A and C: one key pair, and one random number, for all examples.
OpenSSL 3.0: genpkey, and pkeyutl with -rawin -digest sm3 -pkeyopt distid:1234567812345678 over MESSAGE.
"""

from typing import Final

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from shared.crypto.sm2_encoding import Sealed, ciphertext
from tests.vectors.published import Agreed, Encrypted, Signed

MESSAGE: Final = b"message digest"

_PRIVATE: Final = "308187020100301306072a8648ce3d020106082a811ccf5501822d046d306b0201010420{scalar}a144034200{point}"
_PUBLIC: Final = "3059301306072a8648ce3d020106082a811ccf5501822d034200{point}"


def _pair(scalar: str, point: str) -> tuple[bytes, bytes]:
    """PKCS#8 and SubjectPublicKeyInfo, as OpenSSL writes them."""
    return bytes.fromhex(_PRIVATE.format(scalar=scalar, point=point)), bytes.fromhex(_PUBLIC.format(point=point))


STANDARD_PRIVATE, STANDARD_PUBLIC = _pair(
    "3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8",
    "0409F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13",
)
NONCE_PRIVATE, NONCE_PUBLIC = _pair(
    "59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21",
    "0404EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73"
    "E858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0",
)
"""The random number of the standard's encryption, and C1, its point."""

OPENSSL_PRIVATE, OPENSSL_PUBLIC = _pair(
    "bdfb618466dd0f67ed257376e4736a61856d9864acdaa2e4168052a30507d10f",
    "048cf6e60a0e8dacd9c1333a38000bef1587f74015520df3cf101f207862509f05"
    "5b332aded3a59cdcadd2c416b2ff3f455d6e71d91e918be5b68077518df25e8e",
)

STANDARD_DIGEST: Final = bytes.fromhex("F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640")
"""Of MESSAGE after the Z of the standard's key."""

STANDARD_SIGNED = Signed(
    "SM2",
    STANDARD_PRIVATE,
    STANDARD_PUBLIC,
    "SM2DSA",
    MESSAGE,
    encode_dss_signature(
        0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3,
        0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA,
    ),
)
OPENSSL_SIGNED = Signed(
    "SM2",
    OPENSSL_PRIVATE,
    OPENSSL_PUBLIC,
    "SM2DSA",
    MESSAGE,
    bytes.fromhex(
        "304402203bf459feb836547e570b23ba0c128645b80bcf524d63525ca8a1cc45549cd20502202b19a7747e0f7eb19f25913dd92337ab63"
        "7650ad1226290e1e79b21a57449270"
    ),
)
SIGNED: Final = (STANDARD_SIGNED, OPENSSL_SIGNED, STANDARD_SIGNED._replace(message=MESSAGE + b"s", genuine=False))

ENCRYPTED: Final = (
    Encrypted(
        "SM2",
        STANDARD_PRIVATE,
        "SM2PKE",
        ciphertext(
            Sealed(
                (
                    0x04EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73,
                    0xE858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0,
                ),
                bytes.fromhex("59983C18F809E262923C53AEC295D30383B54E39D609D160AFCB1908D0BD8766"),
                bytes.fromhex("21886CA989CA9C7D58087307CA93092D651EFA"),
            )
        ),
        b"encryption standard",
    ),
    Encrypted(
        "SM2",
        OPENSSL_PRIVATE,
        "SM2PKE",
        bytes.fromhex(
            "307702207f66bdf023bd27f675fbae18bcea10ab1d9700d8b4f806c918fe1fe44a2d913c022100c86e38257df94fe439c6b0e579eeafca"
            "cc9ce2fed23ed5ac4656ba28fdbaae24042046711ae6de5963aa8f94e7dd4123149cae1964daed7cb0eb7e85d6ba95fb38f0040e9ed675"
            "65f7f2a6c281fa07f64643"
        ),
        MESSAGE,
    ),
)

_SHARED: Final = bytes.fromhex("335E18D751E51F040E27D468138B7AB1DC86AD7F981D7D416222FD6AB3ED230D")
AGREED: Final = (
    Agreed("SM2", NONCE_PRIVATE, STANDARD_PUBLIC, _SHARED),
    Agreed("SM2", STANDARD_PRIVATE, NONCE_PUBLIC, _SHARED),
)
"""Appendix C: the point that encryption derives its key from is the one that its two parties agree on."""
