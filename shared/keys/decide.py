"""What happens when somebody wants a key changed.

Owns the decisions about keys: pure functions of a command and a view. Descriptions and the enabled state belong to one
region and stay in its log, policies and tags too unless the key asks for more; the birth of a multi-region key is
shared, without them and without its secret.
"""

from shared.decision import Decision, StateView
from shared.errors import ValidationFailed
from shared.events import (
    KeyCreated,
    KeyDescriptionUpdated,
    KeyDisabled,
    KeyEnabled,
    KeyPolicyPut,
    KeyTagged,
    KeyUntagged,
)
from shared.identifiers import key_store_stream
from shared.key_stores.placing import place_of
from shared.keys import commands
from shared.keys.commands import KeyName, RegionalSettings, SettingsLimits
from shared.keys.decide_sharing import retagged, told
from shared.keys.lifecycle import require
from shared.keys.lookup import arn_of, held_key
from shared.keys.model import ENABLED, UNAVAILABLE, Key
from shared.keys.quota import require_room as require_room_for_key
from shared.keys.read_only import require_own, require_own_tags, require_replicate_tag
from shared.keys.replicas_tag import require_no_late_replicas
from shared.keys.sharing import POLICY
from shared.keys.specs import EXTERNAL, usage_of
from shared.keys.synchronous import require_fulfillable
from shared.keys.tags import require_room, require_tags
from shared.keys.wrapping import require_importable_spec
from shared.policy.compiled import require_readable
from shared.policy.lockout import require_way_back
from shared.policy.question import PolicyKind, Principal

MAXIMUM_DESCRIPTION = 8192
"""Characters."""


def create_key(command: commands.CreateKey, view: StateView) -> Decision:
    """Errors: ValidationFailed, UnsupportedOperation, MalformedPolicy, InvalidTag, LimitExceeded; of `place_of`."""
    name = command.key
    usage = usage_of(command.spec, command.usage)
    if command.origin == EXTERNAL:
        require_importable_spec(command.spec)
    store = place_of(command, view)
    require_replicate_tag(command.settings.tags, command.multi_region)
    require_fulfillable(command.settings.tags, command.multi_region)
    settings = checked(command.settings, command.limits, name, command.author)
    require_room_for_key(view, name.account, command.keys_per_account)
    created = KeyCreated(
        account=name.account,
        key_id=name.key_id,
        spec=command.spec,
        usage=usage,
        origin=command.origin,
        materials=() if command.material is None else (command.material,),
        primary_region=name.region if command.multi_region else None,
        description=settings.description,
        policy=settings.policy,
        tags=settings.tags,
        custom_key_store_id=command.custom_key_store_id,
        external_key_id=command.external_key_id,
    )
    shared = (_shared_form(created),) if command.multi_region else ()
    rests_on = () if store is None else (key_store_stream(store.account, store.key_store_id),)
    return Decision((created,), shared, rests_on, answer=name.key_id)


def _shared_form(created: KeyCreated) -> KeyCreated:
    """What every peer may know: that the key exists, not its secret and not its settings."""
    materials = tuple(material._replace(wrapped=None, sealed=None) for material in created.materials)
    return created._replace(materials=materials, description="", policy=None, tags=())


def set_key_enabled(command: commands.SetKeyEnabled, view: StateView) -> Decision:
    """EnableKey and DisableKey. Errors: NotFound, InvalidKeyState."""
    key = _changeable(view, command.key, "EnableKey" if command.enabled else "DisableKey")
    if key.state != UNAVAILABLE and (key.state == ENABLED) == command.enabled:
        return Decision(())  # what is unavailable hides whether it is enabled
    event = KeyEnabled if command.enabled else KeyDisabled
    return Decision((event(key.account, key.key_id),))


def update_key_description(command: commands.UpdateKeyDescription, view: StateView) -> Decision:
    """Errors: NotFound, InvalidKeyState, ValidationFailed."""
    key = _changeable(view, command.key, "UpdateKeyDescription")
    _require_description(command.description)
    if key.description == command.description:
        return Decision(())
    return Decision((KeyDescriptionUpdated(key.account, key.key_id, command.description),))


def put_key_policy(command: commands.PutKeyPolicy, view: StateView) -> Decision:
    """Errors: NotFound, FollowsPrimary, MalformedPolicy, LimitExceeded."""
    key = _changeable(view, command.key, "PutKeyPolicy")
    require_own(key, command.key, POLICY)
    require_readable(PolicyKind.RESOURCE, command.policy, command.policy_bytes)
    if not command.bypass_lockout_check:
        require_way_back(command.policy, command.author, arn_of(command.key))
    if key.policy == command.policy:
        return Decision(())
    put = KeyPolicyPut(key.account, key.key_id, command.policy)
    return told(key, key._replace(policy=command.policy), command.key.region, put)


def tag_resource(command: commands.TagResource, view: StateView) -> Decision:
    """Errors: NotFound, InvalidKeyState, FollowsPrimary, InvalidTag."""
    key = _changeable(view, command.key, "TagResource")
    tags = require_tags(command.tags)
    require_replicate_tag(tags, key.is_multi_region)
    require_fulfillable(tags, key.is_multi_region)
    require_own_tags(key, command.key, dict(tags).keys())
    require_no_late_replicas(tags, key.tags)
    present = dict(key.tags)
    require_room(present.keys() | dict(tags).keys(), command.tags_per_key)
    changed = tuple(tag for tag in tags if present.get(tag[0]) != tag[1])
    if not changed:
        return Decision(())
    after = key._replace(tags=tuple(sorted((present | dict(changed)).items())))
    return retagged(key, after, command.key, view, KeyTagged(key.account, key.key_id, changed))


def untag_resource(command: commands.UntagResource, view: StateView) -> Decision:
    """Errors: NotFound, InvalidKeyState, FollowsPrimary."""
    key = _changeable(view, command.key, "UntagResource")
    require_own_tags(key, command.key, command.tag_keys)
    gone = tuple(sorted(dict(key.tags).keys() & set(command.tag_keys)))
    if not gone:
        return Decision(())
    after = key._replace(tags=tuple(tag for tag in key.tags if tag[0] not in gone))
    return retagged(key, after, command.key, view, KeyUntagged(key.account, key.key_id, gone))


def checked(settings: RegionalSettings, limits: SettingsLimits, name: KeyName, author: Principal) -> RegionalSettings:
    """The settings of a key that is about to be held as `name`, with the tags in order.

    Errors: MalformedPolicy, LimitExceeded, InvalidTag, ValidationFailed.
    """
    _require_description(settings.description)
    tags = require_tags(settings.tags)
    require_room(dict(tags).keys(), limits.tags_per_key)
    if settings.policy is not None:
        require_readable(PolicyKind.RESOURCE, settings.policy, limits.policy_bytes)
        if not settings.bypass_lockout_check:
            require_way_back(settings.policy, author, arn_of(name))
    return settings._replace(tags=tags)


def _changeable(view: StateView, name: KeyName, operation: str) -> Key:
    key = held_key(view, name)
    require(operation, key, arn_of(name))
    return key


def _require_description(description: str) -> None:
    if len(description) > MAXIMUM_DESCRIPTION:
        raise ValidationFailed(
            "1 validation error detected: Value at 'description' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAXIMUM_DESCRIPTION}"
        )
