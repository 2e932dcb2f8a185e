"""Aliases that all regions of a key have in common, beside those that a region has alone."""

import pytest

from shared.aliases import decide
from shared.aliases.commands import CreateAlias, DeleteAlias, UpdateAlias
from shared.aliases.model import Alias
from shared.decision import Decision
from shared.errors import AlreadyExists, LimitExceeded, NotFound
from shared.events import KeyTagged
from shared.keys.commands import KeyName, TagResource, UpdatePrimaryRegion
from shared.keys.decide import create_key, tag_resource
from shared.keys.decide_deletion import delete_key
from shared.keys.decide_primary import update_primary_region
from shared.keys.errors import FollowsPrimary
from shared.keys.sharing import REPLICATE_TAG
from tests.shared.keys.examples import ACCOUNT, KEY_ID, MULTI, NAME, REGION, SINGLE, Family
from tests.shared.keys.test_decide_sharing import ASIA, EUROPE, replicated, tag, untag

A, B = "alias/a", "alias/b"


def single(region: str) -> KeyName:
    """A single-region key in the region."""
    return NAME._replace(region=region)


def family_of(*replicas: str) -> Family:
    family = Family(MULTI, *replicas)
    for region, view in family.views.items():
        view.apply(create_key(SINGLE._replace(key=single(region)), view).events)
    return family


def create(family: Family, alias: str, to: KeyName, quota: int = 50) -> None:
    command = CreateAlias(alias, to, quota)
    family.do(to.region, decide.create_alias(command, family.views[to.region]))


def update(family: Family, alias: str, to: KeyName) -> None:
    family.do(to.region, decide.update_alias(UpdateAlias(alias, to, 50), family.views[to.region]))


def delete(family: Family, region: str, alias: str) -> None:
    family.do(region, decide.delete_alias(DeleteAlias(region, ACCOUNT, alias), family.views[region]))


def target(family: Family, region: str, alias: str) -> str | None:
    found = family.views[region].alias(ACCOUNT, alias)
    return None if found is None else found.key_id


def names(family: Family, region: str) -> list[str]:
    return [alias.alias for alias in family.views[region].aliases_of(ACCOUNT, family.key_id, "")]


def test_aliases_of_before_and_later_ones_reach_every_region() -> None:
    family = family_of(EUROPE)
    create(family, A, family.name())
    tag(family, replicate="aliases")
    create(family, B, family.name())
    assert names(family, REGION) == names(family, EUROPE) == [A, B]
    assert target(family, EUROPE, A) == family.key_id
    replicated(family, ASIA)
    assert names(family, ASIA) == [A, B]


def test_an_alias_goes_and_moves_everywhere() -> None:
    family = family_of(EUROPE)
    tag(family, replicate="aliases")
    create(family, A, family.name())
    create(family, B, family.name())
    delete(family, REGION, A)
    assert names(family, EUROPE) == [B]
    update(family, B, single(REGION))
    assert (target(family, REGION, B), target(family, EUROPE, B)) == (KEY_ID, None)
    update(family, B, family.name())
    assert (target(family, REGION, B), target(family, EUROPE, B)) == (family.key_id, family.key_id)
    update(family, B, family.name())
    assert names(family, REGION) == [B]


def test_what_follows_is_read_only_at_a_replica() -> None:
    family = family_of(EUROPE)
    tag(family, replicate="aliases")
    create(family, A, family.name())
    with pytest.raises(FollowsPrimary):
        create(family, B, family.name(EUROPE))
    with pytest.raises(FollowsPrimary):
        delete(family, EUROPE, A)
    with pytest.raises(FollowsPrimary):
        update(family, A, single(EUROPE))
    create(family, B, single(EUROPE))
    with pytest.raises(FollowsPrimary):
        update(family, B, family.name(EUROPE))


def test_a_name_that_is_taken_stays_and_is_given_when_it_comes_free() -> None:
    family = family_of(EUROPE)
    create(family, A, single(EUROPE))
    tag(family, replicate="aliases")
    create(family, A, family.name())
    assert (target(family, REGION, A), target(family, EUROPE, A)) == (family.key_id, KEY_ID)
    assert names(family, EUROPE) == []
    delete(family, EUROPE, A)
    assert target(family, EUROPE, A) == family.key_id


def test_a_name_that_all_regions_have_is_taken() -> None:
    family = family_of(EUROPE)
    tag(family, replicate="aliases")
    create(family, A, family.name())
    with pytest.raises(AlreadyExists):
        create(family, A, single(EUROPE))
    create(family, A, single(ASIA))


def test_a_replica_keeps_its_aliases_when_the_tag_no_longer_names_them() -> None:
    family = family_of(EUROPE)
    tag(family, replicate="aliases")
    create(family, A, family.name())
    untag(family, REGION, REPLICATE_TAG)
    delete(family, REGION, A)
    create(family, B, family.name(EUROPE))
    assert (names(family, REGION), names(family, EUROPE)) == ([], [A, B])
    update(family, A, single(EUROPE))
    assert target(family, EUROPE, A) == KEY_ID


def test_following_again_gives_what_the_primary_has_by_then() -> None:
    family = family_of(EUROPE)
    tag(family, replicate="aliases")
    create(family, A, family.name())
    untag(family, REGION, REPLICATE_TAG)
    delete(family, REGION, A)
    create(family, B, family.name())
    tag(family, replicate="aliases")
    assert names(family, REGION) == names(family, EUROPE) == [B]


def test_after_a_hand_over_the_new_primary_says_which_aliases_there_are() -> None:
    family = family_of(EUROPE)
    create(family, A, family.name())
    tag(family, replicate="aliases")
    command = UpdatePrimaryRegion(family.name(), EUROPE)
    family.do(REGION, update_primary_region(command, family.views[REGION]))
    delete(family, EUROPE, A)
    create(family, B, family.name(EUROPE))
    assert names(family, REGION) == names(family, EUROPE) == [B]


def test_the_quota_counts_both_kinds() -> None:
    family = family_of(EUROPE)
    create(family, A, family.name())
    tag(family, replicate="aliases")
    with pytest.raises(LimitExceeded):
        create(family, B, family.name(), quota=1)


def test_listings_show_both_kinds_in_order_and_page_by_page() -> None:
    family = family_of(EUROPE)
    create(family, "alias/b", single(EUROPE))
    tag(family, replicate="aliases")
    for name in ("alias/a", "alias/a-b", "alias/ab", "alias/b", "alias/c"):
        create(family, name, family.name())
    listed = list(family.views[EUROPE].aliases(ACCOUNT, ""))
    assert [alias.alias for alias in listed] == ["alias/a", "alias/a-b", "alias/ab", "alias/b", "alias/c"]
    assert listed[3].key_id == KEY_ID
    assert next(family.views[EUROPE].aliases(ACCOUNT, "alias/a")).alias == "alias/a-b"


def test_a_replica_that_goes_takes_its_own_aliases_alone() -> None:
    family = family_of(EUROPE)
    create(family, B, family.name(EUROPE))
    tag(family, replicate="aliases")
    create(family, A, family.name())
    assert names(family, EUROPE) == [A, B]
    gone = delete_key(family.name(EUROPE), family.views[EUROPE])
    family.do(EUROPE, gone)
    assert (target(family, EUROPE, A), target(family, EUROPE, B)) == (None, None)
    assert names(family, REGION) == [A]
    with pytest.raises(NotFound):
        delete(family, EUROPE, A)


def test_an_alias_keeps_the_time_since_when_it_is_had_in_common() -> None:
    family = family_of(EUROPE)
    tag(family, replicate="aliases")
    create(family, A, family.name())
    made = family.views[REGION].alias(ACCOUNT, A)
    for view in family.views.values():
        view.time += 5
    create(family, B, family.name())
    assert family.views[EUROPE].alias(ACCOUNT, A) == made
    assert isinstance(made, Alias)


def test_a_later_change_of_tags_leaves_the_aliases_as_they_are() -> None:
    family = family_of(EUROPE)
    tag(family, replicate="aliases")
    command = TagResource(family.name(), (("cost", "1"),), 50)
    assert tag_resource(command, family.views[REGION]) == Decision(
        (KeyTagged(ACCOUNT, family.key_id, (("cost", "1"),)),)
    )
