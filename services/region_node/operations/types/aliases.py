"""CreateAlias, UpdateAlias, DeleteAlias, ListAliases."""

from typing import NamedTuple

from services.region_node.operations.types.common import AliasName, ArnText, KeyIdentifierText, Limit, Marker
from services.region_node.wire.shapes import Timestamp


class CreateAliasRequest(NamedTuple):
    alias_name: AliasName
    target_key_id: KeyIdentifierText


class UpdateAliasRequest(NamedTuple):
    alias_name: AliasName
    target_key_id: KeyIdentifierText


class DeleteAliasRequest(NamedTuple):
    alias_name: AliasName


class ListAliasesRequest(NamedTuple):
    key_id: KeyIdentifierText | None = None
    limit: Limit | None = None
    marker: Marker | None = None


class AliasListEntry(NamedTuple):
    """An alias that AWS has predefined has no key, and no dates, until it is first used."""

    alias_name: AliasName
    alias_arn: ArnText
    target_key_id: KeyIdentifierText | None
    creation_date: Timestamp | None
    last_updated_date: Timestamp | None


class ListAliasesResponse(NamedTuple):
    aliases: tuple[AliasListEntry, ...]
    next_marker: Marker | None
    truncated: bool
