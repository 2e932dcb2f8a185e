"""The envelope of an attestation document: COSE_Sign1 with ES384 and nothing else."""

from collections.abc import Callable

import pytest

from shared.crypto.attestation.cose import LONGEST_MESSAGE, LONGEST_PAYLOAD, parse, verify
from shared.errors import ValidationFailed
from tests.nitro import cbor_writer as cbor
from tests.nitro.enclave import NO_HEADERS, PROTECTED, Enclave, raw_signature

ENCLAVE = Enclave(1_790_000_000_000)
KEY = ENCLAVE.path[-1].key
CONTENT = b"content"
SIGNED = ENCLAVE.signed(CONTENT)
SIGNATURE = SIGNED[-96:]


def message(
    protected: bytes = cbor.byte_string(PROTECTED),
    unprotected: bytes = NO_HEADERS,
    payload: bytes = cbor.byte_string(CONTENT),
    signature: bytes = cbor.byte_string(SIGNATURE),
    *more: bytes,
) -> bytes:
    return cbor.array(protected, unprotected, payload, signature, *more)


def protected(*headers: tuple[bytes, bytes]) -> bytes:
    return cbor.byte_string(cbor.mapping(headers))


ES384 = (cbor.unsigned(1), cbor.negative(-35))

NO_COSE: dict[str, bytes] = {
    "empty": b"",
    "a map": cbor.mapping([(cbor.unsigned(0), SIGNED)]),
    "a number": cbor.unsigned(4),
    "three parts": cbor.array(cbor.byte_string(PROTECTED), NO_HEADERS, cbor.byte_string(CONTENT)),
    "five parts": message(*(cbor.byte_string(PROTECTED), NO_HEADERS, cbor.NULL, cbor.NULL, cbor.NULL)),
    "a byte behind the end": SIGNED + b"\x00",
    "a second message behind the end": SIGNED + SIGNED,
    "another tag": cbor.tagged(98, SIGNED),
    "two tags": cbor.tagged(18, cbor.tagged(18, SIGNED)),
    "a tag inside": message(payload=cbor.tagged(24, cbor.byte_string(CONTENT))),
    "indefinite array": b"\x9f" + SIGNED[1:] + cbor.BREAK,
    "indefinite payload": message(payload=b"\x5f" + cbor.byte_string(CONTENT) + cbor.BREAK),
    "a longer length than needed": message(payload=b"\x58\x07" + CONTENT),
    "an unprotected header": message(unprotected=cbor.mapping([ES384])),
    "unprotected headers of another type": message(unprotected=cbor.NULL),
    "payload as text": message(payload=cbor.text("content")),
    "detached payload": message(payload=cbor.NULL),
    "protected header as a map": message(protected=cbor.mapping([ES384])),
    "nesting without end": b"\x81" * LONGEST_MESSAGE,
    "tags without end": b"\xd2" * LONGEST_MESSAGE,
    "a length beyond the end": message(payload=b"\x5b" + b"\xff" * 8),
}
NOT_ES384: dict[str, bytes] = {
    "ES256": protected((cbor.unsigned(1), cbor.negative(-7))),
    "ES512": protected((cbor.unsigned(1), cbor.negative(-36))),
    "no algorithm": protected(),
    "nothing": cbor.byte_string(b""),
    "a further header": protected(ES384, (cbor.unsigned(4), cbor.byte_string(b"key"))),
    "a critical header": protected(ES384, (cbor.unsigned(2), cbor.array(cbor.unsigned(4)))),
    "the algorithm twice": protected(ES384, ES384),
    "the algorithm by name": protected((cbor.unsigned(1), cbor.text("ES384"))),
}
WRONG_LENGTHS: dict[str, bytes] = {
    "empty payload": message(payload=cbor.byte_string(b"")),
    "payload too long": message(payload=cbor.byte_string(bytes(LONGEST_PAYLOAD + 1))),
    "signature too short": message(signature=cbor.byte_string(SIGNATURE[:-1])),
    "signature too long": message(signature=cbor.byte_string(SIGNATURE + b"\x00")),
    "signature in DER": message(signature=cbor.byte_string(b"\x30\x64" + SIGNATURE)),
}
CASES = [
    *((name, data, "it is no COSE_Sign1 message") for name, data in NO_COSE.items()),
    *((name, message(header), "it is not signed with ES384") for name, header in NOT_ES384.items()),
    *((name, data, "its payload or its signature has a wrong length") for name, data in WRONG_LENGTHS.items()),
    ("too long", bytes(LONGEST_MESSAGE + 1), f"it is longer than {LONGEST_MESSAGE} bytes"),
]


def test_a_message_is_taken_apart_tagged_or_not() -> None:
    for data in (SIGNED, cbor.tagged(18, SIGNED)):
        assert parse(data) == (PROTECTED, CONTENT, SIGNATURE)
    assert parse(message(payload=cbor.byte_string(bytes(LONGEST_PAYLOAD)))).payload == bytes(LONGEST_PAYLOAD)


@pytest.mark.parametrize(("data", "reason"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_any_other_envelope_is_refused(data: bytes, reason: str) -> None:
    refuses(lambda: parse(data), reason)


def test_the_signature_covers_header_and_payload_and_is_the_keys() -> None:
    signed, key = parse(SIGNED), KEY.public_key()
    verify(signed, key)
    wrong = [
        (signed._replace(payload=b"Content"), key),
        (signed._replace(protected=b""), key),
        (signed._replace(signature=bytes(96)), key),
        (signed._replace(signature=SIGNATURE[48:] + SIGNATURE[:48]), key),
        (signed._replace(signature=raw_signature(KEY, CONTENT)), key),
        (signed, ENCLAVE.root.key.public_key()),
    ]
    for changed, other_key in wrong:
        refuses(lambda changed=changed, key=other_key: verify(changed, key), "its signature does not verify")  # type: ignore[misc]


def refuses(call: Callable[[], object], reason: str) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        call()
    assert refusal.value.message == f"The attestation document is invalid: {reason}."
