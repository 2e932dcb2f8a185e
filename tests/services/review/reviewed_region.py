"""A region's directory as `keytide up` makes it, with one account, one key, and what was decided about them."""

import asyncio
from pathlib import Path
from typing import Any

from replication.fold.materializer import Identity, Materializer
from replication.log.embedded_log import EmbeddedLogs
from replication.sharing.publication import local_log, shared_log
from replication.state.lmdb_store import LmdbStore
from replication.state.state_store import ADAPTER, BUILT, partition_prefix
from replication.state.view import Moment, SnapshotView
from services.cli.regions_directory import prepare
from services.cli.up.topology import Topology
from services.region_node.decisions.record import Recorded, digest_of, encode
from services.region_node.decisions.segments import Segments
from services.region_node.keys.key_files import open_keys
from services.review.asked_again import question_of
from shared.events import AccountCreated, Event, UserCreated
from shared.identifiers import partition_of
from shared.policy.evaluate import evaluate
from shared.policy.question import Principal, PrincipalKind
from tests.replication.written_log import ACCOUNT, HOME, START, WrittenLog, created, key_id
from tests.shared.policy.policies import policy, statement

KEY_ID = key_id(1)
KEY_ARN = f"arn:aws:kms:{HOME}:{ACCOUNT}:key/{KEY_ID}"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
USER = Principal(PrincipalKind.USER, ACCOUNT, ALICE, "AIDAALICE")
PARTITION = partition_of(ACCOUNT, 16)
DELEGATING = policy(statement())


class ReviewedRegion:
    """`write` changes log and state; `decide` records a decision as the region would make it now."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        (self.settings,) = prepare(Topology((HOME,), directory, 8100, 1, kafka=False), START).nodes
        self._key = open_keys(self.settings).record_key
        self._log = WrittenLog(HOME, PARTITION, self._key)
        self._segments = Segments(self.settings.decisions_directory, 1, 1 << 24, lambda: self._log.time)
        self._log.open()
        self._append(self._log.records[-1])
        self.write(AccountCreated(ACCOUNT, HOME, "name"), UserCreated(ACCOUNT, "alice", USER.unique_id))
        self.write(created(1))

    @property
    def time(self) -> int:
        """Of the last record, in milliseconds."""
        return self._log.time

    def write(self, *events: Event) -> None:
        self._append(self._log.write(*events))

    def _append(self, record: bytes) -> None:
        asyncio.run(self._appended(record))

    async def _appended(self, record: bytes) -> None:
        settings, name = self.settings, local_log(HOME)
        logs = EmbeddedLogs.open(settings.log_directory, dict.fromkeys((name, shared_log(HOME)), settings.partitions))
        store = LmdbStore(settings.state_directory, writer=True)
        await logs[name].append(PARTITION, [record])
        identity = Identity(HOME, settings.partitions, self._key)
        materializer = Materializer(store, identity, lambda _: None)
        materializer.apply(PARTITION, await logs[name].read(PARTITION, materializer.position(PARTITION), 10))
        with store.write() as transaction:
            built = b"".join(map(partition_prefix, range(settings.partitions)))
            transaction.put(ADAPTER, BUILT, built)
        await logs.close()
        store.close()

    def decide(self, request_id: str, **fields: Any) -> Recorded:
        store = LmdbStore(self.settings.state_directory, writer=False)
        with store.read() as snapshot:
            view = SnapshotView(snapshot, self.settings.partitions, Moment(HOME, self._log.time))
            recorded = _asked(request_id, self._log.time, {ACCOUNT: view.sequence(ACCOUNT)})._replace(**fields)
            question = question_of(recorded, view)
            verdict = evaluate(question)
            recorded = recorded._replace(verdict=verdict, refused=not verdict.allowed, policies=digest_of(question))
        store.close()
        self._segments.append(encode(recorded))
        return recorded


def _asked(request_id: str, time: int, sequences: dict[str, int]) -> Recorded:
    nothing: Any = None
    return Recorded(
        time=time,
        request_ids=(request_id,),
        requests=1,
        operation="Encrypt",
        refused=True,
        principal=USER,
        session=None,
        action="kms:Encrypt",
        resource=KEY_ARN,
        resource_account=ACCOUNT,
        has_resource_policy=True,
        grant_operation="Encrypt",
        cross_account=True,
        context={"aws:principalarn": ALICE, "kms:encryptioncontext:app": "pay", "aws:sourceip": "10.1.2.3"},
        encryption_context={"app": "pay"},
        verdict=nothing,
        sequences=sequences,
        policies=b"",
    )
