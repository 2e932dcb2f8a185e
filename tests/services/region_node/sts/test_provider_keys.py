"""The keys of identity providers: fetched over HTTPS, remembered within bounds, placed by the operator."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.region_node.sts import provider_keys
from services.region_node.sts.provider_keys import DISCOVERY, OLDEST_KEYS, SOONEST_AGAIN, FetchedKeys, keys_of
from services.region_node.sts.settings import IdentityProviderSettings
from services.strict_settings import SettingsError
from shared.errors import Throttled
from shared.identity.session_errors import IdentityProviderUnreachable
from tests.services.region_node.sts.issuer import ISSUER, KEY_SET, KeyServer

NOW = 1_700_000_000_000
FOUND = [f"/realms/ci{DISCOVERY}", "/realms/ci/keys"]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[KeyServer]:
    async with KeyServer(tmp_path) as running:
        yield running


def listed(server: KeyServer, **more: Any) -> IdentityProviderSettings:
    return IdentityProviderSettings(
        ISSUER, address=server.address, certificate_authority_file=server.authority.file, **more
    )


async def test_keys_are_found_by_the_discovery_document(server: KeyServer) -> None:
    keys = keys_of(listed(server))
    assert [key["kid"] for key in await keys.named("rsa", NOW)] == ["rsa"]
    assert len(await keys.named(None, NOW)) == 2
    assert server.asked == FOUND
    keys.close()


async def test_the_operator_may_say_where_they_are(server: KeyServer) -> None:
    keys = keys_of(listed(server, keys_url="https://issuer.example/certs"))
    assert await keys.named("ec", NOW)
    assert server.asked == ["/certs"]
    keys.close()


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://another.example", "jwks_uri": f"{ISSUER}/keys"},
        {"issuer": ISSUER, "jwks_uri": "https://another.example/keys"},
        {"issuer": ISSUER, "jwks_uri": "http://issuer.example/keys"},
        {"issuer": ISSUER},
        [],
    ],
)
async def test_a_discovery_document_that_leads_elsewhere_is_not_followed(server: KeyServer, document: Any) -> None:
    server.document = document
    keys = keys_of(listed(server))
    with pytest.raises(IdentityProviderUnreachable):
        await keys.named("rsa", NOW)
    assert server.asked == FOUND[:1]
    keys.close()


@pytest.mark.parametrize("key_set", [{}, [], {"keys": "none"}, {"keys": [{}] * 101}])
async def test_what_is_no_key_set_gives_no_keys(server: KeyServer, key_set: object) -> None:
    server.key_set = key_set
    keys = keys_of(listed(server))
    with pytest.raises(IdentityProviderUnreachable):
        await keys.named("rsa", NOW)
    keys.close()


async def test_a_server_that_cannot_prove_its_name_is_not_asked(tmp_path: Path) -> None:
    async with KeyServer(tmp_path, "another.example") as server:
        keys = keys_of(listed(server))
        with pytest.raises(IdentityProviderUnreachable):
            await keys.named("rsa", NOW)
        assert server.asked == []
        keys.close()


class Provider:
    """Counts how often it is asked; `held` keeps an answer back."""

    def __init__(self) -> None:
        self.asked = 0
        self.key_set: object = KEY_SET
        self.held = asyncio.Event()
        self.held.set()

    async def fetch(self) -> bytes:
        self.asked += 1
        await self.held.wait()
        return json.dumps(self.key_set).encode()

    def keys(self) -> FetchedKeys:
        return FetchedKeys(self.fetch, lambda: None)


async def test_keys_are_remembered_for_an_hour() -> None:
    provider = Provider()
    keys = provider.keys()
    for later in (0, 1, OLDEST_KEYS - 1):
        assert await keys.named("rsa", NOW + later)
    assert provider.asked == 1
    await keys.named("rsa", NOW + OLDEST_KEYS)
    assert provider.asked == 2


async def test_an_unknown_key_is_looked_for_at_once_but_not_again_and_again() -> None:
    provider = Provider()
    keys = provider.keys()
    await keys.named("rsa", NOW)
    for later in (SOONEST_AGAIN, SOONEST_AGAIN + 1, 2 * SOONEST_AGAIN - 1):
        assert await keys.named("new", NOW + later) == []
    assert provider.asked == 2
    provider.key_set = {"keys": [{"kty": "RSA", "kid": "new"}]}
    assert await keys.named("new", NOW + 2 * SOONEST_AGAIN)


async def test_keys_that_are_too_old_are_not_used_while_their_provider_is_away() -> None:
    provider = Provider()
    keys = provider.keys()
    await keys.named("rsa", NOW)
    provider.key_set = "gone"
    assert await keys.named("rsa", NOW + OLDEST_KEYS - 1)
    for later in (0, 1):
        with pytest.raises(IdentityProviderUnreachable):
            await keys.named("rsa", NOW + OLDEST_KEYS + later)
    assert provider.asked == 2


async def test_those_who_wait_share_one_fetch_and_are_not_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_keys, "MOST_WAITING", 2)
    provider = Provider()
    keys = provider.keys()
    provider.held.clear()
    waiting = [asyncio.create_task(keys.named("rsa", NOW)) for _ in range(3)]
    done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert [type(task.exception()) for task in done] == [Throttled]
    provider.held.set()
    assert [len(found) for found in await asyncio.gather(*(set(waiting) - done))] == [1, 1]
    assert provider.asked == 1


@pytest.mark.parametrize("content", [None, "{}", "no JSON"])
def test_a_file_that_holds_no_keys_is_an_error_at_the_start(content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SettingsError, match=r"keys\.json"):
        keys_of(IdentityProviderSettings(ISSUER, keys_file=file))


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "http://issuer.example"},
        {"issuer": "https://"},
        {"issuer": "https://issuer.example?a=b"},
        {"issuer": ISSUER, "keys_url": "issuer.example/keys"},
        {"issuer": ISSUER, "keys_url": f"{ISSUER}/keys", "keys_file": Path("keys.json")},
        {"issuer": ISSUER, "address": "issuer.example"},
    ],
)
def test_an_entry_that_cannot_be_meant_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        IdentityProviderSettings(**wrong)
