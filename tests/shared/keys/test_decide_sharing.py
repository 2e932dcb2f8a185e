"""What a key asks its regions to have in common follows the primary; the rest stays where it is."""

from collections.abc import Callable

import pytest

from shared.decision import Decision
from shared.errors import InvalidKeyState, InvalidTag
from shared.events import KeySettingsShared, Tags
from shared.grants.commands import CreateGrant
from shared.grants.decide import create_grant
from shared.grants.decide_sharing import give_grants
from shared.grants.terms import GrantTerms
from shared.keys import decide
from shared.keys.commands import (
    PutKeyPolicy,
    RegionalSettings,
    ReplicateKey,
    SettingsLimits,
    TagResource,
    UntagResource,
    UpdatePrimaryRegion,
)
from shared.keys.decide_deletion import delete_key
from shared.keys.decide_primary import update_primary_region
from shared.keys.decide_replica import replicate_key
from shared.keys.errors import FollowsPrimary
from shared.keys.sharing import REPLICATE_TAG, alias_names
from tests.shared.keys.examples import ACCOUNT, ALICE, AUTHOR, MULTI, REGION, SINGLE, Family, view_with

EUROPE, ASIA = "eu-west-1", "ap-southeast-2"
STATEMENT = '"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}'
FIRST, SECOND = (f'{{"Version":"2012-10-17","Id":"{name}",{STATEMENT}}}' for name in ("first", "second"))
EVERYTHING = "policy grants aliases tags"


def put(family: Family, region: str, policy: str) -> None:
    command = PutKeyPolicy(family.name(region), policy, True, AUTHOR, 32_768)
    family.do(region, decide.put_key_policy(command, family.views[region]))


def tag(family: Family, region: str = REGION, **tags: str) -> None:
    named = tuple((name.replace("replicate", REPLICATE_TAG), value) for name, value in tags.items())
    family.do(region, decide.tag_resource(TagResource(family.name(region), named, 50), family.views[region]))


def untag(family: Family, region: str, *names: str) -> None:
    family.do(region, decide.untag_resource(UntagResource(family.name(region), names), family.views[region]))


def hand_over(family: Family, to: str) -> Decision:
    return update_primary_region(UpdatePrimaryRegion(family.name(), to), family.views[REGION])


def replicated(family: Family, to: str, settings: RegionalSettings = RegionalSettings()) -> None:
    command = ReplicateKey(family.name(), to, frozenset((EUROPE, ASIA)), settings, SettingsLimits(), AUTHOR)
    sealed = {material.material_id: {to: b"secret"} for material in family.key().materials}
    family.do(REGION, replicate_key(command, family.views[REGION], sealed))


def grant(family: Family, grant_id: str = "ab" * 32, region: str = REGION) -> None:
    terms = GrantTerms(("Decrypt",), grantee_principal=ALICE)
    command = CreateGrant(family.name(region), grant_id, ACCOUNT, terms, 50_000)
    family.do(region, create_grant(command, family.views[region]))


@pytest.mark.parametrize("replicate", ["policy", "policy tags", EVERYTHING])
def test_the_policy_of_before_and_every_later_one_reach_the_replicas(replicate: str) -> None:
    family = Family(MULTI, EUROPE, ASIA)
    put(family, REGION, FIRST)
    assert family.key(EUROPE).policy is None
    tag(family, replicate=replicate)
    assert [family.key(region).policy for region in (EUROPE, ASIA)] == [FIRST, FIRST]
    put(family, REGION, SECOND)
    assert [family.key(region).policy for region in (EUROPE, ASIA)] == [SECOND, SECOND]


def test_what_the_tag_does_not_name_stays_regional() -> None:
    family = Family(MULTI, EUROPE)
    tag(family, EUROPE, ours="yes")
    tag(family, replicate="grants", theirs="yes")
    put(family, REGION, FIRST)
    put(family, EUROPE, SECOND)
    assert family.key(EUROPE).policy == SECOND
    assert family.key(EUROPE).tags == ((REPLICATE_TAG, "grants"), ("ours", "yes"))


def test_all_tags_follow_where_they_are_named() -> None:
    family = Family(MULTI, EUROPE)
    tag(family, EUROPE, ours="yes")
    tag(family, replicate="tags", theirs="yes")
    assert family.key(EUROPE).tags == family.key().tags == ((REPLICATE_TAG, "tags"), ("theirs", "yes"))
    untag(family, REGION, "theirs")
    assert family.key(EUROPE).tags == ((REPLICATE_TAG, "tags"),)


def test_a_change_that_nobody_follows_is_not_told() -> None:
    family = Family(MULTI, EUROPE)
    tag(family, replicate="tags")
    command = PutKeyPolicy(family.name(), FIRST, True, AUTHOR, 32_768)
    assert decide.put_key_policy(command, family.views[REGION]).shared_events == ()


def test_nothing_is_told_while_there_is_no_replica() -> None:
    view = view_with(MULTI)
    command = TagResource(MULTI.key, ((REPLICATE_TAG, EVERYTHING),), 50)
    assert decide.tag_resource(command, view).shared_events == ()


def test_what_is_told_holds_what_is_named_and_nothing_else() -> None:
    family = Family(MULTI, EUROPE)
    put(family, REGION, FIRST)
    command = TagResource(family.name(), ((REPLICATE_TAG, "grants"), ("cost", "1")), 50)
    (told,) = decide.tag_resource(command, family.views[REGION]).shared_events
    assert told == KeySettingsShared(ACCOUNT, family.key_id, "grants")


CHANGES: list[Callable[[Family], None]] = [
    lambda family: put(family, EUROPE, SECOND),
    lambda family: tag(family, EUROPE, ours="yes"),
    lambda family: untag(family, EUROPE, "theirs"),
    lambda family: tag(family, EUROPE, replicate="grants"),
    lambda family: untag(family, EUROPE, REPLICATE_TAG),
    lambda family: grant(family, region=EUROPE),
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_follows_is_read_only_at_a_replica(change: Callable[[Family], None]) -> None:
    family = Family(MULTI, EUROPE)
    tag(family, replicate=EVERYTHING, theirs="yes")
    before = family.key(EUROPE)
    with pytest.raises(FollowsPrimary, match=f"only at its primary key, in {REGION}"):
        change(family)
    assert family.key(EUROPE) == before


@pytest.mark.parametrize("change", CHANGES[:3])
def test_a_replica_that_follows_nothing_is_its_own(change: Callable[[Family], None]) -> None:
    family = Family(MULTI, EUROPE)
    tag(family, EUROPE, theirs="yes")
    change(family)


@pytest.mark.parametrize("change", CHANGES[3:5])
def test_the_tag_itself_is_read_only_at_every_replica(change: Callable[[Family], None]) -> None:
    with pytest.raises(FollowsPrimary):
        change(Family(MULTI, EUROPE))


def test_a_replica_keeps_what_it_has_when_the_tag_no_longer_names_it() -> None:
    family = Family(MULTI, EUROPE)
    put(family, REGION, FIRST)
    tag(family, replicate="policy tags", theirs="yes")
    untag(family, REGION, REPLICATE_TAG)
    assert (family.key(EUROPE).policy, family.key(EUROPE).tags) == (FIRST, (("theirs", "yes"),))
    put(family, REGION, SECOND)
    assert family.key(EUROPE).policy == FIRST
    put(family, EUROPE, SECOND)
    tag(family, EUROPE, ours="yes")


def test_a_later_replica_is_born_with_all_that_follows() -> None:
    family = Family(MULTI, EUROPE)
    put(family, REGION, FIRST)
    tag(family, replicate=EVERYTHING, theirs="yes")
    replicated(family, ASIA)
    primary, replica = family.key(), family.key(ASIA)
    assert (replica.policy, replica.tags, replica.shares_grants) == (primary.policy, primary.tags, True)


def test_a_later_replica_gets_its_own_settings_for_the_rest() -> None:
    family = Family(MULTI)
    tag(family, replicate="grants")
    replicated(family, ASIA, RegionalSettings("text", FIRST, (("ours", "yes"),), True))
    assert family.key(ASIA).policy == FIRST
    assert family.key(ASIA).tags == ((REPLICATE_TAG, "grants"), ("ours", "yes"))


@pytest.mark.parametrize(
    "settings",
    [
        RegionalSettings(policy=SECOND),
        RegionalSettings(tags=(("ours", "yes"),)),
        RegionalSettings(tags=((REPLICATE_TAG, "tags"),)),
    ],
)
def test_a_later_replica_cannot_ask_for_something_else(settings: RegionalSettings) -> None:
    family = Family(MULTI)
    tag(family, replicate=EVERYTHING)
    with pytest.raises(FollowsPrimary):
        replicated(family, ASIA, settings)


def test_a_new_replica_cannot_bring_the_tag() -> None:
    with pytest.raises(FollowsPrimary):
        replicated(Family(MULTI), ASIA, RegionalSettings(tags=((REPLICATE_TAG, "tags"),)))


def test_who_says_it_moves_with_the_primary() -> None:
    family = Family(MULTI, EUROPE, ASIA)
    tag(family, replicate="policy tags")
    family.do(REGION, hand_over(family, EUROPE))
    put(family, EUROPE, SECOND)
    assert [family.key(region).policy for region in family.regions] == [SECOND] * 3
    with pytest.raises(FollowsPrimary):
        put(family, REGION, FIRST)
    untag(family, EUROPE, REPLICATE_TAG)
    put(family, REGION, FIRST)


def test_a_primary_hands_over_once_its_grants_are_given() -> None:
    family = Family(MULTI, EUROPE)
    grant(family)
    assert hand_over(family, EUROPE).events
    tag(family, replicate="grants")
    with pytest.raises(InvalidKeyState, match="still giving its grants"):
        hand_over(family, EUROPE)
    family.do(REGION, give_grants(family.name(), family.views[REGION]))
    assert hand_over(family, EUROPE).events


@pytest.mark.parametrize("value", ["", " ", "everything", "policy,grants", "Policy"])
def test_a_tag_that_cannot_be_followed_is_refused(value: str) -> None:
    with pytest.raises(InvalidTag):
        tag(Family(MULTI), replicate=value)


def tagged(tags: Tags) -> RegionalSettings:
    return RegionalSettings(tags=tags)


def test_the_tag_is_for_multi_region_keys() -> None:
    command = TagResource(SINGLE.key, ((REPLICATE_TAG, "policy"),), 50)
    with pytest.raises(InvalidTag):
        decide.tag_resource(command, view_with(SINGLE))
    with pytest.raises(InvalidTag):
        view_with(SINGLE._replace(settings=tagged(command.tags)))


def test_a_key_may_be_created_with_the_tag() -> None:
    family = Family(MULTI._replace(settings=tagged(((REPLICATE_TAG, EVERYTHING),))))
    grant(family)
    replicated(family, EUROPE)
    assert family.key(EUROPE).tags == family.key().tags
    assert list(family.views[EUROPE].grants(ACCOUNT, family.key_id, ""))


def test_a_region_whose_replica_goes_keeps_nothing_that_was_in_common() -> None:
    family = Family(MULTI, EUROPE)
    tag(family, replicate=EVERYTHING)
    family.do(EUROPE, delete_key(family.name(EUROPE), family.views[EUROPE]))
    gone = family.key(EUROPE)
    assert (gone.policy, gone.tags, alias_names(gone), gone.shares_grants) == (None, (), (), False)
    untag(family, REGION, REPLICATE_TAG)
    replicated(family, EUROPE)
    assert (family.key(EUROPE).tags, family.key(EUROPE).shares_grants) == ((), False)
