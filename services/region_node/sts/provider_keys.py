"""The keys with which identity providers sign, as a node knows them.

Owns fetching and remembering: keys are fetched again after an hour at the latest, and earlier, at most twice a minute,
for a token that names an unknown one. However many tokens wait, one fetch is under way for a provider.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from services.region_node.key_stores.causes import OutsideFailed
from services.region_node.key_stores.https_connections import HttpsConnections
from services.region_node.sts.settings import IdentityProviderSettings
from services.strict_settings import SettingsError
from shared.crypto.identity_token import Jwk
from shared.errors import Throttled
from shared.identity.session_errors import IdentityProviderUnreachable

OLDEST_KEYS = 60 * 60 * 1000
SOONEST_AGAIN = 30 * 1000
"""Milliseconds between two fetches for keys that are unknown, or after one that failed."""
FETCH_SECONDS = 5.0
MOST_WAITING = 64
MOST_KEYS = 100
DISCOVERY = "/.well-known/openid-configuration"
_UNREACHABLE = "The keys of the identity provider could not be fetched."


class Keys(Protocol):
    async def named(self, key_id: str | None, now: int) -> Sequence[Jwk]:
        """The keys that have this id; all where none is said. `now` is milliseconds.

        Errors: IdentityProviderUnreachable, Throttled.
        """

    def close(self) -> None: ...


class PlacedKeys:
    """Those of a file. Errors: SettingsError for one that cannot be used."""

    def __init__(self, file: Path) -> None:
        try:
            self._keys = _keys_in(file.read_bytes())
        except OSError as error:
            raise SettingsError(f"identity_providers: {file}: cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise SettingsError(f"identity_providers: {file}: is no JSON Web Key Set") from error

    async def named(self, key_id: str | None, now: int) -> Sequence[Jwk]:  # noqa: ARG002
        return _named(self._keys, key_id)

    def close(self) -> None:
        """Nothing is open."""


class FetchedKeys:
    """Those that `fetch` gets: the bytes of a key set. Its errors: OutsideFailed, ValueError."""

    def __init__(self, fetch: Callable[[], Awaitable[bytes]], close: Callable[[], None]) -> None:
        self._fetch, self.close = fetch, close
        self._keys: Sequence[Jwk] = ()
        self._fetched_at = self._tried_at = -OLDEST_KEYS
        self._under_way: asyncio.Task[None] | None = None
        self._waiting = 0

    async def named(self, key_id: str | None, now: int) -> Sequence[Jwk]:
        is_old = now - self._fetched_at >= OLDEST_KEYS
        may_ask = now - self._tried_at >= SOONEST_AGAIN or self._under_way is not None
        if (is_old or not _named(self._keys, key_id)) and may_ask:
            await self._fetched(now)
            is_old = now - self._fetched_at >= OLDEST_KEYS
        if is_old:
            raise IdentityProviderUnreachable(_UNREACHABLE)
        return _named(self._keys, key_id)

    async def _fetched(self, now: int) -> None:
        """After the fetch that is under way, or one that begins now."""
        if self._waiting >= MOST_WAITING:
            raise Throttled("Too many tokens wait for the keys of their identity provider.")
        if self._under_way is None:
            self._tried_at = now
            self._under_way = asyncio.get_running_loop().create_task(self._fetch_once(now))
        self._waiting += 1
        try:
            await asyncio.shield(self._under_way)
        finally:
            self._waiting -= 1

    async def _fetch_once(self, now: int) -> None:
        try:
            self._keys, self._fetched_at = _keys_in(await self._fetch()), now
        except (OutsideFailed, Throttled, ValueError):
            pass  # what was known before counts until it is too old
        finally:
            self._under_way = None


def keys_of(settings: IdentityProviderSettings) -> Keys:
    """Errors: SettingsError for a file that cannot be used."""
    if settings.keys_file is not None:
        return PlacedKeys(settings.keys_file)
    source = _Source(settings)
    return FetchedKeys(source.fetch, source.close)


class _Source:
    """Where a provider's keys come from."""

    def __init__(self, settings: IdentityProviderSettings) -> None:
        self._settings = settings
        url = settings.keys_url or settings.issuer
        self._origin = _origin(url)
        host = urlsplit(url).hostname or ""
        authority = settings.certificate_authority_file
        self._connections = HttpsConnections(host, settings.target(url), authority, FETCH_SECONDS)
        self.close = self._connections.close

    async def fetch(self) -> bytes:
        """Errors: OutsideFailed, Throttled; ValueError for an answer that is not what it should be."""
        url = self._settings.keys_url or await self._discovered()
        if _origin(url) != self._origin:
            raise ValueError("the keys are on another host; the settings may name it")
        return await self._get(urlsplit(url).path)

    async def _discovered(self) -> str:
        path = urlsplit(self._settings.issuer).path.rstrip("/")
        document = json.loads(await self._get(path + DISCOVERY))
        if not isinstance(document, dict) or document.get("issuer") != self._settings.issuer:
            raise ValueError("the discovery document is another issuer's")
        return str(document.get("jwks_uri"))

    async def _get(self, path: str) -> bytes:
        status, body = await self._connections.get(path, [("Host", self._origin.removeprefix("https://"))])
        if status != 200:
            raise ValueError(f"the answer has status {status}")
        return body


def _origin(url: str) -> str:
    """Scheme, host and port."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _keys_in(body: bytes) -> Sequence[Jwk]:
    """Errors: ValueError."""
    document: Any = json.loads(body)
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list) or len(keys) > MOST_KEYS:
        raise ValueError("not a JSON Web Key Set")
    return tuple(key for key in keys if isinstance(key, dict))


def _named(keys: Sequence[Jwk], key_id: str | None) -> Sequence[Jwk]:
    return [key for key in keys if key_id is None or key.get("kid") == key_id]
