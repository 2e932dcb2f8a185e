"""A region behind its pipeline: real signatures, decisions and fold, over a store in memory and a log in a list."""

from typing import Any

import orjson

from replication.records.told_position import ToldPositions
from replication.state.served_state import ServedState
from replication.state.state_store import ADAPTER, BUILT, partition_prefix
from replication.witness.admission import Gate
from replication.writing.draft import Answer, Draft
from services.region_node.audit.auditing import UNAUDITED, Audited
from services.region_node.changes.changing import Changing
from services.region_node.changes.settings import SynchronousSettings
from services.region_node.changes.synchronous import AwaitAdoption, SynchronousChanging
from services.region_node.key_stores.key_stores import KeyStores
from services.region_node.key_stores.settings import OutsideMachines
from services.region_node.keys.region_keys import make_region_keys
from services.region_node.keys.vault import RegionVault, access_key_binding
from services.region_node.metrics import RequestCounts
from services.region_node.requests.arrived import Answered, Arrived
from services.region_node.requests.pipeline import Pipeline
from services.region_node.requests.quotas import Quotas
from services.region_node.sts.identity_providers import IdentityProviders
from services.region_node.sts.issuing import SessionIssuer
from services.region_node.wire.authentication import Authenticator
from services.region_node.wire.session_tokens import SessionTokens
from services.region_node.worker.region import Region
from shared import events as e
from shared.crypto.attestation.model import Rules
from shared.grants.token import GrantTokens
from shared.identifiers import access_key_id
from shared.identity.policy_events import PolicyAttached
from shared.keys.synchronous import Synchronous
from shared.secrets import Secret
from tests.replication.folding import Folding
from tests.replication.written_log import ACCOUNT, HOME, NODE, WrittenLog
from tests.services.region_node.counted_store import CountedStore
from tests.services.region_node.operations.fake_region import ADMINISTRATOR_ACCESS, FakeThreads, FakeUses
from tests.services.region_node.wire.signed_requests import NOW, SECRET, Sent, sign

ACCESS_KEY_ID = access_key_id(ACCOUNT, 7)
KEYS = make_region_keys(HOME, 1, NOW)


async def nothing_is_missing(_partition: int, _number: int, _demand: Synchronous, _seconds: float) -> tuple[str, ...]:
    """Stands for regions that have adopted everything."""
    return ()


class ServingRegion:
    """One account with one access key. `submitted` notes how many snapshots were open at each submission. `gate`: by
    which the witness rule lets requests through, where there are peers.
    """

    def __init__(self, gate: Gate | None = None, audited: Audited = UNAUDITED) -> None:
        self.store, self.now = CountedStore(), NOW
        self._folding = Folding(self.store)
        self._log = WrittenLog()
        self.vault = RegionVault(KEYS, 1, dict)
        self.submitted: list[int] = []
        self.counts = RequestCounts()
        self.log = self._log
        self._found()
        self.adoption: AwaitAdoption = nothing_is_missing
        changing = SynchronousChanging(
            HOME,
            self.store,
            ServedState(1),
            Changing(self.store, 1, self),
            SynchronousSettings(),
            lambda *asked: self.adoption(*asked),
        )
        authenticator = Authenticator(
            HOME,
            self.vault.open_secret,
            SessionTokens(HOME, KEYS.identity.public_bytes, self.vault.open_secret, self.vault.open_sealed),
        )
        region = Region(
            name=HOME,
            served=ServedState(1, gate),
            quotas=Quotas(),
            throttle=None,
            attestation_rules=Rules((), 0),
            store=self.store,
            vault=self.vault,
            threads=FakeThreads(),
            key_stores=KeyStores(OutsideMachines(), HOME, self.vault.open_secret, lambda: NOW),
            authenticator=authenticator,
            changing=changing,
            grant_tokens=GrantTokens(HOME, KEYS.mac_key),
            told=ToldPositions(HOME, KEYS.mac_key),
            uses=FakeUses(NOW),
            sessions=SessionIssuer(HOME, self.vault, KEYS.identity),
            identity_providers=IdentityProviders(()),
            now=lambda: self.now,
        )
        self.pipeline = Pipeline(region, self.counts, audited)

    def _found(self) -> None:
        wrapped = self.vault.wrap_secret(ACCOUNT, access_key_binding(ACCOUNT, ACCESS_KEY_ID), Secret(SECRET.encode()))
        self._log.open()
        self._log.write(e.AccountCreated(ACCOUNT, HOME, "name"), e.UserCreated(ACCOUNT, "admin", "AIDAEXAMPLE"))
        self._log.write(PolicyAttached(ACCOUNT, "user/admin", ADMINISTRATOR_ACCESS))
        self._log.write(e.AccessKeyCreated(ACCOUNT, "admin", ACCESS_KEY_ID, wrapped))
        self._folding.apply(*self._log.records)
        with self.store.write() as transaction:
            transaction.put(ADAPTER, BUILT, partition_prefix(0))

    def write(self, *events: e.Event) -> None:
        """What happens without a request."""
        self._log.write(*events)
        self._folding.apply(self._log.records[-1])

    async def submit(self, draft: Draft) -> Answer:
        """As the replicator answers: the record is applied, or void."""
        self.submitted.append(self.store.held)
        fields: dict[str, Any] = {
            name: value
            for name, value in draft._asdict().items()
            if name not in ("partition", "time") and value is not None
        }
        self._folding.apply(self._log._append(NODE, **fields))
        outcome = self._folding.outcomes[-1]
        return Answer(str(outcome.verdict), outcome.answer, outcome.sequence or 0, outcome.shared)

    async def ask(self, operation: str, **parameters: object) -> tuple[int, Any]:
        """Status and body of a signed request."""
        return read(await self.send(request(operation, **parameters)))

    async def send(self, sent: Sent, exchange: bytes = b"") -> Answered:
        answering = self.pipeline.answer(Arrived(*sent, "127.0.0.1", exchange))
        return answering if isinstance(answering, Answered) else await answering


def request(operation: str, **parameters: object) -> Sent:
    """Signed with the one access key."""
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"TrentService.{operation}"}
    return sign(orjson.dumps(parameters), headers=headers, region=HOME, access_key_id=ACCESS_KEY_ID)


def read(answered: Answered) -> tuple[int, Any]:
    return answered.status, orjson.loads(answered.body) if answered.body else None
