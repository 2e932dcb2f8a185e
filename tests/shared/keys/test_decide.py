"""What happens when somebody wants a key changed."""

import pytest

from shared.errors import (
    InvalidKeyState,
    InvalidTag,
    LimitExceeded,
    MalformedPolicy,
    NotFound,
    UnsupportedOperation,
    ValidationFailed,
)
from shared.events import (
    KeyCreated,
    KeyDescriptionUpdated,
    KeyDisabled,
    KeyEnabled,
    KeyPolicyPut,
    KeyTagged,
    KeyUntagged,
    Tags,
)
from shared.identifiers import key_stream
from shared.keys import commands, decide
from shared.keys.commands import RegionalSettings
from shared.keys.model import Key
from shared.policy.document import default_policy
from tests.shared.keys.examples import (
    ACCOUNT,
    ARN,
    AUTHOR,
    KEY_ID,
    MATERIAL,
    MULTI,
    MULTI_REGION_KEY_ID,
    NAME,
    REGION,
    SINGLE,
    view_with,
)
from tests.shared.memory_view import MemoryView

ABSENT = NAME._replace(key_id="00000000-0000-4000-8000-000000000000")
LOCKED_OUT = default_policy("999999999999")


def only_key(view: MemoryView) -> Key:
    (key,) = view.keys(ACCOUNT, "")
    return key


def put_in_state(view: MemoryView, state: str) -> None:
    view.states[key_stream(ACCOUNT, KEY_ID)] = only_key(view)._replace(state=state)


def test_a_single_region_key_is_never_shared() -> None:
    settings = RegionalSettings("for invoices", default_policy(ACCOUNT), (("b", "2"), ("a", "1")))
    decision = decide.create_key(SINGLE._replace(settings=settings), MemoryView(REGION))
    assert decision.events == (
        KeyCreated(
            account=ACCOUNT,
            key_id=KEY_ID,
            spec="SYMMETRIC_DEFAULT",
            usage="ENCRYPT_DECRYPT",
            origin="AWS_KMS",
            materials=(MATERIAL,),
            primary_region=None,
            description="for invoices",
            policy=default_policy(ACCOUNT),
            tags=(("a", "1"), ("b", "2")),
        ),
    )
    assert decision.shared_events == ()
    assert decision.answer == KEY_ID


def test_a_multi_region_key_is_shared_without_secret_and_settings() -> None:
    settings = RegionalSettings("for invoices", default_policy(ACCOUNT), (("a", "1"),))
    decision = decide.create_key(MULTI._replace(settings=settings), MemoryView(REGION))
    (shared,) = decision.shared_events
    assert isinstance(shared, KeyCreated)
    assert shared.key_id == MULTI_REGION_KEY_ID
    assert shared.primary_region == REGION
    assert (shared.description, shared.policy, shared.tags) == ("", None, ())
    assert [(m.material_id, m.wrapped, m.sealed) for m in shared.materials] == [(MATERIAL.material_id, None, None)]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"spec": "RSA_2048"}, ValidationFailed),
        ({"spec": "RSA_2048", "usage": "KEY_AGREEMENT"}, ValidationFailed),
        ({"origin": "AWS_CLOUDHSM"}, ValidationFailed),
        ({"origin": "EXTERNAL", "spec": "ML_DSA_44", "usage": "SIGN_VERIFY"}, UnsupportedOperation),
        ({"settings": RegionalSettings(policy=LOCKED_OUT)}, MalformedPolicy),
        ({"settings": RegionalSettings(policy="{")}, MalformedPolicy),
        ({"settings": RegionalSettings(policy=" " * 32_769)}, LimitExceeded),
        ({"settings": RegionalSettings(tags=(("a", "1"), ("a", "2")))}, InvalidTag),
        ({"settings": RegionalSettings(tags=tuple((f"t{n}", "") for n in range(51)))}, InvalidTag),
        ({"settings": RegionalSettings(description="x" * 8193)}, ValidationFailed),
    ],
)
def test_what_create_key_refuses(changes: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        decide.create_key(SINGLE._replace(**changes), MemoryView(REGION))  # type: ignore[arg-type]


def test_the_bypass_lets_a_policy_lock_everybody_out() -> None:
    settings = RegionalSettings(policy=LOCKED_OUT, bypass_lockout_check=True)
    decision = decide.create_key(SINGLE._replace(settings=settings), MemoryView(REGION))
    assert isinstance(decision.events[0], KeyCreated)
    assert decision.events[0].policy == LOCKED_OUT


def test_the_quota_counts_keys_held_here() -> None:
    view = view_with(SINGLE)
    another = SINGLE._replace(key=ABSENT, keys_per_account=2)
    assert decide.create_key(another, view).events
    with pytest.raises(LimitExceeded):
        decide.create_key(another._replace(keys_per_account=1), view)


def test_keys_of_other_regions_do_not_count() -> None:
    view = MemoryView(REGION)
    view.apply(decide.create_key(MULTI, view).shared_events, origin="eu-west-1")
    assert decide.create_key(SINGLE._replace(keys_per_account=1), view).events


def test_enabling_and_disabling() -> None:
    view = view_with(SINGLE)
    disable = commands.SetKeyEnabled(NAME, enabled=False)
    assert decide.set_key_enabled(disable, view).events == (KeyDisabled(ACCOUNT, KEY_ID),)
    view.apply(decide.set_key_enabled(disable, view).events)
    assert only_key(view).state == "Disabled"
    assert decide.set_key_enabled(disable._replace(enabled=True), view).events == (KeyEnabled(ACCOUNT, KEY_ID),)


@pytest.mark.parametrize("enabled", [True, False])
def test_what_is_as_wanted_already_appends_nothing(enabled: bool) -> None:
    view = view_with(SINGLE)
    put_in_state(view, "Enabled" if enabled else "Disabled")
    assert decide.set_key_enabled(commands.SetKeyEnabled(NAME, enabled), view).events == ()


def test_a_new_description() -> None:
    view = view_with(SINGLE)
    command = commands.UpdateKeyDescription(NAME, "for invoices")
    decision = decide.update_key_description(command, view)
    assert decision.events == (KeyDescriptionUpdated(ACCOUNT, KEY_ID, "for invoices"),)
    view.apply(decision.events)
    assert decide.update_key_description(command, view).events == ()


def test_a_new_policy() -> None:
    view = view_with(SINGLE)
    policy = default_policy(ACCOUNT)
    command = commands.PutKeyPolicy(NAME, policy, False, AUTHOR, 32_768)
    decision = decide.put_key_policy(command, view)
    assert decision.events == (KeyPolicyPut(ACCOUNT, KEY_ID, policy),)
    view.apply(decision.events)
    assert decide.put_key_policy(command, view).events == ()
    with pytest.raises(MalformedPolicy):
        decide.put_key_policy(command._replace(policy=LOCKED_OUT), view)
    with pytest.raises(LimitExceeded):
        decide.put_key_policy(command._replace(policy_bytes=10), view)


def test_tags_are_merged_and_only_changes_are_recorded() -> None:
    view = view_with(SINGLE._replace(settings=RegionalSettings(tags=(("a", "1"), ("b", "2")))))
    decision = decide.tag_resource(commands.TagResource(NAME, (("c", "3"), ("b", "2"), ("a", "9")), 50), view)
    assert decision.events == (KeyTagged(ACCOUNT, KEY_ID, (("a", "9"), ("c", "3"))),)
    view.apply(decision.events)
    assert only_key(view).tags == (("a", "9"), ("b", "2"), ("c", "3"))


@pytest.mark.parametrize(
    ("tags", "text"),
    [
        ((("a", "1"), ("a", "2")), "Duplicate tag keys"),
        ((("AWS:a", "1"),), "Tags beginning with aws: are reserved"),
        ((("a", "1"), ("b", "2")), "Too many tags"),
        ((("a&b", "1"),), "Invalid tag"),
        ((("a", "My & My Team"),), "Invalid tag"),
        ((("<a>", "1"),), "Invalid tag"),
        ((("a", "\0"),), "Invalid tag"),
        ((("a\t", "1"),), "Invalid tag"),
    ],
)
def test_tags_that_break_a_rule(tags: Tags, text: str) -> None:
    view = view_with(SINGLE._replace(settings=RegionalSettings(tags=(("present", ""),))))
    with pytest.raises(InvalidTag) as refusal:
        decide.tag_resource(commands.TagResource(NAME, tags, tags_per_key=2), view)
    assert refusal.value.message == text


def test_every_letter_number_space_and_some_signs_make_a_tag() -> None:
    view = view_with(SINGLE)
    tags = (("Größe / 大小", "x_y.z:1/2=3+4-5@6 "), ("empty", ""))
    assert decide.tag_resource(commands.TagResource(NAME, tags, 50), view).events == (KeyTagged(ACCOUNT, KEY_ID, tags),)


def test_untagging_names_only_tags_that_are_there() -> None:
    view = view_with(SINGLE._replace(settings=RegionalSettings(tags=(("a", "1"), ("b", "2")))))
    decision = decide.untag_resource(commands.UntagResource(NAME, ("b", "absent")), view)
    assert decision.events == (KeyUntagged(ACCOUNT, KEY_ID, ("b",)),)
    assert decide.untag_resource(commands.UntagResource(NAME, ("absent",)), view).events == ()


CHANGES = {
    "EnableKey": lambda name, view: decide.set_key_enabled(commands.SetKeyEnabled(name, True), view),
    "UpdateKeyDescription": lambda name, view: decide.update_key_description(
        commands.UpdateKeyDescription(name, "new"), view
    ),
    "TagResource": lambda name, view: decide.tag_resource(commands.TagResource(name, (("a", "1"),), 50), view),
    "UntagResource": lambda name, view: decide.untag_resource(commands.UntagResource(name, ("a",)), view),
}


@pytest.mark.parametrize("operation", CHANGES)
def test_changes_look_at_the_state_that_they_are_decided_on(operation: str) -> None:
    view = view_with(SINGLE)
    put_in_state(view, "PendingDeletion")
    with pytest.raises(InvalidKeyState) as refusal:
        CHANGES[operation](NAME, view)
    assert refusal.value.message == f"{ARN} is pending deletion."


@pytest.mark.parametrize("operation", CHANGES)
def test_changes_of_a_key_that_is_not_there(operation: str) -> None:
    with pytest.raises(NotFound) as refusal:
        CHANGES[operation](ABSENT, view_with(SINGLE))
    assert refusal.value.message == f"Key 'arn:aws:kms:{REGION}:{ACCOUNT}:key/{ABSENT.key_id}' does not exist"
