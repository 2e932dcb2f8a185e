"""TLS between feeds: the right peer gets in, nobody else does, and nobody passes for another region."""

import ssl
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from services.region_node.keys.region_keys import RegionKeys, make_region_keys
from services.region_node.peers.feed_tls import FeedTls, feed_tls
from shared.crypto import region_certificate
from shared.crypto.region_certificate import region_domain
from shared.crypto.region_identity import RegionIdentity

HOME, PEER, STRANGER = "us-east-1", "eu-west-1", "ap-southeast-2"
NOW = time.time_ns() // 1_000_000
"""OpenSSL compares certificates with the real clock."""
FAR_FUTURE = datetime(2200, 1, 1, tzinfo=UTC)
KEYS = {region: make_region_keys(region, 1, NOW) for region in (HOME, PEER, STRANGER)}
CARDS = {region: KEYS[region].card for region in (HOME, PEER)}


class Side:
    """One end of a connection whose bytes stay in memory."""

    def __init__(self, context: ssl.SSLContext, received: ssl.MemoryBIO, sent: ssl.MemoryBIO, name: str | None) -> None:
        self.tls = context.wrap_bio(received, sent, server_side=name is None, server_hostname=name)

    def advance(self) -> bool:
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True


def _connect(client: FeedTls, server: FeedTls, expected: str) -> tuple[Side, Side]:
    """A finished handshake. Errors: ssl.SSLError from whichever side refuses."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    asking = Side(client.client, to_client, to_server, region_domain(expected))
    answering = Side(server.server, to_server, to_client, None)
    for _ in range(4):
        finished = [asking.advance(), answering.advance()]
    assert finished == [True, True]
    return asking, answering


def _peer_region(connection: ssl.SSLObject) -> str:
    """The region that the other side has proved to be."""
    certificate = connection.getpeercert(binary_form=True)
    assert certificate is not None
    extensions = x509.load_der_x509_certificate(certificate).extensions
    (domain,) = extensions.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
    return domain.removesuffix(region_domain(""))


def _tls(region: str, keys: RegionKeys | None = None, now: int = NOW) -> FeedTls:
    return feed_tls(keys or KEYS[region], CARDS, now)


def test_peers_connect_and_each_knows_the_other_s_region() -> None:
    asking, answering = _connect(_tls(HOME), _tls(PEER), PEER)
    assert asking.tls.version() == "TLSv1.3"
    assert _peer_region(asking.tls) == PEER
    assert _peer_region(answering.tls) == HOME


def test_stranger_is_refused_by_the_server() -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        _connect(_tls(STRANGER), _tls(PEER), PEER)


def test_stranger_s_server_is_refused_by_the_client() -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        _connect(_tls(HOME), _tls(STRANGER), STRANGER)


def test_peer_that_answers_for_another_region_is_refused() -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        _connect(_tls(PEER), _tls(HOME), STRANGER)


def _certificate_for_stranger(identity: RegionIdentity, region: str, public: EllipticCurvePublicKey, now: int) -> bytes:
    """Issued by the peer's own pinned identity, in its own name, for another region."""
    builder = region_certificate._builder(region, x509.Name([]), datetime.fromtimestamp(now // 1000, UTC), FAR_FUTURE)
    for extension in region_certificate._node_extensions(STRANGER):
        builder = builder.add_extension(extension, critical=True)
    private = region_certificate._private(identity)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(private.public_key())
    builder = builder.public_key(public).add_extension(issuer, critical=False)
    return builder.sign(private, None).public_bytes(Encoding.DER)


def test_peer_cannot_certify_itself_for_another_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.region_node.peers.feed_tls.node_certificate", _certificate_for_stranger)
    posing = _tls(PEER)
    monkeypatch.undo()
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        _connect(_tls(HOME), posing, STRANGER)
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        _connect(posing, _tls(HOME), HOME)


def test_client_without_a_certificate_is_refused() -> None:
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    nobody.load_verify_locations(cadata=CARDS[PEER].certificate)
    with pytest.raises(ssl.SSLError, match="PEER_DID_NOT_RETURN_A_CERTIFICATE"):
        _connect(FeedTls(nobody, nobody), _tls(PEER), PEER)


def test_older_tls_is_refused() -> None:
    old = _tls(HOME)
    old.client.minimum_version = old.client.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError, match="UNSUPPORTED_PROTOCOL"):
        _connect(old, _tls(PEER), PEER)


@pytest.mark.parametrize("days", [-31, 2])
def test_certificate_out_of_its_time_is_refused_until_renewed(days: int) -> None:
    server = _tls(PEER, now=NOW + days * 86_400_000)
    with pytest.raises(ssl.SSLCertVerificationError):
        _connect(_tls(HOME), server, PEER)
    server.renew(KEYS[PEER], NOW)
    asking, _ = _connect(_tls(HOME), server, PEER)
    assert _peer_region(asking.tls) == PEER


def test_peer_admitted_later_gets_in() -> None:
    server = _tls(PEER)
    server.trust(KEYS[STRANGER].card)
    _, answering = _connect(_tls(STRANGER), server, PEER)
    assert _peer_region(answering.tls) == STRANGER


def test_private_key_leaves_no_open_file_behind() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    _tls(HOME)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
