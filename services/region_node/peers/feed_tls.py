"""TLS between the feeds of peers: both sides prove their region, and only pinned identities count.

Owns the contexts for mutual TLS 1.3. Trusted are the certificates on the peers' cards and nothing else, no public
authority among them. The node's own key is made anew at each start and daily, and never reaches a disk: `ssl` takes
keys only from files, so it gets one that exists in memory alone (memfd_create(2), Linux).
"""

import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.region_node.keys.region_keys import RegionKeys
from shared.crypto.region_card import RegionCard
from shared.crypto.region_certificate import node_certificate
from shared.crypto.region_identity import RegionIdentity


class FeedTls(NamedTuple):
    """`client` checks the name that a connection asks for: pass `server_hostname=region_domain(peer)`."""

    server: ssl.SSLContext
    client: ssl.SSLContext

    def trust(self, card: RegionCard) -> None:
        """Let a newly admitted peer in, from the next connection on."""
        for context in self:
            context.load_verify_locations(cadata=card.certificate)

    def renew(self, keys: RegionKeys, now: int) -> None:
        """A fresh key and certificate for the next connections: due before 30 days are over. `now` in milliseconds."""
        with certificate_file(keys.identity, keys.region, now) as path:
            for context in self:
                context.load_cert_chain(path)


def feed_tls(keys: RegionKeys, peers: Mapping[str, RegionCard], now: int) -> FeedTls:
    """The contexts of one node, trusting `peers`. `now` is integer milliseconds since 1970."""
    contexts = FeedTls(tls_context(ssl.PROTOCOL_TLS_SERVER), tls_context(ssl.PROTOCOL_TLS_CLIENT))
    contexts.client.check_hostname = True
    for card in peers.values():
        if card.region != keys.region:
            contexts.trust(card)
    contexts.renew(keys, now)
    return contexts


def tls_context(protocol: int) -> ssl.SSLContext:
    """TLS 1.3, where both sides show certificates and none is trusted yet."""
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    # Resumed sessions would outlive a certificate and, on the server's side, a peer's dismissal.
    context.options |= ssl.OP_NO_TICKET
    if protocol == ssl.PROTOCOL_TLS_SERVER:
        context.num_tickets = 0
    return context


@contextmanager
def certificate_file(identity: RegionIdentity, name: str, now: int) -> Iterator[Path]:
    """A file in memory with a fresh private key and its certificate (PEM) for `name`, gone when the block ends."""
    private = ec.generate_private_key(ec.SECP256R1())
    certificate = node_certificate(identity, name, private.public_key(), now)
    descriptor = os.memfd_create("keytide-feed", os.MFD_CLOEXEC)
    with os.fdopen(descriptor, "wb") as file:
        file.write(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.write(ssl.DER_cert_to_PEM_cert(certificate).encode())
        file.flush()
        yield Path(f"/proc/self/fd/{descriptor}")
