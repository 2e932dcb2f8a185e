"""The members of an attestation document: every limit that AWS's specification sets, at it and beyond it."""

import pytest

from shared.crypto.attestation.document import MOST_AUTHORITIES, Document, parse
from shared.crypto.attestation.model import Source
from shared.errors import ValidationFailed
from tests.nitro import cbor_writer as cbor
from tests.nitro.enclave import Members, pairs, payload

CERTIFICATE = b"certificate"
REQUIRED = ("module_id", "digest", "timestamp", "certificate", "cabundle")


def registers(*rows: tuple[int, int]) -> bytes:
    """Of (number, length of its content)."""
    return cbor.mapping((cbor.unsigned(number), cbor.byte_string(bytes(length))) for number, length in rows)


LEAST: Members = {
    "module_id": cbor.text("m"),
    "digest": cbor.text("SHA384"),
    "timestamp": cbor.unsigned(1),
    "pcrs": registers((0, 48)),
    "certificate": cbor.byte_string(CERTIFICATE),
    "cabundle": cbor.array(cbor.byte_string(b"root")),
}
TPM: Members = {"pcrs": None, "nitrotpm_pcrs": registers((23, 48))}
TEXT, BYTES, NUMBER = cbor.text("text"), cbor.byte_string(b"bytes"), cbor.unsigned(7)


def bundle(*lengths: int) -> bytes:
    return cbor.array(*(cbor.byte_string(bytes(length)) for length in lengths))


HOLDS: dict[str, Members] = {
    "32 registers": {"pcrs": registers(*((number, 48) for number in range(32)))},
    "every length of a register": {"pcrs": registers((0, 32), (1, 48), (31, 64))},
    "24 registers of a TPM": {"pcrs": None, "nitrotpm_pcrs": registers(*((number, 48) for number in range(24)))},
    "the latest time": {"timestamp": cbor.unsigned(2**64 - 1)},
    "a certificate of 1 byte": {"certificate": cbor.byte_string(b"c")},
    "a certificate of 1024 bytes": {"certificate": cbor.byte_string(bytes(1024))},
    "a full bundle": {"cabundle": bundle(*([1024] * MOST_AUTHORITIES))},
    "public key of 1 byte": {"public_key": cbor.byte_string(b"k")},
    "public key of 1024 bytes": {"public_key": cbor.byte_string(bytes(1024))},
    "empty user data": {"user_data": cbor.byte_string(b"")},
    "user data of 1024 bytes": {"user_data": cbor.byte_string(bytes(1024))},
    "nonce of 1024 bytes": {"nonce": cbor.byte_string(bytes(1024))},
}
OUT_OF_LIMITS: list[tuple[str, bytes]] = [
    ("module_id", cbor.text("")),
    ("module_id", BYTES),
    ("module_id", cbor.NULL),
    ("digest", cbor.text("SHA256")),
    ("digest", cbor.text("sha384")),
    ("digest", cbor.byte_string(b"SHA384")),
    ("digest", cbor.NULL),
    ("timestamp", cbor.unsigned(0)),
    ("timestamp", cbor.negative(-1)),
    ("timestamp", TEXT),
    ("timestamp", cbor.NULL),
    ("timestamp", b"\xf5"),
    ("timestamp", b"\xfb" + bytes(8)),
    ("certificate", cbor.byte_string(b"")),
    ("certificate", cbor.byte_string(bytes(1025))),
    ("certificate", TEXT),
    ("certificate", cbor.NULL),
    ("cabundle", cbor.array()),
    ("cabundle", bundle(*([1] * (MOST_AUTHORITIES + 1)))),
    ("cabundle", bundle(1, 0)),
    ("cabundle", bundle(1, 1025)),
    ("cabundle", cbor.array(TEXT)),
    ("cabundle", cbor.array(cbor.NULL)),
    ("cabundle", cbor.mapping([])),
    ("cabundle", BYTES),
    ("cabundle", cbor.NULL),
    ("pcrs", registers()),
    ("pcrs", registers((32, 48))),
    ("pcrs", registers((0, 47))),
    ("pcrs", registers((0, 0))),
    ("pcrs", registers((0, 20))),
    ("pcrs", registers((0, 65))),
    ("pcrs", cbor.mapping([(cbor.negative(-1), cbor.byte_string(bytes(48)))])),
    ("pcrs", cbor.mapping([(cbor.text("0"), cbor.byte_string(bytes(48)))])),
    ("pcrs", cbor.mapping([(b"\xf4", cbor.byte_string(bytes(48)))])),
    ("pcrs", cbor.mapping([(cbor.unsigned(0), cbor.text("0" * 48))])),
    ("pcrs", cbor.mapping([(cbor.unsigned(0), cbor.NULL)])),
    ("pcrs", cbor.array(cbor.byte_string(bytes(48)))),
    ("pcrs", cbor.NULL),
    ("public_key", cbor.byte_string(b"")),
    ("public_key", cbor.byte_string(bytes(1025))),
    ("public_key", TEXT),
    ("user_data", cbor.byte_string(bytes(1025))),
    ("user_data", NUMBER),
    ("nonce", cbor.byte_string(bytes(1025))),
    ("nonce", TEXT),
]
LEAST_PAIRS = list(pairs(LEAST))
MODULE_ID = cbor.text("module_id")
NOT_ONE_FORM: dict[str, bytes] = {
    "a member twice": cbor.mapping([*LEAST_PAIRS, (MODULE_ID, cbor.text("other"))]),
    "the same member twice": cbor.mapping([*LEAST_PAIRS, LEAST_PAIRS[0]]),
    "a register twice": payload({**LEAST, "pcrs": registers((0, 48), (0, 48))}),
    "a byte behind the end": cbor.mapping(LEAST_PAIRS) + b"\x00",
    "a map behind the end": cbor.mapping(LEAST_PAIRS) * 2,
    "no end": payload(LEAST)[:-1],
    "two ends": payload(LEAST) + cbor.BREAK,
    "indefinite registers": payload({**LEAST, "pcrs": cbor.indefinite_mapping(())}),
    "an indefinite bundle": payload({**LEAST, "cabundle": b"\x9f" + cbor.byte_string(b"root") + cbor.BREAK}),
    "an indefinite text": payload({**LEAST, "module_id": b"\x7f" + TEXT + cbor.BREAK}),
    "a longer number than needed": payload({**LEAST, "timestamp": b"\x1b" + bytes(7) + b"\x01"}),
    "a longer length than needed": payload({**LEAST, "module_id": b"\x78\x01m"}),
    "a time by tag": payload({**LEAST, "timestamp": cbor.tagged(1, cbor.unsigned(1))}),
    "a big number": payload({**LEAST, "timestamp": cbor.tagged(2, cbor.byte_string(b"\x01" * 9))}),
    "an embedded document": payload({**LEAST, "user_data": cbor.tagged(24, BYTES)}),
    "a shared value": payload({**LEAST, "user_data": cbor.tagged(28, BYTES)}),
    "a pattern": payload({**LEAST, "module_id": cbor.tagged(35, cbor.text("(a|b)*"))}),
    "an unknown tag": payload({**LEAST, "module_id": cbor.tagged(65000, TEXT)}),
    "a text that is not UTF-8": payload({**LEAST, "module_id": b"\x61\xff"}),
    "deep nesting": payload({**LEAST, "cabundle": cbor.array(cbor.array(cbor.array(BYTES)))}),
    "nothing": b"",
}
NO_MAP = {"a list": cbor.array(TEXT), "a text": TEXT, "null": cbor.NULL, "a number": NUMBER}
UNSPECIFIED: dict[str, bytes] = {
    "a further member": payload({**LEAST, "extra": TEXT}),
    "a member in another case": payload({**LEAST, "Nonce": BYTES}),
    "a number as a name": cbor.mapping([*LEAST_PAIRS, (NUMBER, NUMBER)]),
    "a further member that is null": payload({**LEAST, "extra": cbor.NULL}),
}
CASES = [
    *(
        (f"{name} {n}", payload({**LEAST, name: value}), f"{name} is not within its limits")
        for n, (name, value) in enumerate(OUT_OF_LIMITS)
    ),
    *((f"without {name}", payload({**LEAST, name: None}), f"{name} is missing") for name in REQUIRED),
    *((name, data, "its payload is no CBOR of the specified form") for name, data in NOT_ONE_FORM.items()),
    *((name, data, "its payload is no map") for name, data in NO_MAP.items()),
    *((name, data, "its payload has a member that is not specified") for name, data in UNSPECIFIED.items()),
    ("no registers", payload({**LEAST, "pcrs": None}), "it has not exactly one of pcrs and nitrotpm_pcrs"),
    (
        "both registers",
        payload({**LEAST, "nitrotpm_pcrs": registers((0, 48))}),
        "it has not exactly one of pcrs and nitrotpm_pcrs",
    ),
    (
        "a TPM's 25th register",
        payload({**LEAST, "pcrs": None, "nitrotpm_pcrs": registers((24, 48))}),
        "nitrotpm_pcrs is not within its limits",
    ),
]


def test_the_least_document_is_read() -> None:
    expected = Document(Source.ENCLAVE, "m", 1, {0: bytes(48)}, CERTIFICATE, (b"root",), None)
    assert parse(payload(LEAST)) == parse(cbor.mapping(LEAST_PAIRS)) == expected


def test_registers_of_a_tpm_are_read_as_such() -> None:
    document = parse(payload({**LEAST, **TPM}))
    assert (document.source, document.pcrs) == (Source.NITRO_TPM, {23: bytes(48)})


@pytest.mark.parametrize("changes", HOLDS.values(), ids=list(HOLDS))
def test_a_member_at_its_limit_holds(changes: Members) -> None:
    assert parse(payload({**LEAST, **changes})).module_id == "m"


@pytest.mark.parametrize("name", ["public_key", "user_data", "nonce"])
def test_an_optional_member_may_be_null(name: str) -> None:
    assert parse(payload({**LEAST, name: cbor.NULL})) == parse(payload(LEAST))


@pytest.mark.parametrize(("data", "reason"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_the_specification_does_not_allow_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        parse(data)
    assert refusal.value.message == f"The attestation document is invalid: {reason}."
