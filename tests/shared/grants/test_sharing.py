"""Grants that all regions of a key have in common: given by the primary, ended by anybody, for ever."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import NotFound
from shared.evolve import State, evolve
from shared.fold import Fold
from shared.grants import decide
from shared.grants.commands import CreateGrant, GrantName
from shared.grants.decide_sharing import BATCH_BYTES, give_grants
from shared.grants.events import GrantCreated, GrantReplaced, GrantRevoked, GrantShared, SharedGrantEnded
from shared.grants.lookup import standing_grant
from shared.grants.model import EndedGrant
from shared.grants.terms import GrantTerms
from shared.identifiers import grant_stream, key_stream, shared_grant_stream
from shared.keys.commands import UpdatePrimaryRegion
from shared.keys.decide_deletion import delete_key
from shared.keys.decide_primary import update_primary_region
from shared.keys.sharing import REPLICATE_TAG
from tests.shared.grants.examples import BOB
from tests.shared.keys.examples import ACCOUNT, MULTI, REGION, Family
from tests.shared.keys.test_decide_sharing import ASIA, EUROPE, grant, replicated, tag, untag

IDS = [f"{number:064x}" for number in range(10)]


def ids(family: Family, region: str = REGION) -> list[str]:
    """The grants that are in force."""
    view, name = family.views[region], family.name(region)
    found = view.grants(ACCOUNT, family.key_id, "")
    return [g.grant_id for g in found if standing_grant(view, GrantName(name, g.grant_id))]


def give(family: Family, region: str = REGION) -> None:
    while (decision := give_grants(family.name(region), family.views[region])).events:
        family.do(region, decision)


def revoke(family: Family, region: str, grant_id: str) -> None:
    family.do(region, decide.revoke_grant(GrantName(family.name(region), grant_id), family.views[region]))


def sharing(*replicas: str) -> Family:
    """A family that has its grants in common, one of them from before."""
    family = Family(MULTI, *replicas)
    grant(family, IDS[0])
    tag(family, replicate="grants")
    give(family)
    return family


def test_grants_of_before_and_later_ones_reach_every_region() -> None:
    family = sharing(EUROPE, ASIA)
    grant(family, IDS[1])
    assert ids(family) == ids(family, EUROPE) == ids(family, ASIA) == IDS[:2]


def test_a_grant_of_before_stands_at_the_primary_until_it_is_given_and_keeps_its_date() -> None:
    family = Family(MULTI, EUROPE)
    grant(family, IDS[0])
    family.views[REGION].time += 5
    tag(family, replicate="grants")
    assert (ids(family), ids(family, EUROPE)) == (IDS[:1], [])
    give(family)
    here, there = (family.views[region].grant(ACCOUNT, family.key_id, IDS[0]) for region in (REGION, EUROPE))
    assert here == there
    assert here is not None
    assert here.created_at == family.views[REGION].time - 5


def test_a_grant_that_came_into_the_log_after_the_tag_is_given_too() -> None:
    family = sharing(EUROPE)
    late = GrantCreated(ACCOUNT, family.key_id, IDS[3], family.key().created_at, ACCOUNT, ("Decrypt",), "", BOB)
    family.views[REGION].apply([late])
    assert IDS[3] in ids(family)
    give(family)
    assert IDS[3] in ids(family, EUROPE)


def test_a_replicas_own_grants_are_of_no_effect_once_it_follows() -> None:
    family = Family(MULTI, EUROPE)
    grant(family, IDS[5], EUROPE)
    life = family.key(EUROPE).grants_life
    tag(family, replicate="grants")
    late = GrantCreated(ACCOUNT, family.key_id, IDS[6], life, ACCOUNT, ("Decrypt",), "", BOB)
    family.views[EUROPE].apply([late])
    assert ids(family, EUROPE) == []
    untag(family, REGION, REPLICATE_TAG)
    assert ids(family, EUROPE) == []


@pytest.mark.parametrize("region", [REGION, EUROPE, ASIA])
def test_whoever_revokes_a_grant_ends_it_everywhere(region: str) -> None:
    family = sharing(EUROPE, ASIA)
    revoke(family, region, IDS[0])
    assert [ids(family, where) for where in family.regions] == [[], [], []]
    with pytest.raises(NotFound):
        revoke(family, REGION, IDS[0])


def test_retiring_travels_too() -> None:
    family = sharing(EUROPE)
    name = GrantName(family.name(EUROPE), IDS[0])
    decision = decide.retire_grant(name, family.views[EUROPE])
    assert decision.shared_events == (SharedGrantEnded(ACCOUNT, family.key_id, IDS[0], retired=True),)
    family.do(EUROPE, decision)
    assert ids(family) == []


def test_what_all_regions_hear_rests_on_the_key() -> None:
    """A hand-over or the end of a replica that comes first makes it be decided again."""
    family = sharing(EUROPE)
    streams = (key_stream(ACCOUNT, family.key_id),)
    terms = GrantTerms(("Decrypt",), grantee_principal=BOB)
    created = decide.create_grant(CreateGrant(family.name(), IDS[1], ACCOUNT, terms, 9), family.views[REGION])
    assert created.rests_on == streams
    assert decide.revoke_grant(GrantName(family.name(EUROPE), IDS[0]), family.views[EUROPE]).rests_on == streams


def test_named_grants_of_both_kinds_rest_on_each_other() -> None:
    """Equal requests about the time at which grants come to be in common would make two grants of one id."""
    family, terms = sharing(EUROPE), GrantTerms(("Decrypt",), grantee_principal=BOB, name="invoices")
    command = CreateGrant(family.name(), IDS[1], ACCOUNT, terms, 9)
    in_common = decide.create_grant(command, family.views[REGION])
    untag(family, REGION, REPLICATE_TAG)
    own = decide.create_grant(command, family.views[REGION])
    assert in_common.answer == own.answer
    name = (ACCOUNT, family.key_id, own.answer)
    assert in_common.rests_on == (key_stream(ACCOUNT, family.key_id), grant_stream(*name))
    assert own.rests_on == (shared_grant_stream(*name),)


def test_a_replica_keeps_the_grants_that_it_has_when_the_tag_no_longer_names_them() -> None:
    family = sharing(EUROPE)
    untag(family, REGION, REPLICATE_TAG)
    grant(family, IDS[1], EUROPE)
    grant(family, IDS[2])
    assert ids(family, EUROPE) == IDS[:2]
    assert ids(family) == [IDS[0], IDS[2]]


def test_following_again_gives_what_the_primary_has_by_then() -> None:
    family = sharing(EUROPE)
    untag(family, REGION, REPLICATE_TAG)
    grant(family, IDS[1], EUROPE)
    grant(family, IDS[2])
    tag(family, replicate="grants")
    give(family)
    assert ids(family) == ids(family, EUROPE) == [IDS[0], IDS[2]]


def test_a_replica_made_later_or_again_has_the_primarys_present_grants() -> None:
    family = sharing(EUROPE)
    family.do(EUROPE, decide.revoke_grants_of(family.name(EUROPE), family.views[EUROPE]))
    family.do(EUROPE, delete_key(family.name(EUROPE), family.views[EUROPE]))
    assert (ids(family), ids(family, EUROPE)) == (IDS[:1], [])
    grant(family, IDS[1])
    revoke(family, REGION, IDS[0])
    for region in (EUROPE, ASIA):
        replicated(family, region)
        assert ids(family, region) == [IDS[1]]


def test_a_replica_that_goes_ends_its_own_grants_alone_and_the_last_region_ends_all() -> None:
    family = sharing(EUROPE)
    untag(family, REGION, REPLICATE_TAG)
    grant(family, IDS[1], EUROPE)
    going = decide.revoke_grants_of(family.name(EUROPE), family.views[EUROPE])
    assert going.events == (GrantRevoked(ACCOUNT, family.key_id, IDS[1]),)
    assert going.shared_events == ()
    family.do(EUROPE, delete_key(family.name(EUROPE), family.views[EUROPE]))
    last = decide.revoke_grants_of(family.name(), family.views[REGION])
    assert last.shared_events == (SharedGrantEnded(ACCOUNT, family.key_id, IDS[0]),)


def test_a_former_primary_has_no_grant_that_the_others_have_not() -> None:
    family = sharing(EUROPE)
    life = family.key().grants_life
    update = UpdatePrimaryRegion(family.name(), EUROPE)
    family.do(REGION, update_primary_region(update, family.views[REGION]))
    late = GrantCreated(ACCOUNT, family.key_id, IDS[3], life, ACCOUNT, ("Decrypt",), "", BOB)
    family.views[REGION].apply([late])
    grant(family, IDS[1], EUROPE)
    assert ids(family) == ids(family, EUROPE) == IDS[:2]


def test_grants_are_given_in_records_of_bounded_size() -> None:
    family = Family(MULTI, EUROPE)
    context = tuple((f"{number}", "x" * 384) for number in range(8))
    for number in range(80):
        terms = GrantTerms(("Decrypt",), grantee_principal=BOB, encryption_context_subset=context)
        command = CreateGrant(family.name(), f"{number:064x}", ACCOUNT, terms, 50_000)
        family.do(REGION, decide.create_grant(command, family.views[REGION]))
    tag(family, replicate="grants")
    first = give_grants(family.name(), family.views[REGION])
    assert 0 < len(first.shared_events) < 80
    assert len(first.events) == 2 * len(first.shared_events)
    assert len(first.shared_events) * 8 * 384 < BATCH_BYTES + 8 * 500
    give(family)
    assert len(ids(family, EUROPE)) == 80


def test_a_named_grant_has_one_id_whether_or_not_it_is_given_to_all() -> None:
    family = Family(MULTI, EUROPE)
    terms = GrantTerms(("Decrypt",), "name", BOB)

    def made() -> str:
        command = CreateGrant(family.name(), IDS[9], ACCOUNT, terms, 50_000)
        decision = decide.create_grant(command, family.views[REGION])
        family.do(REGION, decision)
        return decision.answer

    first = made()
    tag(family, replicate="grants")
    give(family)
    assert made() == first
    revoke(family, EUROPE, first)
    assert made() != first


def test_nothing_is_given_by_a_replica_or_without_the_tag() -> None:
    family = Family(MULTI, EUROPE)
    grant(family, IDS[0])
    assert give_grants(family.name(), family.views[REGION]).events == ()
    tag(family, replicate="grants")
    assert give_grants(family.name(EUROPE), family.views[EUROPE]).events == ()


def test_a_grant_of_an_earlier_life_is_not_given() -> None:
    family = sharing(EUROPE)
    stale = GrantCreated(ACCOUNT, family.key_id, IDS[4], 1, ACCOUNT, ("Decrypt",), "", BOB)
    family.views[REGION].apply([stale])
    decision = give_grants(family.name(), family.views[REGION])
    assert (decision.events, decision.shared_events) == ((GrantRevoked(ACCOUNT, family.key_id, IDS[4]),), ())


SAID = GrantShared(ACCOUNT, "mrk-" + "0" * 32, IDS[0], ACCOUNT, ("Decrypt",), created_at=3)
END = SharedGrantEnded(ACCOUNT, "mrk-" + "0" * 32, IDS[0])
TIMED = ((SAID, 3), (END, 5), (SAID, 6), (END, 7))


def folded(events: tuple[tuple[GrantShared | SharedGrantEnded, int], ...]) -> State | None:
    state: State | None = None
    for event, time in events:
        state = evolve(state, event, Fold(EUROPE, time, REGION))
    return state


@pytest.mark.parametrize("order", [*permutations(TIMED)])
def test_what_was_ended_stays_ended_in_whatever_order_it_is_heard(
    order: tuple[tuple[GrantShared | SharedGrantEnded, int], ...],
) -> None:
    assert folded(order) == EndedGrant(5)


@given(st.lists(st.sampled_from(TIMED)))
def test_hearing_it_again_changes_nothing(events: list[tuple[GrantShared | SharedGrantEnded, int]]) -> None:
    once = tuple(dict.fromkeys(events))
    assert folded(tuple(events)) == folded(once)


def test_the_primarys_own_grant_goes_on_under_its_id() -> None:
    family = Family(MULTI, EUROPE)
    grant(family, IDS[0])
    tag(family, replicate="grants")
    own, said = give_grants(family.name(), family.views[REGION]).events
    assert own == GrantReplaced(ACCOUNT, family.key_id, IDS[0])
    assert isinstance(said, GrantShared)


def test_a_named_grant_that_was_ended_everywhere_is_made_anew_under_another_id() -> None:
    family = sharing(EUROPE)
    command = CreateGrant(family.name(), IDS[9], ACCOUNT, GrantTerms(("Decrypt",), "name", BOB), 50_000)
    made = []
    for _ in range(2):
        decision = decide.create_grant(command, family.views[REGION])
        family.do(REGION, decision)
        revoke(family, EUROPE, decision.answer)
        made.append(decision.answer)
    assert made[0] != made[1]
