"""ConvertKey: the request and its answer."""

from typing import Annotated, NamedTuple

from services.region_node.operations.types.common import KeyIdentifierText, RegionName
from services.region_node.operations.types.key_metadata import KeyMetadata
from services.region_node.wire.shapes import Length


class ConvertKeyRequest(NamedTuple):
    """`replica_regions`: those that the new key is to have replicas in from the beginning."""

    key_id: KeyIdentifierText
    replica_regions: Annotated[tuple[RegionName, ...], Length(0, 100)] = ()


class ConvertKeyResponse(NamedTuple):
    """`key_metadata`: that of the new multi-region key."""

    key_metadata: KeyMetadata
