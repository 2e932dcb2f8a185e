"""Digests and cosignatures of this version, byte by byte: what was signed once must be readable for ever."""

import hashlib

from shared.audit.cosignature import decode_cosignature
from shared.audit.digest import decode_digest
from tests.shared.audit.proven_trail import small_trail, verify

DIGEST = "488448cf968a82c39a286179fdbe51d010d484ea366a0c32de7e75f262b61e8c"
COSIGNATURE = "dc414d667c8bbe412d1c355117d4d6bb102560a3a97a048da8a946d726d8b538"


def test_what_is_signed_keeps_its_form() -> None:
    trail = small_trail()
    assert hashlib.sha256(trail.digests[1]).hexdigest() == DIGEST
    assert hashlib.sha256(trail.cosignatures[1]).hexdigest() == COSIGNATURE
    assert decode_digest(trail.digests[1]).header.number == 2
    assert decode_cosignature(trail.cosignatures[1], verify).number == 2
