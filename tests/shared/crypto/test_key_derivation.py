"""The derivation under the blob, against NIST's own vector and against HMAC alone."""

import hashlib
import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.kbkdf import KBKDFHMAC, CounterLocation, Mode

from shared.crypto.symmetric import _derive
from shared.secrets import Secret

# NIST CAVP, KDFCTR_gen.rsp: PRF=HMAC_SHA256, CTRLOCATION=BEFORE_FIXED, RLEN=32_BITS, COUNT=0, L=128.
NIST_KEY = bytes.fromhex("dd1d91b7d90b2bd3138533ce92b272fbf8a369316aefe242e659cc0ae238afe0")
NIST_FIXED_INPUT = bytes.fromhex(
    "01322b96b30acd197979444e468e1c5c6859bf1b1cf951b7e725303e237e46b864a145fab25e517b08f8683d0315bb2911d80a0e8aba17f3b413faac"
)
NIST_OUTPUT = bytes.fromhex("10621342bfb0fd40046c0e29f2cfdbf0")


def _derive_with_hmac(key: bytes, fixed_input: bytes, length: int) -> bytes:
    """SP 800-108r1 section 4.1 with a counter of 32 bits before the fixed input."""
    blocks = (
        hmac.new(key, counter.to_bytes(4, "big") + fixed_input, hashlib.sha256).digest()
        for counter in range(1, length // 32 + 2)
    )
    return b"".join(blocks)[:length]


def test_library_gives_nist_s_output() -> None:
    derivation = KBKDFHMAC(
        SHA256(), Mode.CounterMode, 16, 4, None, CounterLocation.BeforeFixed, None, None, NIST_FIXED_INPUT
    )
    assert derivation.derive(NIST_KEY) == NIST_OUTPUT


def test_plain_hmac_gives_nist_s_output() -> None:
    assert _derive_with_hmac(NIST_KEY, NIST_FIXED_INPUT, 16) == NIST_OUTPUT


def test_blob_s_derivation_is_counter_mode_over_label_and_binding() -> None:
    material, binding = bytes(range(32)), b"what the blob is bound to"
    fixed_input = b"keytide/blob/1" + b"\x00" + binding + (512).to_bytes(4, "big")
    assert b"".join(_derive(Secret(material), binding)) == _derive_with_hmac(material, fixed_input, 64)
