"""The id of imported material follows from the material and the key, and from nothing else."""

import hashlib
import hmac

from hypothesis import given
from hypothesis import strategies as st

from shared.crypto.material_id import material_id_of
from shared.secrets import Secret

ACCOUNT, KEY_ID = "111122223333", "mrk-1234abcd12ab34cd56ef1234567890ab"
MATERIAL = Secret(bytes(range(32)))


def test_the_id_is_the_one_that_the_documentation_derives() -> None:
    """Released: ids stand in logs and ciphertexts for ever. Derived here with HMAC alone (RFC 5869)."""
    info = b"".join(len(name).to_bytes(4, "big") + name.encode() for name in (ACCOUNT, KEY_ID))
    extracted = hmac.digest(b"keytide/material-id/1", MATERIAL.reveal(), hashlib.sha256)
    expected = hmac.digest(extracted, info + b"\x01", hashlib.sha256).hex()
    assert material_id_of(ACCOUNT, KEY_ID, MATERIAL) == expected
    assert expected == "41698576e2f3459c6f598c9ecf31f912bfbb79a4063c0dee78952d97dc122a52"


@given(st.binary(min_size=1, max_size=130), st.binary(min_size=1, max_size=130))
def test_other_material_has_another_id(one: bytes, other: bytes) -> None:
    """Also where HMAC would pad or hash two keys to the same one."""
    for first, second in ((one, other), (one, one + b"\0"), (one, hashlib.sha256(one).digest())):
        ids = {material_id_of(ACCOUNT, KEY_ID, Secret(material)) for material in (first, second)}
        assert len(ids) == len({first, second})


def test_the_same_material_has_another_id_under_another_key() -> None:
    names = [(ACCOUNT, KEY_ID), ("999999999999", KEY_ID), (ACCOUNT, KEY_ID[:-1] + "c")]
    assert len({material_id_of(*name, MATERIAL) for name in names}) == 3
