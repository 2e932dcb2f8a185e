"""The certificates of a document: the one path that is taken, and every way to stray from it."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP521R1
from cryptography.hazmat.primitives.hashes import SHA256

from shared.crypto.attestation.certification_path import require_anchor, signing_key
from shared.crypto.attestation.document import MOST_AUTHORITIES
from shared.errors import ValidationFailed
from tests.nitro.certificates import Certified, Form, issue
from tests.nitro.enclave import PATH, Enclave

NOW = 1_790_000_000_000
DAY = 86_400_000
ROOT, REGION, INSTANCE, LEAF = PATH
ENCLAVE, OTHER = Enclave(NOW), Enclave(NOW)

UNVERIFIED = "its certificates do not verify, or are not valid now"
NOT_P384 = "its certificates are not all ECDSA on P-384 with SHA-384"
UNTRUSTED = "its certificates do not begin at a trusted root"
NO_PATH = "its certificates are not one path from the root"


def verified(path: Sequence[Certified], anchors: Sequence[Certified] | None = None, now: int = NOW) -> bytes:
    """The raw key that the path `path`, root first, proves."""
    trusted = [anchor.certificate for anchor in (path[:1] if anchors is None else anchors)]
    key = signing_key(path[-1].der, [authority.der for authority in path[:-1]], trusted, now)
    numbers = key.public_numbers()
    return numbers.x.to_bytes(48, "big") + numbers.y.to_bytes(48, "big")


def test_the_leafs_key_is_returned() -> None:
    numbers = ENCLAVE.path[-1].key.public_key().public_numbers()
    assert verified(ENCLAVE.path) == numbers.x.to_bytes(48, "big") + numbers.y.to_bytes(48, "big")


@pytest.mark.parametrize(
    "path",
    [
        (ROOT, LEAF),
        (ROOT._replace(path_length=0), LEAF),
        (ROOT._replace(path_length=2), REGION, INSTANCE, LEAF),
        (ROOT, *(Form(f"authority {n}") for n in range(MOST_AUTHORITIES - 1)), LEAF),
    ],
    ids=["root alone", "path length 0", "path length 2", "longest"],
)
def test_a_path_of_any_length_within_its_limits_holds(path: Sequence[Form]) -> None:
    assert verified(Enclave(NOW, path).path)


ONE_WRONG: dict[str, tuple[int, dict[str, object], str]] = {
    "leaf expired": (3, {"from_day": -2, "to_day": -1}, UNVERIFIED),
    "leaf not valid yet": (3, {"from_day": 1, "to_day": 2}, UNVERIFIED),
    "intermediate expired": (1, {"to_day": -1}, UNVERIFIED),
    "intermediate not valid yet": (2, {"from_day": 1, "to_day": 2}, UNVERIFIED),
    "root expired": (0, {"to_day": -1}, UNVERIFIED),
    "intermediate no authority": (2, {"authority": False, "path_length": None}, UNVERIFIED),
    "root no authority": (0, {"authority": False}, UNVERIFIED),
    "intermediate may not sign certificates": (1, {"usage": ("crl_sign",)}, UNVERIFIED),
    "root may not sign certificates": (0, {"usage": ("crl_sign",)}, UNVERIFIED),
    "intermediate without usage": (1, {"usage": None}, UNVERIFIED),
    "leaf without usage": (3, {"usage": None}, UNVERIFIED),
    "leaf may not sign": (3, {"usage": ("crl_sign",)}, UNVERIFIED),
    "leaf an authority": (3, {"authority": True, "usage": ("digital_signature", "key_cert_sign")}, UNVERIFIED),
    "root's path length": (0, {"path_length": 1}, UNVERIFIED),
    "intermediate's path length": (1, {"path_length": 0}, UNVERIFIED),
    "unknown critical extension in the leaf": (3, {"critical_unknown": True}, UNVERIFIED),
    "unknown critical extension in between": (1, {"critical_unknown": True}, UNVERIFIED),
    "leaf on P-256": (3, {"curve": SECP256R1()}, NOT_P384),
    "intermediate on P-521": (1, {"curve": SECP521R1()}, NOT_P384),
    "intermediate signed with SHA-256": (1, {"digest": SHA256()}, NOT_P384),
}
"""Place in the path, 0 the root; what is wrong there; the reason."""


@pytest.mark.parametrize(("place", "changes", "reason"), ONE_WRONG.values(), ids=list(ONE_WRONG))
def test_a_path_with_one_wrong_certificate_is_refused(place: int, changes: dict[str, Any], reason: str) -> None:
    path = [form._replace(**changes) if at == place else form for at, form in enumerate(PATH)]
    refuses(lambda: verified(Enclave(NOW, path).path), reason)


root, region, instance, leaf = ENCLAVE.path
ORDERS: dict[str, tuple[Sequence[Certified], str]] = {
    "reversed": ((instance, region, root, leaf), UNTRUSTED),
    "without the root": ((region, instance, leaf), UNTRUSTED),
    "without the instance": ((root, region, leaf), UNVERIFIED),
    "without the region": ((root, instance, leaf), UNVERIFIED),
    "swapped": ((root, instance, region, leaf), NO_PATH),
    "one twice": ((root, region, region, instance, leaf), NO_PATH),
    "the root twice": ((root, root, region, instance, leaf), NO_PATH),
    "a stranger within": ((root, OTHER.path[1], region, instance, leaf), NO_PATH),
    "the leaf within": ((root, region, instance, leaf, leaf), NO_PATH),
    "another's leaf": ((root, region, instance, OTHER.path[-1]), UNVERIFIED),
    "another's root in front": ((OTHER.root, region, instance, leaf), UNTRUSTED),
    "a leaf that signed itself": ((root, region, instance, issue(LEAF, NOW)), UNVERIFIED),
    "a leaf of the same issuer's name": ((root, region, instance, issue(LEAF, NOW, issue(INSTANCE, NOW))), UNVERIFIED),
}


@pytest.mark.parametrize(("path", "reason"), ORDERS.values(), ids=list(ORDERS))
def test_anything_but_the_path_in_its_order_is_refused(path: Sequence[Certified], reason: str) -> None:
    refuses(lambda: verified(path, [root]), reason)


@pytest.mark.parametrize(
    ("later", "holds"), [(0, True), (DAY, True), (DAY + 1000, False), (-DAY, True), (-DAY - 1000, False)]
)
def test_the_path_holds_from_its_leafs_first_second_to_its_last(later: int, holds: bool) -> None:
    if holds:
        assert verified(ENCLAVE.path, now=NOW + later)
    else:
        refuses(lambda: verified(ENCLAVE.path, now=NOW + later), UNVERIFIED)


def test_an_intermediate_is_no_root() -> None:
    refuses(lambda: verified(ENCLAVE.path, [region]), UNTRUSTED)


@pytest.mark.parametrize("noise", [b"", b"certificate", root.der + b"\x00", root.der[:-1], root.pem])
def test_what_is_no_certificate_is_refused(noise: bytes) -> None:
    reason = "one of its certificates is no X.509 certificate"
    refuses(lambda: signing_key(noise, [root.der], [root.certificate], NOW), reason)
    refuses(lambda: signing_key(leaf.der, [root.der, noise], [root.certificate], NOW), reason)


def test_a_self_signed_certificate_on_p384_may_be_an_anchor() -> None:
    require_anchor(root.certificate)


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        (region.certificate, "it has not signed itself"),
        (issue(ROOT._replace(curve=SECP256R1()), NOW).certificate, "is not ECDSA on P-384"),
        (issue(ROOT._replace(digest=SHA256()), NOW).certificate, "is not ECDSA on P-384"),
        (issue(ROOT, NOW, issue(ROOT, NOW)).certificate, "it has not signed itself"),
    ],
    ids=["an intermediate", "P-256", "SHA-256", "signed by a namesake"],
)
def test_nothing_else_may_be_an_anchor(certificate: x509.Certificate, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        require_anchor(certificate)


def refuses(call: Callable[[], object], reason: str) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        call()
    assert refusal.value.message == f"The attestation document is invalid: {reason}."
