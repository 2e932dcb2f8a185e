"""Several decisions about one key stand in one record, each as if those before had taken effect."""

import pytest

from shared.aliases.commands import CreateAlias
from shared.aliases.decide import create_alias
from shared.decision import Decision, StateView
from shared.errors import LimitExceeded
from shared.events import AliasCreated, KeySettingsShared
from shared.identifiers import alias_stream
from shared.keys import decide
from shared.keys.commands import PutKeyPolicy, TagResource, UntagResource
from shared.keys.in_one_record import Decide, in_one_record
from shared.keys.sharing import REPLICATE_TAG, alias_names, settings_of
from tests.shared.keys.examples import ACCOUNT, AUTHOR, MULTI, REGION, SINGLE, Family, view_with
from tests.shared.keys.test_decide_sharing import EUROPE, FIRST

NOW = 1_800_000_000_000


def steps(family: Family) -> list[Decide]:
    name = family.name()
    tags = ((REPLICATE_TAG, "policy aliases tags"), ("team", "blue"))
    return [
        lambda view: decide.put_key_policy(PutKeyPolicy(name, FIRST, True, AUTHOR, 32_768), view),
        lambda view: decide.tag_resource(TagResource(name, tags, 50), view),
        lambda view: create_alias(CreateAlias("alias/one", name, 50), view),
        lambda view: create_alias(CreateAlias("alias/two", name, 50), view),
        lambda view: decide.untag_resource(UntagResource(name, ("old",)), view),
    ]


def family_with_old_tag() -> Family:
    family = Family(MULTI, EUROPE)
    family.do(REGION, decide.tag_resource(TagResource(family.name(), (("old", "yes"),), 50), family.views[REGION]))
    return family


def test_it_comes_to_what_the_decisions_one_by_one_come_to() -> None:
    one_by_one, at_once = family_with_old_tag(), family_with_old_tag()
    for step in steps(one_by_one):
        one_by_one.do(REGION, step(one_by_one.views[REGION]))
    decision = in_one_record(steps(at_once), at_once.name(), NOW, at_once.views[REGION])
    at_once.do(REGION, decision)
    for region in (REGION, EUROPE):
        assert settings_of(at_once.key(region)) == settings_of(one_by_one.key(region))
        assert at_once.key(region).tags == one_by_one.key(region).tags
    assert alias_names(at_once.key(EUROPE)) == ("alias/one", "alias/two")
    assert decision.shared_events == (settings_of(at_once.key()),)
    assert {alias_stream(ACCOUNT, f"alias/{name}") for name in ("one", "two")} <= set(decision.rests_on)


def test_the_other_regions_hear_the_whole_once() -> None:
    family = family_with_old_tag()
    told = in_one_record(steps(family), family.name(), NOW, family.views[REGION]).shared_events
    assert [type(event) for event in told] == [KeySettingsShared]


def test_a_quota_counts_what_comes_before_in_the_record() -> None:
    family = family_with_old_tag()
    tight: Decide = lambda view: create_alias(CreateAlias("alias/three", family.name(), 2), view)  # noqa: E731
    with pytest.raises(LimitExceeded):
        in_one_record([*steps(family), tight], family.name(), NOW, family.views[REGION])


def test_nothing_is_left_of_those_before_where_one_is_refused() -> None:
    view = view_with(SINGLE)

    def refused(_view: StateView) -> Decision:
        raise LimitExceeded

    alias: Decide = lambda seen: create_alias(CreateAlias("alias/one", SINGLE.key, 50), seen)  # noqa: E731
    with pytest.raises(LimitExceeded):
        in_one_record([alias, refused], SINGLE.key, NOW, view)
    (created,) = in_one_record([alias], SINGLE.key, NOW, view).events
    assert isinstance(created, AliasCreated)
