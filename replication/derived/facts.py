"""What single events tell the audit trail.

Owns three tables: which events are something that CloudTrail calls a service event, what an event tells of the answer
to the call that has brought it, and what besides. Of secrets, policies and tokens none tells anything.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from replication.derived.metadata import created_metadata, replica_metadata
from shared.events import AccessKeyCreated, Event, GrantCreated, GrantRetired, GrantRevoked
from shared.grants.events import GrantShared, SharedGrantEnded
from shared.identifiers import alias_arn, key_arn
from shared.key_stores.events import KeyStoreCreated
from shared.keys.events import (
    KeyCreated,
    KeyDeleted,
    KeyDeletionScheduled,
    KeyFamilyCreated,
    KeyMaterialDeleted,
    KeyMaterialImported,
    KeyReplicated,
    KeyRotated,
)
from shared.keys.model import AUTOMATIC
from shared.keys.scream_events import ScreamTestStarted, ScreamTestStopped
from shared.keys.specs import AWS_KMS


class Facts(NamedTuple):
    """`region` whose log it is; `time` of the record, in milliseconds."""

    region: str
    time: int


Told: TypeAlias = dict[str, object]


def _rotated(event: KeyRotated) -> Told:
    """A record of before says neither what the key had had, nor where imported material is from."""
    fresh = AWS_KMS if event.materials or event.rotation_type == AUTOMATIC else ""
    origin, previous = event.key_origin or fresh, event.previous_material_id
    return {
        "RotationType": event.rotation_type,
        **({"KeyOrigin": origin} if origin else {}),
        **({"PreviousKeyMaterialId": previous} if previous else {}),
        "CurrentKeyMaterialId": event.material_id,
        "KeyId": event.key_id,
    }


def _deleted(event: KeyDeleted) -> Told:
    return {"KeyId": event.key_id}


def _expired(event: KeyMaterialDeleted) -> Told | None:
    return {"KeyId": event.key_id, "KeyMaterialId": event.material_id} if event.expired else None


def _scream_test_started(event: ScreamTestStarted) -> Told:
    shares = {"FromPercent": event.from_percent, "ToPercent": event.to_percent, "Minutes": event.minutes}
    return {"KeyId": event.key_id, "Test": event.test, **shares, "StartedBy": event.started_by}


def _scream_test_stopped(event: ScreamTestStopped) -> Told:
    return {"KeyId": event.key_id, "Test": event.test, "StoppedBy": event.stopped_by}


SERVICE_EVENTS: Mapping[type[Event], tuple[str, Callable[[Any], Told | None]]] = {
    KeyRotated: ("RotateKey", _rotated),
    KeyDeleted: ("DeleteKey", _deleted),
    KeyMaterialDeleted: ("DeleteExpiredKeyMaterial", _expired),
    ScreamTestStarted: ("StartScreamTest", _scream_test_started),
    ScreamTestStopped: ("StopScreamTest", _scream_test_stopped),
}
"""Event -> CloudTrail's name, and its serviceEventDetails; None where it is no service event after all. The names are
those of `shared/audit/cloudtrail.py`. Scream tests are no service events of AWS's, and told as if they were."""


def _created(event: KeyCreated | KeyFamilyCreated, facts: Facts) -> Told:
    return {"KeyMetadata": created_metadata(event, facts.region, facts.time)}


def _replicated(event: KeyReplicated, facts: Facts) -> Told:
    """Without the policy of the replica, which CloudTrail tells."""
    return {"ReplicaKeyMetadata": replica_metadata(event, facts.time)}


def _scheduled(event: KeyDeletionScheduled, facts: Facts) -> Told:
    told = {"KeyId": key_arn(facts.region, event.account, event.key_id)}
    if event.due_at is None:
        return {**told, "KeyState": "PendingReplicaDeletion"}
    return {**told, "KeyState": "PendingDeletion", "DeletionDate": event.due_at / 1000}


def _imported(event: KeyMaterialImported, facts: Facts) -> Told:
    told = {"KeyId": key_arn(facts.region, event.account, event.key_id)}
    return {**told, "KeyMaterialId": event.materials[-1].material_id} if event.materials else dict(told)


def _material_deleted(event: KeyMaterialDeleted, facts: Facts) -> Told:
    return {"KeyId": key_arn(facts.region, event.account, event.key_id), "KeyMaterialId": event.material_id}


def _granted(event: GrantCreated | GrantShared, facts: Facts) -> Told:
    return {"GrantId": event.grant_id, "KeyId": key_arn(facts.region, event.account, event.key_id)}


def _store_created(event: KeyStoreCreated, _facts: Facts) -> Told:
    return {"CustomKeyStoreId": event.key_store_id}


def _access_key_created(event: AccessKeyCreated, _facts: Facts) -> Told:
    return {"AccessKey": {"AccessKeyId": event.access_key_id, "Status": "Active", "UserName": event.user_name}}


RESPONSES: Mapping[type[Event], Callable[[Any, Facts], Told]] = {
    KeyCreated: _created,
    KeyFamilyCreated: _created,
    KeyReplicated: _replicated,
    KeyDeletionScheduled: _scheduled,
    KeyMaterialImported: _imported,
    KeyMaterialDeleted: _material_deleted,
    GrantCreated: _granted,
    GrantShared: _granted,
    KeyStoreCreated: _store_created,
    AccessKeyCreated: _access_key_created,
}
"""Event -> the members of the answer that CloudTrail tells. Of other events about a key, the key's ARN."""


def _grant(event: GrantRetired | GrantRevoked | SharedGrantEnded, _facts: Facts) -> Told:
    return {"GrantId": event.grant_id}


ADDITIONAL: Mapping[type[Event], Callable[[Any, Facts], Told]] = {
    GrantRetired: _grant,
    SharedGrantEnded: _grant,
}
"""Event -> additionalEventData: which grant it was, where a token has named it."""


def arns_of(events: Iterable[Event], region: str) -> tuple[str, ...]:
    """The keys and aliases that the events touch in `region`, each once, a replica's in its own region."""
    return tuple(dict.fromkeys(arn for event in events for arn in _arns(event, region)))


def _arns(event: Any, region: str) -> tuple[str, ...]:
    account, alias = (getattr(event, name, None) for name in ("account", "alias"))
    key_id = getattr(event, "key_id", None) or getattr(event, "target_key_id", None)
    key = (key_arn(region, account, key_id),) if account and key_id else ()
    return (*((alias_arn(region, account, alias),) if account and alias else ()), *key)
