"""OIDC providers: the types of making, changing, listing and deleting them, and of their tags."""

from typing import Annotated, NamedTuple, TypeAlias

from services.region_node.iam.types.common import Arn, Marker, MaxItems, TagKeyList, TagList
from services.region_node.wire.shapes import Length, Timestamp, Wire

OpenIDConnectProviderUrl: TypeAlias = Annotated[str, Length(1, 255)]
ClientID: TypeAlias = Annotated[str, Length(1, 255)]
Thumbprint: TypeAlias = Annotated[str, Length(40, 40)]


class CreateOpenIDConnectProviderRequest(NamedTuple):
    url: OpenIDConnectProviderUrl
    client_id_list: Annotated[tuple[ClientID, ...], Wire("ClientIDList")] = ()
    thumbprint_list: tuple[Thumbprint, ...] = ()
    tags: TagList = ()


class CreateOpenIDConnectProviderResponse(NamedTuple):
    openid_connect_provider_arn: Annotated[Arn, Wire("OpenIDConnectProviderArn")] | None = None
    tags: TagList | None = None


class GetOpenIDConnectProviderRequest(NamedTuple):
    openid_connect_provider_arn: Annotated[Arn, Wire("OpenIDConnectProviderArn")]


class GetOpenIDConnectProviderResponse(NamedTuple):
    url: OpenIDConnectProviderUrl | None = None
    client_id_list: Annotated[tuple[ClientID, ...], Wire("ClientIDList")] | None = None
    thumbprint_list: tuple[Thumbprint, ...] | None = None
    create_date: Timestamp | None = None
    tags: TagList | None = None


class ListOpenIDConnectProvidersRequest(NamedTuple):
    pass


class OpenIDConnectProviderListEntry(NamedTuple):
    arn: Arn | None = None


class ListOpenIDConnectProvidersResponse(NamedTuple):
    openid_connect_provider_list: (
        Annotated[tuple[OpenIDConnectProviderListEntry, ...], Wire("OpenIDConnectProviderList")] | None
    ) = None


class DeleteOpenIDConnectProviderRequest(NamedTuple):
    openid_connect_provider_arn: Annotated[Arn, Wire("OpenIDConnectProviderArn")]


class AddClientIDToOpenIDConnectProviderRequest(NamedTuple):
    openid_connect_provider_arn: Annotated[Arn, Wire("OpenIDConnectProviderArn")]
    client_id: Annotated[ClientID, Wire("ClientID")]


class RemoveClientIDFromOpenIDConnectProviderRequest(NamedTuple):
    openid_connect_provider_arn: Annotated[Arn, Wire("OpenIDConnectProviderArn")]
    client_id: Annotated[ClientID, Wire("ClientID")]


class UpdateOpenIDConnectProviderThumbprintRequest(NamedTuple):
    openid_connect_provider_arn: Annotated[Arn, Wire("OpenIDConnectProviderArn")]
    thumbprint_list: tuple[Thumbprint, ...]


class TagOpenIDConnectProviderRequest(NamedTuple):
    openid_connect_provider_arn: Annotated[Arn, Wire("OpenIDConnectProviderArn")]
    tags: TagList


class UntagOpenIDConnectProviderRequest(NamedTuple):
    openid_connect_provider_arn: Annotated[Arn, Wire("OpenIDConnectProviderArn")]
    tag_keys: TagKeyList


class ListOpenIDConnectProviderTagsRequest(NamedTuple):
    openid_connect_provider_arn: Annotated[Arn, Wire("OpenIDConnectProviderArn")]
    marker: Marker | None = None
    max_items: MaxItems | None = None


class ListOpenIDConnectProviderTagsResponse(NamedTuple):
    tags: TagList
    is_truncated: bool = False
    marker: str | None = None
