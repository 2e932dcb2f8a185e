"""KeyMetadata of a key. Owns which members are present when. Source: AWS KMS API reference, "KeyMetadata"."""

from services.region_node.operations.types.key_metadata import (
    KeyMetadata,
    MultiRegionConfiguration,
    MultiRegionKey,
    XksKeyConfiguration,
)
from shared.decision import StateView
from shared.identifiers import key_arn
from shared.keys.model import CREATING, ENABLED, Key, KeyMaterial
from shared.keys.specs import (
    ALGORITHMS,
    ENCAPSULATE_DECAPSULATE,
    ENCRYPT_DECRYPT,
    EXTERNAL,
    GENERATE_VERIFY_MAC,
    KEY_AGREEMENT,
    SIGN_VERIFY,
    SYMMETRIC_DEFAULT,
)


def metadata_of(key: Key, region: str, view: StateView) -> KeyMetadata:
    """The metadata of `key` as held in `region`; `view` knows its custom key store. Times are seconds."""
    state = key.state or CREATING
    return KeyMetadata(
        aws_account_id=key.account,
        key_id=key.key_id,
        arn=key_arn(region, key.account, key.key_id),
        creation_date=key.created_at / 1000,
        enabled=state == ENABLED,
        description=key.description,
        key_usage=key.usage,
        key_state=state,
        origin=key.origin,
        key_manager=key.key_manager,
        customer_master_key_spec=key.spec,
        key_spec=key.spec,
        multi_region=key.is_multi_region,
        encryption_algorithms=algorithms_of(key, ENCRYPT_DECRYPT),
        signing_algorithms=algorithms_of(key, SIGN_VERIFY),
        mac_algorithms=algorithms_of(key, GENERATE_VERIFY_MAC),
        key_agreement_algorithms=algorithms_of(key, KEY_AGREEMENT),
        encapsulation_algorithms=algorithms_of(key, ENCAPSULATE_DECAPSULATE),
        multi_region_configuration=_configuration(key, region),
        current_key_material_id=_current_material_id(key, state),
        deletion_date=_deletion_date(key),
        pending_deletion_window_in_days=_waiting_window(key),
        valid_to=_valid_to(key),
        expiration_model=_expiration_model(key),
        custom_key_store_id=key.custom_key_store_id,
        cloud_hsm_cluster_id=_cluster_id(key, view),
        xks_key_configuration=None if key.external_key_id is None else XksKeyConfiguration(key.external_key_id),
    )


def _deletion_date(key: Key) -> float | None:
    due_at = key.deletion.due_at if key.deletion is not None else None
    return None if due_at is None else due_at / 1000


def _waiting_window(key: Key) -> int | None:
    """Present while there is no date yet: a primary waits for its replicas."""
    return key.deletion.window_days if key.deletion is not None and key.deletion.due_at is None else None


def _valid_to(key: Key) -> float | None:
    """Of material that belongs to the key for good: what is pending is not counted."""
    times = [material.valid_to for material in _imported(key) if material.valid_to is not None]
    return min(times) / 1000 if times else None


def _expiration_model(key: Key) -> str | None:
    """Present while there is imported material."""
    if not _imported(key):
        return None
    return "KEY_MATERIAL_DOES_NOT_EXPIRE" if _valid_to(key) is None else "KEY_MATERIAL_EXPIRES"


def _imported(key: Key) -> list[KeyMaterial]:
    if key.origin != EXTERNAL:
        return []
    return [material for material in key.materials if material.wrapped is not None and not material.pending]


def algorithms_of(key: Key, usage: str) -> tuple[str, ...] | None:
    """Only the list of the key's own usage is present."""
    return ALGORITHMS[key.spec][usage] if key.usage == usage else None


def _configuration(key: Key, region: str) -> MultiRegionConfiguration | None:
    """The same from every member of the family, itself included."""
    if key.primary_region is None:
        return None
    return MultiRegionConfiguration(
        "PRIMARY" if region == key.primary_region else "REPLICA",
        _member(key, key.primary_region),
        tuple(_member(key, replica) for replica in key.replica_regions),
    )


def _member(key: Key, region: str) -> MultiRegionKey:
    return MultiRegionKey(key_arn(region, key.account, key.key_id), region)


def _current_material_id(key: Key, state: str) -> str | None:
    """Present for symmetric encryption keys outside custom key stores, and not while a replica is being created."""
    if key.spec != SYMMETRIC_DEFAULT or key.custom_key_store_id is not None or state == CREATING:
        return None
    if not key.has_current_material:
        return None
    return key.current_material.material_id


def _cluster_id(key: Key, view: StateView) -> str | None:
    store = None if key.custom_key_store_id is None else view.key_store(key.account, key.custom_key_store_id)
    return None if store is None else store.cluster_id
