"""What happens when somebody wants an OpenID Connect provider changed.

Source: IAM API Reference, CreateOpenIDConnectProvider and the operations on its client ids and thumbprints.
"""

import re

from shared.decision import Decision, StateView
from shared.identity.commands import (
    AddClientId,
    CreateOidcProvider,
    DeleteOidcProvider,
    RemoveClientId,
    SetOidcProvider,
    UpdateThumbprints,
)
from shared.identity.deciding import NOTHING, decided, over_quota, require_home, require_room
from shared.identity.errors import EntityAlreadyExists, InvalidInput
from shared.identity.events import OidcProviderCreated, OidcProviderDeleted, OidcProviderUpdated
from shared.identity.finding import provider_at
from shared.identity.limits import LIMITS
from shared.identity.model import OidcProvider
from shared.identity.naming import OIDC_PROVIDER, oidc_provider_stream
from shared.identity.tags import require_tags

_SCHEME = "https://"
_URL = re.compile(r"https://[!-~]{1,247}")
_THUMBPRINT = re.compile(r"[0-9A-Fa-f]{40}")


def create_oidc_provider(command: CreateOidcProvider, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, InvalidInput, EntityAlreadyExists, IdentityLimitExceeded."""
    require_home(view, command.account, command.region)
    if _URL.fullmatch(command.url) is None or "?" in command.url:
        raise InvalidInput(f"The URL of a provider begins with {_SCHEME} and has no query, unlike '{command.url}'.")
    url = command.url.removeprefix(_SCHEME)
    if view.state(oidc_provider_stream(command.account, url)) is not None:
        raise EntityAlreadyExists(f"Provider with url {command.url} already exists.")
    require_room(view, command.account, OIDC_PROVIDER, LIMITS.oidc_providers)
    require_tags((), command.tags)
    _require_clients(command.client_ids)
    _require_thumbprints(command.thumbprints)
    tags = tuple(sorted(command.tags))
    created = OidcProviderCreated(command.account, url, command.client_ids, command.thumbprints, tags)
    return decided(command.account, created, answer=url)


def add_client_id(command: AddClientId, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity, IdentityLimitExceeded."""
    require_home(view, command.account, command.region)
    provider = provider_at(view, command.account, command.provider_arn)
    if command.client_id in provider.client_ids:
        return NOTHING
    client_ids = (*provider.client_ids, command.client_id)
    _require_clients(client_ids)
    return _updated(provider._replace(client_ids=client_ids))


def remove_client_id(command: RemoveClientId, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity."""
    require_home(view, command.account, command.region)
    provider = provider_at(view, command.account, command.provider_arn)
    if command.client_id not in provider.client_ids:
        return NOTHING
    client_ids = tuple(client_id for client_id in provider.client_ids if client_id != command.client_id)
    return _updated(provider._replace(client_ids=client_ids))


def update_thumbprints(command: UpdateThumbprints, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity, InvalidInput, IdentityLimitExceeded."""
    require_home(view, command.account, command.region)
    provider = provider_at(view, command.account, command.provider_arn)
    _require_thumbprints(command.thumbprints)
    return _updated(provider._replace(thumbprints=command.thumbprints))


def set_oidc_provider(command: SetOidcProvider, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity, InvalidInput, IdentityLimitExceeded."""
    require_home(view, command.account, command.region)
    provider = provider_at(view, command.account, command.provider_arn)
    _require_clients(command.client_ids)
    _require_thumbprints(command.thumbprints)
    return _updated(provider._replace(client_ids=command.client_ids, thumbprints=command.thumbprints))


def delete_oidc_provider(command: DeleteOidcProvider, view: StateView) -> Decision:
    """Errors: NotFound, NotHome, NoSuchEntity."""
    require_home(view, command.account, command.region)
    provider = provider_at(view, command.account, command.provider_arn)
    return decided(provider.account, OidcProviderDeleted(provider.account, provider.url))


def _updated(provider: OidcProvider) -> Decision:
    event = OidcProviderUpdated(provider.account, provider.url, provider.client_ids, provider.thumbprints)
    return decided(provider.account, event)


def _require_clients(client_ids: tuple[str, ...]) -> None:
    if len(client_ids) > LIMITS.client_ids:
        raise over_quota("ClientIdsPerOpenIdConnectProvider", LIMITS.client_ids)


def _require_thumbprints(thumbprints: tuple[str, ...]) -> None:
    if not all(map(_THUMBPRINT.fullmatch, thumbprints)):
        raise InvalidInput("A thumbprint is 40 hexadecimal digits.")
    if len(thumbprints) > LIMITS.thumbprints:
        raise InvalidInput(f"Thumbprint list must contain fewer than {LIMITS.thumbprints + 1} entries.")
