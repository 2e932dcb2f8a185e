"""How a new node comes into its region: from a token to a directory that can be started.

Owns the order. The node's own keys are durable before anybody is asked, so that whoever was interrupted shows the same
card again; the settings come last, and say that all is there.
"""

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from replication.feed.frames import Dialogue
from services.durable_file import PRIVATE_DIRECTORY
from services.plain_fault import PlainFault
from services.region_node.keys.key_files import store_region_keys
from services.region_node.keys.root import find_root, found_root
from services.region_node.nodes.admission import ADMITTED, REFUSED
from services.region_node.nodes.channel import JOIN
from services.region_node.nodes.channel_tls import joining_tls
from services.region_node.nodes.handover import take_over_region
from services.region_node.nodes.node_keys import NodeKeys, node_keys
from services.region_node.nodes.tokens import Token, decode_token
from services.region_node.settings.settings import (
    DOOR_SOCKET,
    REPLICATOR_SOCKET,
    SETTINGS_FILE,
    Address,
    NodeSettings,
    read_node_settings,
    write_node_settings,
)
from shared.crypto.domain_keys import SecretUnavailable
from shared.crypto.node_card import node_name
from shared.crypto.region_certificate import region_domain

JOIN_SECONDS = 60.0


class NotJoined(PlainFault):
    """The node has not joined. The message says why, and what to do."""


class NewNode(NamedTuple):
    """Where a new node is to be, and at which addresses it listens."""

    directory: Path
    node: str
    api: Address
    feed: Address
    channel: Address
    workers: int


async def join(text: str, new: NewNode) -> NodeSettings:
    """Join by this token. Errors: NotJoined, MalformedToken, KeysUnavailable, SettingsError, OSError."""
    token = decode_token(text)
    if (new.directory / SETTINGS_FILE).exists():
        raise NotJoined(f"{new.directory} holds a node already: name another --directory")
    new.directory.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
    blank = _blank(token, new)
    found_root(os.environ, blank.root_file)
    own = node_keys(blank)
    sealed, signature = _handed_over(await _asked(token, text, own, new), token)
    return _settled(token, sealed, signature, own, new)


def _blank(token: Token, new: NewNode) -> NodeSettings:
    """What the node's keys and root are found by, before it has settings."""
    return NodeSettings(token.region, new.api, new.feed, node=new.node, directory=new.directory)


async def _asked(token: Token, text: str, own: NodeKeys, new: NewNode) -> Any:
    host, _, port = token.address.rpartition(":")
    context, name = joining_tls(token.certificate), region_domain(node_name(token.region, token.node))
    dialogue = Dialogue(lambda: asyncio.open_connection(host, int(port), ssl=context, server_hostname=name))
    try:
        return await dialogue.ask((JOIN, text, own.encoded_card, str(new.channel)), JOIN_SECONDS)
    except OSError as error:
        raise NotJoined(
            f"{token.node} of {token.region} does not answer at {token.address}: {error or 'not in time'}; try again "
            "with the same token and the same --directory"
        ) from error
    finally:
        await dialogue.close()


def _handed_over(answer: Any, token: Token) -> tuple[bytes, bytes]:
    match answer:
        case (str() as kind, bytes() as sealed, bytes() as signature) if kind == ADMITTED:
            return sealed, signature
        case (str() as kind, str() as reason) if kind == REFUSED:
            raise NotJoined(f"{token.node} of {token.region} refuses: {reason}")
    raise NotJoined(f"{token.node} of {token.region} answers what is no answer")


def _settled(token: Token, sealed: bytes, signature: bytes, own: NodeKeys, new: NewNode) -> NodeSettings:
    try:
        keys, theirs, logs = take_over_region(sealed, signature, own, _identity(token.certificate))
    except SecretUnavailable as error:
        raise NotJoined(f"what {token.node} of {token.region} has handed over does not open: {error}") from error
    if theirs.log == "embedded" and not (Path(logs) / "log").exists():
        raise NotJoined(
            f"{token.region} keeps embedded logs, in {logs}: only nodes on that machine can share them. Take "
            f"{new.node} out again with keytide node remove, or let the region keep its logs on Kafka"
        )
    store_region_keys(keys, new.directory / "keys", find_root(os.environ, new.directory / "root"))
    write_node_settings(_settings(theirs, logs, new))
    return read_node_settings(new.directory, token.region)


def _settings(theirs: NodeSettings, logs: str, new: NewNode) -> NodeSettings:
    """The region's settings, with what is the node's own."""
    return replace(
        theirs,
        api=new.api,
        feed=new.feed,
        node=new.node,
        channel=new.channel,
        joined=True,
        logs_of=Path(os.path.relpath(logs, new.directory)) if theirs.log == "embedded" else Path(),
        workers=new.workers,
        door_socket=Path(DOOR_SOCKET),
        replicator_socket=Path(REPLICATOR_SOCKET),
        directory=new.directory,
    )


def _identity(certificate: bytes) -> bytes:
    public = x509.load_der_x509_certificate(certificate).public_key()
    if not isinstance(public, Ed25519PublicKey):
        raise NotJoined("the token bears no certificate of a node")
    return public.public_bytes_raw()
