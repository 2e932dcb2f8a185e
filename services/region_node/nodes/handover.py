"""What a region's nodes hand to one another: all the region's secrets to a new node, and single keys of it, fresh ones
and those that one lacks.

Owns the two sealed forms. Both are sealed (HPKE) to the card of the node that gets them and to nobody else, whatever
carries them. That a region's secrets come from a node of it, the signature of the giver's identity says.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import msgpack

from services.region_node.keys.cabinet import MemoryCabinet
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.nodes.node_keys import NodeKeys
from services.region_node.settings.settings import NodeSettings
from services.strict_settings import decode_settings, encode_settings
from shared.crypto.domain_keys import DomainKeys, SecretUnavailable
from shared.crypto.node_card import SEALING_NUMBER, NodeCard
from shared.crypto.region_identity import RegionIdentity, verify_signature
from shared.crypto.sealing import SealingKey, seal
from shared.crypto.sealing_keys import SealingKeys
from shared.secrets import Secret

_LABEL = b"keytide/region-handed-over"


def hand_over_region(
    keys: RegionKeys, settings: NodeSettings, card: NodeCard, identity: RegionIdentity
) -> tuple[bytes, bytes]:
    """Everything that a new node needs, sealed to its card, and the giver's signature."""
    secrets = {
        "mac": (keys.mac_key_id, keys.mac_key.reveal()),
        "identity": (keys.identity.seed.reveal(), keys.certificate),
        "sealing": [(number, key.seed.reveal()) for number, key in keys.sealing_keys.items()],
        "domain": [(*place, secret.reveal()) for place, secret in keys.domain_keys.held().items()],
        "settings": json.dumps(encode_settings(settings)),
        "directory": str(settings.log_directory.parent.resolve()),
    }
    packed = Secret(bytes(msgpack.packb(secrets)))
    sealed = seal(card.sealing_public, SEALING_NUMBER, packed, _region_binding(card.region, card.node))
    return sealed, identity.sign(_signed(card.identity, sealed))


def take_over_region(
    sealed: bytes, signature: bytes, own: NodeKeys, giver: bytes
) -> tuple[RegionKeys, NodeSettings, str]:
    """The region's keys, the giver's settings, and the directory of its embedded logs. `giver`: its identity.

    Errors: SecretUnavailable where it was not sealed to this node, or not signed by the giver.
    """
    if not verify_signature(giver, _signed(own.identity.public_bytes, sealed), signature):
        raise SecretUnavailable("what was handed over is not signed by the node that made the token")
    secrets = msgpack.unpackb(own.sealing.open(sealed, _region_binding(own.region, own.node)).reveal())
    settings: NodeSettings = decode_settings(NodeSettings, json.loads(secrets["settings"]))
    return _region_keys(own.region, secrets), settings, secrets["directory"]


def _region_keys(region: str, secrets: Mapping[str, Any]) -> RegionKeys:
    (mac_key_id, mac_key), (seed, certificate) = secrets["mac"], secrets["identity"]
    sealing = {number: SealingKey(Secret(key)) for number, key in secrets["sealing"]}
    domain = {(bucket, epoch): Secret(key) for bucket, epoch, key in secrets["domain"]}
    return RegionKeys(
        region=region,
        mac_key_id=mac_key_id,
        mac_key=Secret(mac_key),
        identity=RegionIdentity(Secret(seed)),
        sealing_keys=SealingKeys(sealing),
        domain_keys=DomainKeys(domain),
        certificate=certificate,
        cabinet=MemoryCabinet({}),
    )


def sealed_key(name: str, key: Secret, card: NodeCard) -> bytes:
    """The key that stands in the file `name`, sealed to the node."""
    return seal(card.sealing_public, SEALING_NUMBER, key, _binding(card, name))


def opened_key(name: str, sealed: bytes, own: NodeKeys) -> Secret:
    """Errors: SecretUnavailable for a key that is not sealed to this node, or not for this place."""
    return own.sealing.open(sealed, _binding(own, name))


def _binding(node: NodeCard | NodeKeys, name: str) -> str:
    return f"key-of-region/{node.region}/{node.node}/{name}"


def _region_binding(region: str, node: str) -> str:
    return f"region-handed-over/{region}/{node}"


def _signed(receiver: bytes, sealed: bytes) -> bytes:
    return _LABEL + receiver + hashlib.sha256(sealed).digest()
