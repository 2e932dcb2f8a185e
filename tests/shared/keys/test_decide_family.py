"""Keys that begin with their replicas: new ones, and those that inherit from a single-region key."""

import pytest

from shared.errors import (
    AlreadyExists,
    InvalidTag,
    KeyDisabled,
    KeytideError,
    LimitExceeded,
    MalformedPolicy,
    NotFound,
    UnsupportedOperation,
    ValidationFailed,
)
from shared.events import KeyConverted, KeyFamilyCreated, MaterialBorn, Tags
from shared.identifiers import key_stream
from shared.keys.commands import (
    CreateKey,
    EnableKeyRotation,
    RegionalSettings,
    ReplicateKey,
    RotateKeyOnDemand,
    ScheduleKeyDeletion,
    SettingsLimits,
    TagResource,
    UntagResource,
)
from shared.keys.decide import tag_resource, untag_resource
from shared.keys.decide_deletion import delete_key, schedule_key_deletion
from shared.keys.decide_family import ConvertKey, convert_key, convertible, create_family
from shared.keys.decide_replica import replicate_key
from shared.keys.decide_rotation import enable_key_rotation, rotate_on_demand
from shared.keys.errors import HasHeir
from shared.keys.heirs import heir_of, key_of_blob
from shared.keys.model import Key, Rotation
from shared.keys.replicas_tag import REPLICAS_TAG
from shared.keys.times import days
from tests.shared.keys.examples import (
    ACCOUNT,
    AUTHOR,
    IMPORTABLE,
    KEY_ID,
    MATERIAL,
    MULTI,
    MULTI_REGION_KEY_ID,
    MULTI_REGION_NAME,
    NAME,
    REGION,
    SINGLE,
    Family,
    view_with,
)
from tests.shared.memory_view import MemoryView

EUROPE, ASIA = "eu-west-1", "ap-southeast-2"
PEERS = frozenset((EUROPE, ASIA))


def asking(value: str, *others: tuple[str, str]) -> CreateKey:
    material = MULTI.material
    assert material is not None
    sealed = material._replace(sealed={EUROPE: b"sealed", ASIA: b"sealed too"})
    settings = RegionalSettings("text", None, ((REPLICAS_TAG, value), *others))
    return MULTI._replace(settings=settings, material=sealed)


def family_with(command: CreateKey) -> Family:
    """The three regions, after one record."""
    family = Family.__new__(Family)
    family.regions, family.key_id = (REGION, EUROPE, ASIA), command.key.key_id
    family.views = {region: MemoryView(region) for region in family.regions}
    family.do(REGION, create_family(command, family.views[REGION], PEERS))
    return family


def test_one_event_makes_primary_and_replicas_with_the_same_settings() -> None:
    command = asking(f"{EUROPE} {ASIA}", ("a", "b"))
    decision = create_family(command, MemoryView(REGION), PEERS)
    (own,), (shared,) = decision.events, decision.shared_events
    assert isinstance(own, KeyFamilyCreated)
    assert isinstance(shared, KeyFamilyCreated)
    assert [(m.wrapped, m.sealed) for m in own.materials] == [(b"wrapped", None)]
    assert [(m.wrapped, m.sealed) for m in shared.materials] == [(None, {EUROPE: b"sealed", ASIA: b"sealed too"})]
    assert decision.answer == MULTI_REGION_KEY_ID
    family = family_with(command)
    for region, wrapped in ((REGION, b"wrapped"), (EUROPE, b"sealed"), (ASIA, b"sealed too")):
        key = family.key(region)
        assert (key.state, key.primary_region, key.replica_regions) == ("Enabled", REGION, (ASIA, EUROPE))
        assert (key.current_material.wrapped, key.description) == (wrapped, "text")
        assert dict(key.tags) == {"a": "b", REPLICAS_TAG: f"{EUROPE} {ASIA}"}


def test_a_region_that_is_not_named_knows_the_key_and_nothing_of_its_settings() -> None:
    key = family_with(asking(EUROPE)).key(ASIA)
    assert (key.held_here, key.description, key.policy, key.tags) == (False, "", None, ())


def test_a_family_with_imported_material_awaits_it_everywhere() -> None:
    family = family_with(asking(EUROPE)._replace(origin="EXTERNAL", material=None))
    assert [family.key(region).state for region in (REGION, EUROPE, ASIA)] == ["PendingImport", "PendingImport", None]


def test_a_family_that_began_together_is_replicated_further() -> None:
    family = family_with(asking(EUROPE))
    family.replicate(ASIA)
    assert family.key(ASIA).state == "Enabled"
    with pytest.raises(AlreadyExists):
        family.replicate(EUROPE)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", "takes the names of regions"),
        ("  ", "takes the names of regions"),
        (REGION, f"{REGION} is the region of the primary key"),
        (f"{EUROPE} {EUROPE}", "a region is named twice"),
        (f"{EUROPE} sa-east-1", "sa-east-1 is not a region of this deployment. Known regions: ap-southeast-2, eu-west"),
        (f"{EUROPE},{ASIA}", "is not a region of this deployment"),
    ],
)
def test_replicas_that_cannot_be_are_refused(value: str, text: str) -> None:
    with pytest.raises(InvalidTag) as refusal:
        create_family(asking(value), MemoryView(REGION), PEERS)
    assert text in refusal.value.message


def test_a_single_region_key_has_no_replicas() -> None:
    with pytest.raises(InvalidTag) as refusal:
        create_family(asking(EUROPE)._replace(multi_region=False), MemoryView(REGION), PEERS)
    assert refusal.value.message == f"{REPLICAS_TAG} is for multi-region keys"


def test_what_create_key_refuses_is_refused_with_replicas() -> None:
    command = asking(EUROPE)
    malformed = command._replace(settings=command.settings._replace(policy="{"))
    with pytest.raises(MalformedPolicy):
        create_family(malformed, MemoryView(REGION), PEERS)
    with pytest.raises(LimitExceeded):
        create_family(command._replace(keys_per_account=0), MemoryView(REGION), PEERS)


@pytest.mark.parametrize(("tags", "refused"), [(((REPLICAS_TAG, ASIA),), True), (((REPLICAS_TAG, EUROPE),), False)])
def test_the_tag_is_read_when_the_key_is_created_alone(tags: Tags, refused: bool) -> None:
    family = family_with(asking(EUROPE))
    command = TagResource(family.name(), tags, 50)
    if not refused:
        assert tag_resource(command, family.views[REGION]).events == ()
        return
    with pytest.raises(InvalidTag):
        tag_resource(command, family.views[REGION])
    replicate = ReplicateKey(family.name(), ASIA, PEERS, RegionalSettings(tags=tags), SettingsLimits(), AUTHOR)
    with pytest.raises(InvalidTag):
        replicate_key(replicate, family.views[REGION], {})


def test_the_tag_may_be_taken_away() -> None:
    family = family_with(asking(EUROPE))
    assert untag_resource(UntagResource(family.name(), (REPLICAS_TAG,)), family.views[REGION]).events


CONVERT = ConvertKey(NAME, MULTI_REGION_KEY_ID, (EUROPE,), PEERS, 1000)
SECOND = MATERIAL._replace(material_id="cd" * 32)


def inherited(key: Key) -> tuple[MaterialBorn, ...]:
    return tuple(
        MaterialBorn(m.material_id, m.born_key_id, m.created_at, b"for the heir", {EUROPE: b"sealed"})
        for m in key.materials
    )


def single(*, rotated: bool = False, scheduled: bool = False) -> MemoryView:
    settings = RegionalSettings("text", None, (("a", "b"),))
    view = view_with(SINGLE._replace(settings=settings))
    if rotated:
        view.apply(rotate_on_demand(RotateKeyOnDemand(NAME, view.time), view, SECOND).events)
    if scheduled:
        view.apply(enable_key_rotation(EnableKeyRotation(NAME, 90), view).events)
    return view


def converted(view: MemoryView) -> tuple[MemoryView, MemoryView, MemoryView]:
    """The region of the key, that of the heir's replica, and another."""
    key = view.key(ACCOUNT, KEY_ID)
    assert key is not None
    decision = convert_key(CONVERT, view, inherited(key))
    europe, asia = MemoryView(EUROPE), MemoryView(ASIA)
    view.apply(decision.events)
    for there in (europe, asia):
        there.apply(decision.shared_events, REGION, {"ab" * 32: b"sealed", "cd" * 32: b"sealed"})
    return view, europe, asia


def heir(view: MemoryView) -> Key:
    key = view.key(ACCOUNT, MULTI_REGION_KEY_ID)
    assert key is not None
    return key


def test_the_heir_has_all_material_under_its_ids_and_the_settings() -> None:
    home, europe, asia = converted(single(rotated=True, scheduled=True))
    old = home.key(ACCOUNT, KEY_ID)
    assert old is not None
    for view, wrapped in ((home, b"for the heir"), (europe, b"sealed")):
        key = heir(view)
        names = [(m.material_id, m.born_key_id, m.created_at) for m in old.materials]
        assert [(m.material_id, m.born_key_id, m.created_at) for m in key.materials] == names
        assert {material.wrapped for material in key.materials} == {wrapped}
        assert (key.state, key.description, key.tags) == ("Enabled", "text", (("a", "b"),))
        assert (key.primary_region, key.replica_regions) == (REGION, (EUROPE,))
        assert key.rotation == Rotation(90, view.time + days(90))
        assert key.current_material.material_id == SECOND.material_id
    assert (heir(asia).held_here, heir(asia).tags) == (False, ())


def test_the_old_key_keeps_what_it_has_and_is_not_shared() -> None:
    before = single(rotated=True, scheduled=True).key(ACCOUNT, KEY_ID)
    view = single(rotated=True, scheduled=True)
    decision = convert_key(CONVERT, view, inherited(before) if before else ())
    assert [type(event) for event in decision.shared_events] == [KeyFamilyCreated]
    assert decision.events[1] == KeyConverted(ACCOUNT, KEY_ID, MULTI_REGION_KEY_ID)
    home, *_ = converted(view)
    after = home.key(ACCOUNT, KEY_ID)
    assert before is not None
    assert after == before._replace(rotation=None, heir_key_id=MULTI_REGION_KEY_ID)


def test_the_old_key_is_not_rotated_while_any_region_has_its_heir() -> None:
    home, *_ = converted(single())
    for attempt in (
        lambda: rotate_on_demand(RotateKeyOnDemand(NAME, home.time), home, SECOND),
        lambda: enable_key_rotation(EnableKeyRotation(NAME, 90), home),
        lambda: convertible(CONVERT, home),
    ):
        with pytest.raises(HasHeir) as refusal:
            attempt()
        assert MULTI_REGION_KEY_ID in refusal.value.message
    elsewhere = heir(home)._replace(state=None, primary_region=EUROPE, replica_regions=())
    home.states[key_stream(ACCOUNT, MULTI_REGION_KEY_ID)] = elsewhere
    with pytest.raises(HasHeir):
        rotate_on_demand(RotateKeyOnDemand(NAME, home.time), home, SECOND)
    del home.states[key_stream(ACCOUNT, MULTI_REGION_KEY_ID)]
    assert rotate_on_demand(RotateKeyOnDemand(NAME, home.time), home, SECOND).events


@pytest.mark.parametrize("gone", [KEY_ID, MULTI_REGION_KEY_ID])
def test_neither_key_takes_the_material_of_the_other_with_it(gone: str) -> None:
    home, *_ = converted(single())
    if gone == MULTI_REGION_KEY_ID:
        home.states[key_stream(ACCOUNT, gone)] = heir(home)._replace(replica_regions=())
    name = NAME._replace(key_id=gone)
    home.apply(schedule_key_deletion(ScheduleKeyDeletion(name, 7, home.time), home).events)
    home.apply(delete_key(name, home).events)
    assert home.key(ACCOUNT, gone) is None
    (left,) = home.keys(ACCOUNT, "")
    assert left.current_material.wrapped is not None
    found = key_of_blob(home, ACCOUNT, KEY_ID, MATERIAL.material_id)
    assert found is not None
    assert found.key_id == left.key_id
    assert heir_of(home, left) is None


def test_a_blob_of_the_old_key_is_for_the_old_key_where_it_is_and_elsewhere_for_its_heir() -> None:
    home, europe, asia = converted(single())
    found = [key_of_blob(view, ACCOUNT, KEY_ID, MATERIAL.material_id) for view in (home, europe, asia)]
    assert [key and key.key_id for key in found] == [KEY_ID, MULTI_REGION_KEY_ID, None]
    assert key_of_blob(europe, ACCOUNT, KEY_ID, "ef" * 32) is None
    assert key_of_blob(europe, ACCOUNT, "0" * 36, MATERIAL.material_id) is None


def altered(**changes: object) -> MemoryView:
    view = view_with(SINGLE)
    key = view.key(ACCOUNT, KEY_ID)
    assert key is not None
    view.states[key_stream(ACCOUNT, KEY_ID)] = key._replace(**changes)  # type: ignore[arg-type]
    return view


@pytest.mark.parametrize(
    ("command", "view", "error", "text"),
    [
        (CONVERT, MemoryView(REGION), NotFound, "does not exist"),
        (
            CONVERT._replace(key=MULTI_REGION_NAME),
            view_with(MULTI),
            UnsupportedOperation,
            "a multi-region key already.",
        ),
        (CONVERT, altered(state="Disabled"), KeyDisabled, "is disabled."),
        (CONVERT, view_with(IMPORTABLE), UnsupportedOperation, "origin is EXTERNAL which is not valid"),
        (CONVERT, altered(origin="AWS_CLOUDHSM"), UnsupportedOperation, "origin is AWS_CLOUDHSM which is not valid"),
        (CONVERT, altered(key_manager="AWS"), UnsupportedOperation, "cannot have replicas."),
        (CONVERT._replace(replica_regions=(REGION,)), single(), ValidationFailed, "region of the primary key"),
        (CONVERT._replace(replica_regions=(ASIA, ASIA)), single(), ValidationFailed, "named twice"),
        (CONVERT._replace(replica_regions=("sa-east-1",)), single(), ValidationFailed, "not a region of this deploy"),
        (CONVERT._replace(keys_per_account=1), single(), LimitExceeded, "quota"),
    ],
)
def test_keys_that_cannot_be_converted(
    command: ConvertKey, view: MemoryView, error: type[KeytideError], text: str
) -> None:
    with pytest.raises(error) as refusal:
        convertible(command, view)
    assert text in refusal.value.message


@pytest.mark.parametrize(("spec", "usage"), [("RSA_2048", "SIGN_VERIFY"), ("HMAC_256", "GENERATE_VERIFY_MAC")])
def test_keys_of_every_spec_are_converted(spec: str, usage: str) -> None:
    view = view_with(SINGLE._replace(spec=spec, usage=usage))
    home, europe, _ = converted(view)
    assert [(heir(view).spec, heir(view).usage) for view in (home, europe)] == [(spec, usage)] * 2
