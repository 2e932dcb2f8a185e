"""TLS between the nodes of a region: both sides prove which node they are, by the cards that the log has admitted.

Owns the contexts of the channel. They differ from the feed's in two things: what is proven is a node's name, and who
comes without a certificate is let in as nobody, who may only show a token (`channel.py`).
"""

import ssl
from typing import Any, NamedTuple

from services.region_node.nodes.node_keys import NodeKeys
from services.region_node.peers.feed_tls import certificate_file, tls_context
from shared.crypto.region_certificate import region_domain


class ChannelTls(NamedTuple):
    """`client` checks the name that a connection asks for: pass `server_hostname=region_domain(node_name(...))`."""

    server: ssl.SSLContext
    client: ssl.SSLContext

    def trust(self, certificate: bytes) -> None:
        """Let a node in whose card bears this certificate (DER), from the next connection on."""
        for context in self:
            context.load_verify_locations(cadata=certificate)

    def renew(self, keys: NodeKeys, now: int) -> None:
        """A fresh key and certificate for the next connections: due before 30 days are over. `now` in milliseconds."""
        with certificate_file(keys.identity, keys.name, now) as path:
            for context in self:
                context.load_cert_chain(path)


def channel_tls(keys: NodeKeys, now: int) -> ChannelTls:
    """The contexts of one node, trusting nobody yet. `now` is integer milliseconds since 1970."""
    contexts = ChannelTls(tls_context(ssl.PROTOCOL_TLS_SERVER), tls_context(ssl.PROTOCOL_TLS_CLIENT))
    contexts.server.verify_mode = ssl.CERT_OPTIONAL
    contexts.client.check_hostname = True
    contexts.renew(keys, now)
    return contexts


def joining_tls(certificate: bytes) -> ssl.SSLContext:
    """For who is no node yet: nothing to show, and one node to believe, whose identity's certificate (DER) this is."""
    context = tls_context(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = True
    context.load_verify_locations(cadata=certificate)
    return context


def proven_name(certificate: Any) -> str:
    """The `<node>.<region>` that a connection's other side has proved, as `getpeercert` gives it; "" for nobody."""
    names = dict(certificate).get("subjectAltName", ()) if certificate else ()
    return next((name.removesuffix(region_domain("")) for kind, name in names if kind == "DNS"), "")
