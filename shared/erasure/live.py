"""The secrets that a state holds, wrapped under domain keys.

Owns which states hold any, and their ids: a key's materials by material id, an access key's secret and derived signing
keys, the credential of a custom key store.
"""

from collections.abc import Mapping

from shared.identity.model import AccessKey
from shared.key_stores.model import KeyStore
from shared.keys.model import Key
from shared.keys.specs import AWS_KMS

SECRET = "secret"  # noqa: S105  # a name
SIGNING_KEYS = "signing-keys"
CREDENTIAL = "credential"
NONE: Mapping[str, bytes] = {}


def live_secrets(state: object) -> Mapping[str, bytes]:
    """Secret id -> its wrapped bytes."""
    if isinstance(state, Key):
        return {material.material_id: material.wrapped for material in state.materials if material.wrapped is not None}
    if isinstance(state, AccessKey):
        derived = None if state.signing_keys is None else state.signing_keys.wrapped
        both = {SECRET: state.wrapped, SIGNING_KEYS: derived}
        return {name: wrapped for name, wrapped in both.items() if wrapped is not None}
    return {CREDENTIAL: state.wrapped} if isinstance(state, KeyStore) else NONE


def lacking(key: Key) -> tuple[str, ...]:
    """The ids of the materials that the region is to have and has not. Imported ones, people have to bring."""
    missing: tuple[str, ...] = ()
    if key.state is None or key.origin != AWS_KMS:
        return missing
    for material in key.materials:  # a loop: every key that is folded is asked, and a comprehension is one more call
        if material.wrapped is None:
            missing += (material.material_id,)
    return missing


def with_arrived(key: Key, arrived: Mapping[str, bytes]) -> Key:
    """`key` with what was sealed to the region again, in the place of what is lacking."""
    wanted = lacking(key)
    return key._replace(
        materials=tuple(
            material._replace(wrapped=arrived.get(material.material_id)) if material.material_id in wanted else material
            for material in key.materials
        )
    )


def with_wrapped(state: object, wrapped: Mapping[str, bytes]) -> object:
    """`state` with these bytes for the secrets that it has; what it has not, or not any more, does not come back."""
    if isinstance(state, Key):
        materials = tuple(
            material
            if material.wrapped is None
            else material._replace(wrapped=wrapped.get(material.material_id, material.wrapped))
            for material in state.materials
        )
        return state._replace(materials=materials)
    if isinstance(state, AccessKey):
        return _access_key_with(state, wrapped)
    if isinstance(state, KeyStore):
        return state._replace(wrapped=wrapped.get(CREDENTIAL, state.wrapped))
    return state


def _access_key_with(state: AccessKey, wrapped: Mapping[str, bytes]) -> AccessKey:
    if state.wrapped is not None:
        state = state._replace(wrapped=wrapped.get(SECRET, state.wrapped))
    if state.signing_keys is not None:
        derived = wrapped.get(SIGNING_KEYS, state.signing_keys.wrapped)
        state = state._replace(signing_keys=state.signing_keys._replace(wrapped=derived))
    return state
