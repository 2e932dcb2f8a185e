"""The certificates of a document: a path from a trusted root to the key that signed it (RFC 5280, section 6).

Owns what AWS's specification asks of them beyond RFC 5280: every certificate on P-384 and signed with SHA-384, and the
path exactly the bundle, root first. Revocation lists are not asked, as the specification says.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, EllipticCurvePublicKey
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from shared.crypto.attestation.document import MOST_AUTHORITIES
from shared.crypto.attestation.model import invalid

ECDSA_WITH_SHA384 = x509.SignatureAlgorithmOID.ECDSA_WITH_SHA384

_UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""Everything that pyca/cryptography says of certificates that it cannot read."""
_CRITICAL, _EITHER = Criticality.CRITICAL, Criticality.AGNOSTIC


def _require_authority(_policy: Policy, _certificate: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not usage.key_cert_sign:
        raise ValueError("an authority's key does not sign certificates")


def _require_signer(_policy: Policy, _certificate: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not usage.digital_signature:
        raise ValueError("the document's key does not sign")


def _require_end(_policy: Policy, _certificate: x509.Certificate, basic: x509.BasicConstraints | None) -> None:
    if basic is not None and basic.ca:
        raise ValueError("the document's certificate is an authority's")


_AUTHORITY = (
    ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, _CRITICAL, None)
    .require_present(x509.KeyUsage, _CRITICAL, _require_authority)
)
_LEAF = (
    ExtensionPolicy.permit_all()
    .may_be_present(x509.BasicConstraints, _EITHER, _require_end)
    .require_present(x509.KeyUsage, _EITHER, _require_signer)
)


def require_anchor(certificate: x509.Certificate) -> None:
    """Errors: ValueError, saying why the certificate cannot be the root of a path."""
    if _key_on_p384(certificate) is None:
        raise ValueError("its key or its signature is not ECDSA on P-384 with SHA-384")
    try:
        certificate.verify_directly_issued_by(certificate)
    except (*_UNREADABLE, InvalidSignature) as error:
        raise ValueError("it has not signed itself") from error


def signing_key(
    certificate: bytes, bundle: Sequence[bytes], anchors: Sequence[x509.Certificate], now: int
) -> EllipticCurvePublicKey:
    """The P-384 key of the verified `certificate` (DER). `now` is in milliseconds. Errors: ValidationFailed."""
    leaf, authorities = _loaded(certificate), [_loaded(authority) for authority in bundle]
    key = _key_on_p384(leaf)
    if key is None or any(_key_on_p384(authority) is None for authority in authorities):
        raise invalid("its certificates are not all ECDSA on P-384 with SHA-384")
    if authorities[0] not in anchors:
        raise invalid("its certificates do not begin at a trusted root")
    if _verified(leaf, authorities, now) != [leaf, *reversed(authorities)]:
        raise invalid("its certificates are not one path from the root")
    return key


def _verified(leaf: x509.Certificate, authorities: list[x509.Certificate], now: int) -> list[x509.Certificate]:
    root, *intermediates = authorities
    verifier = (
        PolicyBuilder()
        .store(Store([root]))
        .time(datetime.fromtimestamp(now // 1000, UTC))
        .max_chain_depth(MOST_AUTHORITIES)
        .extension_policies(ca_policy=_AUTHORITY, ee_policy=_LEAF)
        .build_client_verifier()
    )
    try:
        return verifier.verify(leaf, intermediates).chain
    except (*_UNREADABLE, VerificationError) as error:
        raise invalid("its certificates do not verify, or are not valid now") from error


def _loaded(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except _UNREADABLE:
        raise invalid("one of its certificates is no X.509 certificate") from None


def _key_on_p384(certificate: x509.Certificate) -> EllipticCurvePublicKey | None:
    """The key, where it and the certificate's signature are of the one kind that Nitro uses."""
    try:
        key = certificate.public_key()
    except _UNREADABLE:
        return None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP384R1):
        return None
    return key if certificate.signature_algorithm_oid == ECDSA_WITH_SHA384 else None
