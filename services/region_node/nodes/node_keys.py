"""What a node has of its own, beside what all nodes of its region share: an identity, and a key to seal to.

Owns `NodeKeys`, its making and its file, `keys/<node>.<region>`: a salt of 32 bytes, then both seeds and the identity's
certificate as one secret, wrapped under the root and bound to the node's name.
"""

import os
from pathlib import Path
from typing import NamedTuple

from services.clock import now_milliseconds
from services.durable_file import PRIVATE_DIRECTORY, place_new_file
from services.region_node.keys.root import KeysUnavailable, Root, find_root
from services.region_node.settings.settings import NodeSettings
from shared.crypto import sealing
from shared.crypto.domain_keys import DomainKeys, SecretUnavailable
from shared.crypto.entropy import random_bytes
from shared.crypto.node_card import NodeCard, encode_node_card, node_name
from shared.crypto.region_certificate import identity_certificate
from shared.crypto.region_identity import SEED_LENGTH, RegionIdentity
from shared.crypto.sealing import SealingKey
from shared.secrets import Secret

SALT_LENGTH = 32
_ROOT_PLACE = (0, 0)
_CERTIFICATE_AT = SEED_LENGTH + sealing.SEED_LENGTH


class NodeKeys(NamedTuple):
    """`name` is `<node>.<region>`, for which `certificate` (DER) is made out."""

    region: str
    node: str
    identity: RegionIdentity
    sealing: SealingKey
    certificate: bytes

    @property
    def name(self) -> str:
        return node_name(self.region, self.node)

    @property
    def encoded_card(self) -> bytes:
        """The card as the region's log keeps it."""
        public = self.identity.public_bytes, self.sealing.public_bytes()
        return encode_node_card(NodeCard(self.region, self.node, *public, self.certificate), self.identity)


def make_node_keys(region: str, node: str, now: int) -> NodeKeys:
    """Fresh ones. `now` is integer milliseconds since 1970."""
    identity = RegionIdentity.generate()
    certificate = identity_certificate(identity, node_name(region, node), now)
    return NodeKeys(region, node, identity, SealingKey.generate(), certificate)


def node_keys(settings: NodeSettings) -> NodeKeys:
    """The node's own keys under its root, made where there are none. Errors: KeysUnavailable."""
    root = find_root(os.environ, settings.root_file)
    path = settings.keys_directory / node_name(settings.region, settings.node)
    if path.exists():
        return _opened(path, root, settings.region, settings.node)
    keys = make_node_keys(settings.region, settings.node, now_milliseconds())
    store_node_keys(keys, settings.keys_directory, root)
    return keys


def store_node_keys(keys: NodeKeys, directory: Path, root: Root) -> None:
    """Write them, once. Errors: KeysUnavailable."""
    salt = random_bytes(SALT_LENGTH)
    secret = Secret(keys.identity.seed.reveal() + keys.sealing.seed.reveal() + keys.certificate)
    wrapped = _sealer(root, salt).wrap(_ROOT_PLACE[0], secret, _binding(keys.name))
    try:
        directory.mkdir(mode=PRIVATE_DIRECTORY, parents=True, exist_ok=True)
        place_new_file(directory / keys.name, salt + wrapped)
    except OSError as failure:
        raise KeysUnavailable(f"{directory / keys.name} cannot be written: {failure.strerror}.") from None


def _opened(path: Path, root: Root, region: str, node: str) -> NodeKeys:
    try:
        content = path.read_bytes()
        salt, wrapped = content[:SALT_LENGTH], content[SALT_LENGTH:]
        secret = _sealer(root, salt).unwrap(wrapped, _binding(path.name)).reveal()
        identity = RegionIdentity(Secret(secret[:SEED_LENGTH]))
        opener = SealingKey(Secret(secret[SEED_LENGTH:_CERTIFICATE_AT]))
        certificate = secret[_CERTIFICATE_AT:]
    except (OSError, SecretUnavailable, ValueError):
        raise KeysUnavailable(
            f"{path} does not open under {root.description}. Restore it from your copy; or remove this node "
            "(keytide node remove), and let another join under another name."
        ) from None
    return NodeKeys(region, node, identity, opener, certificate)


def _sealer(root: Root, salt: bytes) -> DomainKeys:
    return DomainKeys({_ROOT_PLACE: root.sealing_key(salt)})


def _binding(name: str) -> str:
    return f"node-key-file/{name}"
