"""An enclave, or an instance with NitroTPM: it holds an RSA key and asks its hypervisor for documents about itself."""

import subprocess
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tests.nitro import cbor_writer as cbor
from tests.nitro.certificates import Certified, Form, issue

MODULE_ID: Final = "i-0123456789abcdef0-enc0123456789abcdef"
IMAGE: Final = bytes(range(48))
"""PCR0."""
PROTECTED: Final = cbor.mapping([(cbor.unsigned(1), cbor.negative(-35))])
NO_HEADERS: Final = cbor.mapping([])
PATH: Final = (
    Form("root.nitro-enclaves.example", from_day=-1000, to_day=10_000),
    Form("region.nitro-enclaves.example", path_length=1, from_day=-10, to_day=10),
    Form("instance.nitro-enclaves.example", path_length=0),
    Form("enclave.example", authority=False, usage=("digital_signature", "content_commitment")),
)
"""The certificates from the root to the one that signs documents."""

Members = Mapping[str, bytes | None]


class Enclave:
    """`now` (milliseconds) is when its certificates are issued and its documents are made, unless told otherwise."""

    def __init__(self, now: int, path: Sequence[Form] = PATH, registers: str = "pcrs") -> None:
        self.now = now
        self.path = _issued(path, now)
        self._registers = registers
        self._key = recipient_key()

    @property
    def root(self) -> Certified:
        return self.path[0]

    @property
    def public_key(self) -> bytes:
        return public_key_of(self._key)

    def members(self, now: int | None = None) -> dict[str, bytes | None]:
        """The document's members in their order, each encoded."""
        pcrs = [(cbor.unsigned(0), cbor.byte_string(IMAGE)), (cbor.unsigned(1), cbor.byte_string(bytes(48)))]
        return {
            "module_id": cbor.text(MODULE_ID),
            "digest": cbor.text("SHA384"),
            "timestamp": cbor.unsigned(self.now if now is None else now),
            self._registers: cbor.mapping(pcrs),
            "certificate": cbor.byte_string(self.path[-1].der),
            "cabundle": cbor.array(*(cbor.byte_string(certified.der) for certified in self.path[:-1])),
            "public_key": cbor.byte_string(self.public_key),
            "user_data": cbor.NULL,
            "nonce": cbor.NULL,
        }

    def document(self, changes: Members | None = None, now: int | None = None) -> bytes:
        """A signed document. `changes`: member -> other encoded value, or None to leave it out."""
        return self.signed(payload({**self.members(now), **(changes or {})}))

    def signed(self, content: bytes, protected: bytes = PROTECTED) -> bytes:
        """COSE_Sign1 around any payload, untagged, as the hypervisor writes it."""
        covered = cbor.array(
            cbor.text("Signature1"), cbor.byte_string(protected), cbor.byte_string(b""), cbor.byte_string(content)
        )
        signature = raw_signature(self.path[-1].key, covered)
        return cbor.array(
            cbor.byte_string(protected), NO_HEADERS, cbor.byte_string(content), cbor.byte_string(signature)
        )

    def open(self, envelope: bytes, directory: Path) -> bytes:
        """What a CiphertextForRecipient holds, opened by the command `openssl`."""
        key_file, envelope_file = directory / "recipient.pem", directory / "envelope.ber"
        key_file.write_bytes(self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        envelope_file.write_bytes(envelope)
        command = ["openssl", "cms", "-decrypt", "-inform", "DER", "-in", str(envelope_file), "-inkey", str(key_file)]
        return subprocess.run(command, check=True, capture_output=True).stdout


def payload(members: Members) -> bytes:
    return cbor.indefinite_mapping(pairs(members))


def pairs(members: Members) -> Iterable[tuple[bytes, bytes]]:
    return [(cbor.text(name), encoded) for name, encoded in members.items() if encoded is not None]


def raw_signature(key: EllipticCurvePrivateKey, covered: bytes) -> bytes:
    """ES384 (RFC 9053, section 2.1): r and s side by side."""
    length = (key.curve.key_size + 7) // 8
    return b"".join(part.to_bytes(length, "big") for part in decode_dss_signature(key.sign(covered, ECDSA(SHA384()))))


@cache
def recipient_key(bits: int = 2048) -> RSAPrivateKey:
    """The one key of its size that the tests' enclaves share: making one takes long."""
    return generate_private_key(65537, bits)


def public_key_of(key: RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _issued(path: Sequence[Form], now: int) -> tuple[Certified, ...]:
    issued: list[Certified] = []
    for form in path:
        issued.append(issue(form, now, issued[-1] if issued else None))
    return tuple(issued)
