"""Data key pairs: every spec of the API, in the encodings that other libraries read."""

from typing import Any

import pytest
from botocore.session import get_session
from Crypto.PublicKey import MLKEM
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from shared.crypto.key_pairs import SPECS, KeyPair, generate_key_pair
from shared.crypto.private_key_info import public_der
from tests.shared.crypto.opened_keys import SM2_INSTALLED

MADE_SPECS = sorted(SPECS if SM2_INSTALLED else SPECS - {"SM2"})
READ_BY_PYCA = [spec for spec in MADE_SPECS if spec not in ("ML_KEM_512", "SM2")]
SEED_FORM_LENGTH = 86
"""Bytes of an ML-KEM private key as AWS gives it, the same for every spec."""


def test_specs_are_those_of_the_api() -> None:
    model: Any = get_session().get_service_model("kms")
    assert set(model.shape_for("DataKeyPairSpec").enum) == SPECS


@pytest.mark.parametrize("spec", READ_BY_PYCA)
def test_the_halves_belong_together(spec: str) -> None:
    pair = generate_key_pair(spec)
    private: Any = load_der_private_key(pair.private.reveal(), None)
    assert public_der(private.public_key()) == pair.public
    assert type(load_der_public_key(pair.public)) is type(private.public_key())


def test_ml_kem_512_is_read_by_a_library_that_has_it() -> None:
    pair = generate_key_pair("ML_KEM_512")
    private = MLKEM.import_key(pair.private.reveal())
    assert private.public_key().export_key() == pair.public
    assert private.seed


@pytest.mark.skipif(not SM2_INSTALLED, reason="SM2 WAS NOT TESTED: the packages of the extra sm2 are not installed")
def test_sm2_is_read_again() -> None:
    from shared.crypto.sm2 import Sm2Key, imported

    pair = generate_key_pair("SM2")
    assert Sm2Key(imported("SM2", pair.private.reveal())).public_bytes() == pair.public


@pytest.mark.parametrize("spec", ["ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"])
def test_ml_kem_is_in_the_seed_form(spec: str) -> None:
    assert len(generate_key_pair(spec).private.reveal()) == SEED_FORM_LENGTH


@pytest.mark.parametrize("spec", MADE_SPECS)
def test_every_pair_is_another_and_does_not_print_its_private_key(spec: str) -> None:
    pairs = [generate_key_pair(spec) for _ in range(2)]
    assert pairs[0].public != pairs[1].public
    assert pairs[0].private != pairs[1].private
    assert repr(pairs[0]) == repr(KeyPair(pairs[1].private, pairs[0].public))


@pytest.mark.parametrize("spec", ["ML_DSA_44", "HMAC_256"])
def test_a_spec_without_pairs_is_a_fault_of_the_caller(spec: str) -> None:
    with pytest.raises(ValueError, match=spec):
        generate_key_pair(spec)


def test_symmetric_keys_have_no_pairs() -> None:
    with pytest.raises(ValueError, match="SYMMETRIC_DEFAULT"):
        generate_key_pair("SYMMETRIC_DEFAULT")
