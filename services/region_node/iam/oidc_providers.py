"""OIDC providers: making, changing, getting, listing and deleting them."""

from services.region_node.iam.holders import provider_at
from services.region_node.iam.rendering import pairs_of, tags_of
from services.region_node.iam.types import oidc_providers as types
from services.region_node.requests.call import Call
from shared.identity import decide_providers as decide
from shared.identity.commands import (
    AddClientId,
    CreateOidcProvider,
    DeleteOidcProvider,
    RemoveClientId,
    UpdateThumbprints,
)
from shared.identity.model import OidcProvider
from shared.identity.naming import OIDC_PROVIDER


async def create_provider(
    call: Call, request: types.CreateOpenIDConnectProviderRequest
) -> types.CreateOpenIDConnectProviderResponse:
    account = call.caller.account
    command = CreateOidcProvider(
        call.region, account, request.url, request.client_id_list, request.thumbprint_list, pairs_of(request.tags)
    )
    await call.change(lambda view: decide.create_oidc_provider(command, view))
    call.view = call.latest()
    created = provider_at(call, f"arn:aws:iam::{account}:oidc-provider/{request.url.removeprefix('https://')}")
    return types.CreateOpenIDConnectProviderResponse(created.arn, tags_of(created.tags) or None)


def get_provider(call: Call, request: types.GetOpenIDConnectProviderRequest) -> types.GetOpenIDConnectProviderResponse:
    provider = provider_at(call, request.openid_connect_provider_arn)
    return types.GetOpenIDConnectProviderResponse(
        provider.url,
        provider.client_ids,
        provider.thumbprints,
        provider.created_at / 1000,
        tags_of(provider.tags) or None,
    )


def list_providers(
    call: Call, _request: types.ListOpenIDConnectProvidersRequest
) -> types.ListOpenIDConnectProvidersResponse:
    found = call.view.entities(call.caller.account, OIDC_PROVIDER, "")
    entries = (types.OpenIDConnectProviderListEntry(each.arn) for each in found if isinstance(each, OidcProvider))
    return types.ListOpenIDConnectProvidersResponse(tuple(entries))


async def delete_provider(call: Call, request: types.DeleteOpenIDConnectProviderRequest) -> None:
    command = DeleteOidcProvider(call.region, call.caller.account, request.openid_connect_provider_arn)
    await call.change(lambda view: decide.delete_oidc_provider(command, view))


async def add_client_id(call: Call, request: types.AddClientIDToOpenIDConnectProviderRequest) -> None:
    command = AddClientId(call.region, call.caller.account, request.openid_connect_provider_arn, request.client_id)
    await call.change(lambda view: decide.add_client_id(command, view))


async def remove_client_id(call: Call, request: types.RemoveClientIDFromOpenIDConnectProviderRequest) -> None:
    command = RemoveClientId(call.region, call.caller.account, request.openid_connect_provider_arn, request.client_id)
    await call.change(lambda view: decide.remove_client_id(command, view))


async def update_thumbprints(call: Call, request: types.UpdateOpenIDConnectProviderThumbprintRequest) -> None:
    command = UpdateThumbprints(
        call.region, call.caller.account, request.openid_connect_provider_arn, request.thumbprint_list
    )
    await call.change(lambda view: decide.update_thumbprints(command, view))
