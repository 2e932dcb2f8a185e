"""Regions without log, store or clock: handlers run against them as they run in a node."""

import inspect
import json
import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from itertools import product
from typing import Any

from services.region_node.key_stores.key_stores import KeyStores
from services.region_node.key_stores.settings import OutsideMachines
from services.region_node.operations.table import OPERATIONS
from services.region_node.requests.call import Arrival, Call, Caller, Decide, Result
from services.region_node.requests.quotas import Quotas
from services.region_node.requests.throttle import Throttle
from services.region_node.sts.identity_providers import IdentityProviders
from services.region_node.sts.issuing import SessionIssuer
from services.region_node.wire.shapes import compile_request, compile_response
from services.region_node.worker.threads import Weight
from services.region_node.worker.usage_store import LastUse
from shared.crypto import key_material
from shared.crypto.attestation.model import Rules
from shared.crypto.domain_keys import SecretUnavailable
from shared.crypto.opened_key import OpenedKey
from shared.crypto.region_identity import RegionIdentity
from shared.errors import KeyUnavailable, NotFound
from shared.events import Event, UserCreated, materials_of
from shared.grants.token import GrantTokens
from shared.identifiers import key_stream
from shared.identity.policy_events import InlinePolicyPut, PolicyAttached
from shared.keys.model import Key, KeyMaterial
from shared.policy.remembered import Kept
from shared.secrets import Secret
from tests.services.region_node.callers import user
from tests.shared.memory_view import MemoryView

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"


def arn(key_id: str, region: str = "us-east-1") -> str:
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/{key_id}"


class FakeVault:
    """Wraps by writing the owner in front, so that a secret opened for another owner shows."""

    def __init__(self, region: str, peers: frozenset[str]) -> None:
        self._region = region
        self._peers = peers

    def open_material(self, key: Key, material: KeyMaterial) -> Secret:
        if material.wrapped is None:
            raise KeyUnavailable("not arrived")
        owner = _binding(self._region, key.account, key.key_id, material.material_id)
        assert material.wrapped.startswith(owner)
        return Secret(material.wrapped.removeprefix(owner))

    def open_key(self, key: Key, material: KeyMaterial) -> OpenedKey:
        return key_material.open_key(key.spec, self.open_material(key, material))

    def wrap_material(self, account: str, key_id: str, material_id: str, secret: Secret) -> bytes:
        return _binding(self._region, account, key_id, material_id) + secret.reveal()

    def seal_material(self, region: str, account: str, key_id: str, material_id: str, secret: Secret) -> bytes:
        if region not in self._peers:
            raise NotFound(region)
        return _binding(region, account, key_id, material_id) + secret.reveal()

    def wrap_secret(self, account: str, binding: str, secret: Secret) -> bytes:
        return f"{self._region}|{binding}|".encode() + secret.reveal()

    def seal_secret(self, region: str, binding: str, secret: Secret) -> bytes:
        if region not in self._peers:
            raise NotFound(region)
        return f"{region}|{binding}|".encode() + secret.reveal()

    def forget(self) -> None:
        pass

    def kept(self) -> Mapping[str, Kept]:
        return {}

    def open_secret(self, binding: str, wrapped: bytes) -> Secret:
        owner = f"{self._region}|{binding}|".encode()
        if not wrapped.startswith(owner):
            raise SecretUnavailable("another's")
        return Secret(wrapped.removeprefix(owner))

    def peer_regions(self) -> frozenset[str]:
        return self._peers


class FakeThreads:
    """Does everything at once, and remembers how heavy it was."""

    def __init__(self) -> None:
        self.weights: list[Weight] = []

    async def run(self, weight: Weight, work: Callable[[], Result]) -> Result:
        self.weights.append(weight)
        return work()


class FakeUses:
    """Last uses as a test has put them."""

    def __init__(self, since: int) -> None:
        self.since = since
        self.last: dict[str, LastUse] = {}

    def note(self, key_arn: str, operation: str, now: int, request_id: str) -> None:
        self.last[key_arn] = LastUse(operation, now, request_id)

    def last_use(self, key_arn: str) -> LastUse | None:
        return self.last.get(key_arn)

    def tracking_since(self) -> int:
        return self.since


def _binding(region: str, account: str, key_id: str, material_id: str) -> bytes:
    return f"{region}|{account}|{key_id}|{material_id}|".encode()


class FakeRegion:
    """One region. `deliver` adopts what it has published into its peers."""

    def __init__(self, region: str = "us-east-1", peers: tuple[str, ...] = ("eu-west-1", "ap-southeast-2")) -> None:
        self.view = MemoryView(region)
        for account in (ACCOUNT, OTHER_ACCOUNT):
            self.add_user(account, "alice")
            self.view.apply([PolicyAttached(account, "user/alice", ADMINISTRATOR_ACCESS)])
        self.vault = FakeVault(region, frozenset(peers))
        self.threads = FakeThreads()
        self.quotas = Quotas()
        self.attestation_rules = Rules((), 300_000)
        self.grant_tokens = GrantTokens(region, Secret(region.encode()))
        self.uses = FakeUses(self.view.time)
        self.throttle: Throttle | None = None
        self.identity = RegionIdentity(Secret(sha256(region.encode()).digest()))
        self.sessions = SessionIssuer(region, self.vault, self.identity)
        self.identity_providers = IdentityProviders(())
        self.key_stores = self._key_stores(OutsideMachines())
        self.appended: list[Event] = []
        self.published: list[Event] = []
        self.answers: dict[str, str] = {}

    def add_user(self, account: str, name: str, *statements: object) -> None:
        """A user, who may do what the statements say."""
        self.view.apply([UserCreated(account, name, user(account, name).principal.unique_id)])
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": statements})
            self.view.apply([InlinePolicyPut(account, f"user/{name}", "own", document)])

    def call(
        self,
        account: str = ACCOUNT,
        command_id: str | None = None,
        operation: str = "",
        caller: Caller | None = None,
    ) -> Call:
        async def change(decide: Decide, owner: str = account, /) -> str:
            if command_id is not None and command_id in self.answers:
                return self.answers[command_id]
            decision = decide(self.view)
            assert {getattr(event, "account", owner) for event in decision.events} <= {owner}
            self.view.apply(decision.events)
            self.appended.extend(decision.events)
            self.published.extend(decision.shared_events)
            if command_id is not None and decision.events:
                self.answers[command_id] = decision.answer
            return decision.answer

        return Call(
            region=self.view.region,
            operation=operation,
            caller=caller or user(account),
            request_id="5a3f0d5c-9c1e-4a37-8ab9-2f4e3f1d1a11",
            now=self.view.time,
            view=self.view,
            vault=self.vault,
            quotas=self.quotas,
            threads=self.threads,
            key_stores=self.key_stores,
            change=change,
            latest=lambda: self.view,
            grant_tokens=self.grant_tokens,
            uses=self.uses,
            attestation_rules=self.attestation_rules,
            arrival=Arrival(),
            sessions=self.sessions,
            identity_providers=self.identity_providers,
        )

    def list_machines(self, machines: OutsideMachines) -> None:
        """What the operator lists from now on."""
        self.key_stores.close()
        self.key_stores = self._key_stores(machines)

    def _key_stores(self, machines: OutsideMachines) -> KeyStores:
        return KeyStores(
            machines, self.view.region, self.vault.open_secret, lambda: time.time_ns() // 1_000_000, self.throttle
        )

    async def ask(
        self, operation: str, account: str = ACCOUNT, command_id: str | None = None, /, **parameters: Any
    ) -> Any:
        """Call an operation by its wire names, through the decoder of its request; answers the typed response."""
        return await self.ask_as(user(account), operation, command_id, **parameters)

    async def ask_as(self, caller: Caller, operation: str, command_id: str | None = None, /, **parameters: Any) -> Any:
        row = OPERATIONS[operation]
        request = compile_request(row.request)(parameters)
        answer = row.handle(self.call(caller.account, command_id, operation, caller), request)
        if inspect.isawaitable(answer):
            answer = await answer
        if row.response is None:
            assert answer is None
        else:
            compile_response(row.response)(answer)
        return answer

    async def create_key(self, **parameters: Any) -> str:
        created = await self.ask("CreateKey", **parameters)
        return str(created.key_metadata.key_id)

    def alter(self, key_id: str, **changes: Any) -> None:
        """Change what the region knows of a key, by no event."""
        self.view.states[key_stream(ACCOUNT, key_id)] = self._key(key_id)._replace(**changes)

    def lose_material(self, key_id: str) -> None:
        """The key's secret has not arrived."""
        materials = self._key(key_id).materials
        self.alter(key_id, materials=tuple(material._replace(wrapped=None) for material in materials))

    def secret(self, key_id: str) -> bytes:
        """What nobody outside a region ever sees."""
        key = self._key(key_id)
        return self.vault.open_material(key, key.current_material).reveal()

    def _key(self, key_id: str) -> Key:
        key = self.view.key(ACCOUNT, key_id)
        assert key is not None
        return key

    def deliver(self, *peers: "FakeRegion") -> None:
        for event, peer in product(self.published, peers):
            sealed = {m.material_id: (m.sealed or {}).get(peer.view.region) for m in materials_of(event)}
            rewrapped = {material_id: secret for material_id, secret in sealed.items() if secret is not None}
            peer.view.apply([event], origin=self.view.region, rewrapped=rewrapped)
        self.published.clear()
