"""Attestation documents: what is accepted and read of one, and what is never accepted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.crypto.attestation.model import Attestation, Rules, Source
from shared.crypto.attestation.verification import attested
from shared.errors import ValidationFailed
from tests.nitro import cbor_writer as cbor
from tests.nitro.enclave import IMAGE, MODULE_ID, Enclave, pairs

NOW = 1_790_000_000_123
MINUTE = 60_000
ENCLAVE = Enclave(NOW)
RULES = Rules((ENCLAVE.root.certificate,), 5 * MINUTE)
DOCUMENT = ENCLAVE.document()


def test_a_document_tells_module_registers_and_key() -> None:
    assert attested(DOCUMENT, RULES, NOW) == Attestation(
        Source.ENCLAVE, MODULE_ID, {0: IMAGE.hex(), 1: "00" * 48}, ENCLAVE.public_key
    )


def test_the_image_digest_is_pcr0_of_an_enclave_and_nothing_of_a_tpm() -> None:
    assert attested(DOCUMENT, RULES, NOW).image_digest == IMAGE.hex()
    tpm = Enclave(NOW, registers="nitrotpm_pcrs")
    attestation = attested(tpm.document(), Rules((tpm.root.certificate,), MINUTE), NOW)
    assert (attestation.source, attestation.image_digest) == (Source.NITRO_TPM, None)


def test_an_image_digest_that_was_not_measured_is_none() -> None:
    registers = cbor.mapping([(cbor.unsigned(4), cbor.byte_string(bytes(48)))])
    assert attested(ENCLAVE.document({"pcrs": registers}), RULES, NOW).image_digest is None


@pytest.mark.parametrize(
    "document",
    [
        cbor.tagged(18, DOCUMENT),
        ENCLAVE.signed(cbor.mapping(pairs(ENCLAVE.members()))),
        ENCLAVE.document({"user_data": cbor.byte_string(bytes(1024)), "nonce": cbor.byte_string(b"")}),
        ENCLAVE.document({"user_data": None, "nonce": None}),
    ],
    ids=["tagged", "definite length", "all members", "optional members absent"],
)
def test_every_form_of_a_document_is_read(document: bytes) -> None:
    assert attested(document, RULES, NOW).public_key == ENCLAVE.public_key


@pytest.mark.parametrize("absent", [None, cbor.NULL])
def test_a_document_without_a_key_has_none(absent: bytes | None) -> None:
    assert attested(ENCLAVE.document({"public_key": absent}), RULES, NOW).public_key is None


def test_any_of_several_roots_will_do() -> None:
    other = Enclave(NOW)
    rules = Rules((other.root.certificate, ENCLAVE.root.certificate), MINUTE)
    assert attested(DOCUMENT, rules, NOW) == attested(other.document(), rules, NOW)


@pytest.mark.parametrize("rules", [Rules((), MINUTE), Rules((Enclave(NOW).root.certificate,), MINUTE)])
def test_another_root_or_none_is_no_trust(rules: Rules) -> None:
    refuses(DOCUMENT, "its certificates do not begin at a trusted root", rules)


@pytest.mark.parametrize(
    ("age", "holds"),
    [(0, True), (5 * MINUTE, True), (5 * MINUTE + 1, False), (-5 * MINUTE, True), (-5 * MINUTE - 1, False)],
)
def test_a_document_holds_for_its_maximum_age_and_no_longer(age: int, holds: bool) -> None:
    document = ENCLAVE.document(now=NOW - age)
    if holds:
        assert attested(document, RULES, NOW).module_id == MODULE_ID
    else:
        refuses(document, "its time is more than 300 seconds from now")


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, len(DOCUMENT) - 1), mask=st.integers(1, 255))
def test_a_document_changed_in_any_byte_is_refused(place: int, mask: int) -> None:
    changed = DOCUMENT[:place] + bytes([DOCUMENT[place] ^ mask]) + DOCUMENT[place + 1 :]
    with pytest.raises(ValidationFailed, match="The attestation document is invalid: "):
        attested(changed, RULES, NOW)


@settings(max_examples=50, deadline=None)
@given(end=st.integers(0, len(DOCUMENT) - 1))
def test_a_document_cut_short_is_refused(end: int) -> None:
    refuses(DOCUMENT[:end], "it is no COSE_Sign1 message")


@settings(max_examples=200, deadline=None)
@given(noise=st.binary(max_size=200))
def test_noise_is_refused_signed_or_not(noise: bytes) -> None:
    for document in (noise, ENCLAVE.signed(noise)):
        with pytest.raises(ValidationFailed):
            attested(document, RULES, NOW)


def refuses(document: bytes, reason: str, rules: Rules = RULES) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        attested(document, rules, NOW)
    assert refusal.value.message == f"The attestation document is invalid: {reason}."
