"""A peer changes what is its own and nothing else: the rule as a table."""

import pytest

from shared import events as e
from shared.authority import overreach
from shared.birthplace import multi_region_key_id
from shared.evolve import State, evolve
from shared.fold import Fold
from shared.grants.events import GrantRetired, GrantRevoked
from shared.here import Here, Standing
from shared.identifiers import (
    access_key_stream,
    account_stream,
    alias_stream,
    grant_stream,
    key_stream,
    user_stream,
)
from shared.identity.account_events import AccountHomeMoved
from shared.keys.model import Key
from shared.rebuild.events import RegionReadmitted
from tests.golden.identity_samples import IDENTITY_EVENTS
from tests.golden.samples import EVENTS as SAMPLES
from tests.shared.standings import (
    ACCESS_KEY,
    ACCOUNT,
    ANNOUNCED,
    ANSWERED,
    ASKED,
    AT_THIRD,
    ELSEWHERE,
    ENDED,
    FAMILY,
    FRESH,
    GIVEN_TO_ALL,
    GOES,
    GONE,
    GRANT,
    GRANTED,
    HAND_OVER,
    HANDED_OVER,
    HELD,
    HERE,
    HOME_IS_OTHER,
    HOME_IS_OWN,
    IMPORTED,
    IMPORTING,
    KEPT_OUT,
    KEY,
    MADE,
    MATERIAL,
    NEW,
    OF_HERE,
    OF_THE_PRIMARY,
    OTHERS,
    OWN,
    PINNED,
    REGIONAL,
    REPLICA,
    ROTATED,
    SEALED_AGAIN,
    SIGNING,
    SIGNING_KEYS,
    SINGLE,
    STREAM,
    THIRD,
    TOLD,
    USER,
    epoch_said,
    key_of,
    refusal,
    replicated,
    standing,
)


@pytest.mark.parametrize(
    ("event", "before", "account"),
    [
        (key_of(OWN), NEW, HOME_IS_OTHER),
        (FAMILY, NEW, None),
        (FAMILY._replace(materials=(MATERIAL, FRESH), rotation_period_days=365), NEW, None),
        (FAMILY._replace(spec="HMAC_256", usage="GENERATE_VERIFY_MAC"), NEW, None),
        (FAMILY._replace(origin="EXTERNAL", materials=()), NEW, None),
        *((event, IMPORTING, None) for event in (*IMPORTED, ROTATED)),
        (replicated(OWN, HERE), KEPT_OUT, None),
        (replicated(OWN, HERE), AT_THIRD, None),
        *((event, KEPT_OUT, None) for event in OF_THE_PRIMARY),
        *((event, HELD, None) for event in OF_THE_PRIMARY),
        *((event, HANDED_OVER, None) for event in OF_THE_PRIMARY),
        (TOLD, REPLICA, None),
        (TOLD, HANDED_OVER, None),
        (GOES, REPLICA, None),
        (GOES, HELD, None),
        (GOES._replace(whole=True), KEPT_OUT, None),
        (e.AccountCreated(ACCOUNT, OWN, "n"), NEW, None),
        (USER, NEW, HOME_IS_OWN),
        (ACCESS_KEY, NEW, HOME_IS_OWN),
        (SIGNING_KEYS, standing(ACCESS_KEY), HOME_IS_OWN),
    ],
)
def test_a_region_changes_what_is_its_own(event: e.Event, before: Standing, account: State | None) -> None:
    assert refusal(event, before=before, account=account) == ""


@pytest.mark.parametrize(
    ("event", "before", "account"),
    [
        (key_of(THIRD), NEW, None),
        (key_of(None), NEW, None),
        *((FAMILY, before, None) for before in (OTHERS, SINGLE, KEPT_OUT, HELD, GONE)),
        (FAMILY._replace(primary_region=THIRD), NEW, None),
        (FAMILY._replace(replica_regions=(OWN,)), NEW, None),
        (FAMILY._replace(replica_regions=(HERE, HERE)), NEW, None),
        (FAMILY._replace(materials=()), NEW, None),
        (FAMILY._replace(origin="EXTERNAL"), NEW, None),
        (FAMILY._replace(origin="EXTERNAL", materials=(), rotation_period_days=365), NEW, None),
        (FAMILY._replace(spec="RSA_2048", usage="SIGN_VERIFY", rotation_period_days=365), NEW, None),
        (FAMILY._replace(spec="RSA_2048", usage="SIGN_VERIFY", materials=(MATERIAL, FRESH)), NEW, None),
        (FAMILY._replace(usage="SIGN_VERIFY"), NEW, None),
        (FAMILY._replace(origin="AWS_CLOUDHSM"), NEW, None),
        *((event, SIGNING, None) for event in (*MADE, *IMPORTED, ROTATED)),
        *((event, IMPORTING, None) for event in MADE),
        *((event, KEPT_OUT, None) for event in IMPORTED),
        (e.KeyRotationStarted(ACCOUNT, KEY, "ON_DEMAND", ()), KEPT_OUT, None),
        (e.KeyRotationStarted(ACCOUNT, KEY, "ON_DEMAND", (MATERIAL,)), KEPT_OUT, None),
        (e.KeyConverted(ACCOUNT, KEY, KEY), KEPT_OUT, None),
        *((key_of(OWN), before, None) for before in (OTHERS, SINGLE, KEPT_OUT, HELD, GONE)),
        *((replicated(OWN, HERE), before, None) for before in (NEW, GONE, OTHERS, SINGLE, HELD, OF_HERE, REPLICA)),
        (replicated(THIRD, HERE), REPLICA, None),
        (replicated(OWN, THIRD), AT_THIRD, None),
        (replicated(OWN, OWN), KEPT_OUT, None),
        *((event, before, None) for event in OF_THE_PRIMARY for before in (REPLICA, OTHERS, SINGLE, NEW, GONE)),
        *((event, before, None) for event in REGIONAL for before in (KEPT_OUT, HELD, REPLICA, OTHERS, SINGLE, NEW)),
        *((TOLD, before, None) for before in (OTHERS, SINGLE, NEW, GONE)),
        (TOLD._replace(region=THIRD), REPLICA, None),
        *((GOES, before, None) for before in (OTHERS, SINGLE, NEW, GONE)),
        (GOES._replace(region=HERE), HELD, None),
        *((GOES._replace(whole=True), before, None) for before in (HELD, AT_THIRD, REPLICA, OTHERS, HANDED_OVER)),
        (e.AccountCreated(ACCOUNT, THIRD, "n"), NEW, None),
        (e.AccountCreated(ACCOUNT, OWN, "n"), GONE, HOME_IS_OTHER),
        (e.AccountCreated(ACCOUNT, OWN, "n"), GONE, None),
        *((event, NEW, account) for event in (USER, ACCESS_KEY, SIGNING_KEYS) for account in (HOME_IS_OTHER, None)),
        (e.AliasCreated(ACCOUNT, "alias/a", KEY), NEW, HOME_IS_OWN),
        (e.AliasDeleted(ACCOUNT, "alias/a"), GONE, HOME_IS_OWN),
        (e.PeerAdmitted("ap-southeast-2", b"card"), NEW, None),
        (GRANTED, NEW, HOME_IS_OWN),
        (GrantRetired(ACCOUNT, KEY, GRANT), standing(GRANTED), HOME_IS_OWN),
        (GrantRevoked(ACCOUNT, KEY, GRANT), standing(GRANTED), HOME_IS_OWN),
    ],
)
def test_a_region_does_not_change_what_is_anothers(event: e.Event, before: Standing, account: State | None) -> None:
    assert refusal(event, before=before, account=account)


OF_THE_HOME = [
    event for event in IDENTITY_EVENTS.values() if not isinstance(event, AccountHomeMoved | e.AccountCreated)
]


@pytest.mark.parametrize("event", OF_THE_HOME, ids=lambda event: type(event).__name__)
def test_what_is_in_an_account_is_its_homes_alone(event: e.Event) -> None:
    assert refusal(event, before=NEW, account=HOME_IS_OWN) == ""
    assert refusal(event, before=NEW, account=HOME_IS_OTHER)
    assert refusal(event, before=NEW, account=None)


def moved(home: str, epoch: int = 1, forced: bool = False) -> AccountHomeMoved:
    return AccountHomeMoved(ACCOUNT, home, epoch, None, forced)


@pytest.mark.parametrize(
    ("event", "home", "stand_by", "may"),
    [
        (moved(THIRD), OWN, THIRD, True),
        (moved(THIRD), OWN, HERE, False),
        (moved(THIRD), OWN, None, False),
        (moved(THIRD, epoch=0), OWN, THIRD, False),
        (moved(THIRD, forced=True), OWN, THIRD, False),
        (moved(OWN, forced=True), THIRD, OWN, True),
        (moved(OWN, epoch=9, forced=True), THIRD, OWN, True),
        (moved(OWN, epoch=0, forced=True), THIRD, OWN, False),
        (moved(OWN), THIRD, OWN, False),
        (moved(OWN, forced=True), THIRD, HERE, False),
        (moved(OWN, forced=True), THIRD, None, False),
        (moved(HERE, forced=True), THIRD, OWN, False),
    ],
)
def test_a_home_is_handed_to_its_stand_by_or_taken_by_it(
    event: AccountHomeMoved, home: str, stand_by: str | None, may: bool
) -> None:
    account = standing(e.AccountCreated(ACCOUNT, home, "n", stand_by), origin=home)
    assert (refusal(event, before=account, account=account.state) == "") is may


def test_a_key_of_the_peer_keeps_its_settings_here() -> None:
    """The states of the table are what they are called."""
    assert isinstance(HELD.state, Key)
    assert HELD.state.held_here
    assert isinstance(REPLICA.state, Key)
    assert (REPLICA.state.primary_region, REPLICA.state.replica_regions) == (THIRD, (OWN,))
    assert isinstance(HANDED_OVER.state, Key)
    assert (HANDED_OVER.state.primary_region, HANDED_OVER.state.replica_regions) == (OWN, (THIRD,))


def test_an_event_speaks_of_a_stream_that_the_record_names() -> None:
    assert not refusal(key_of(OWN), before=NEW)
    assert refusal(key_of(OWN), before=NEW, named=key_stream(ACCOUNT, "mrk-" + "1" * 32))


@pytest.mark.parametrize("events", [(GOES, OF_THE_PRIMARY[0]), (OF_THE_PRIMARY[0], GOES)])
def test_one_event_that_overreaches_is_enough(events: tuple[e.Event, ...]) -> None:
    assert refusal(*events, before=HELD) == ""
    assert refusal(*events, before=REPLICA)


@pytest.mark.parametrize(
    ("stream", "before"),
    [
        (key_stream(ELSEWHERE, KEY), NEW),
        (account_stream(ELSEWHERE), NEW),
        (key_stream("", KEY), NEW),
        (key_stream("1", KEY), NEW),
        ("key", NEW),
        ("account/" + ACCOUNT + "x", NEW),
        (user_stream(ELSEWHERE, "user"), NEW),
        (access_key_stream(ACCOUNT, "AKIA"), NEW),
        (alias_stream(ACCOUNT, "alias/a"), NEW),
        (grant_stream(ACCOUNT, KEY, GRANT), NEW),
        ("peer/eu-west-1", NEW),
        ("", NEW),
        (STREAM, OTHERS),
        (STREAM, SINGLE),
        (STREAM, GONE),
    ],
)
@pytest.mark.parametrize("readable", [True, False])
def test_a_region_names_no_stream_that_is_not_its_own(stream: str, before: Standing, readable: bool) -> None:
    """Not even in a record without events, or one that cannot be read: it would freeze the stream."""
    assert overreach_of_name(stream, before, () if readable else None)


MEMBERS = (KEPT_OUT, HELD, REPLICA, HANDED_OVER)
"""Keys of which the speaker has the primary or a replica."""
STRANGERS = (OTHERS, SINGLE, OF_HERE, NEW, GONE)


def grant_refusal(event: e.Event, key: Standing, own: State | None = None, readable: bool = True) -> str:
    """What is said of a grant is judged by its key."""
    states = {STREAM: key.state, grant_stream(ACCOUNT, KEY, GRANT): own}
    here = Here(HERE, lambda name: name != ELSEWHERE, states.get, epoch_said(key.state))
    return overreach(OWN, here, {e.stream_of(event): NEW}, (event,) if readable else None)


@pytest.mark.parametrize("key", MEMBERS)
def test_the_primary_gives_grants_and_every_region_of_the_key_ends_them(key: Standing) -> None:
    assert bool(grant_refusal(GIVEN_TO_ALL, key)) is (key is REPLICA)
    assert grant_refusal(ENDED, key) == ""
    assert grant_refusal(ENDED, key, readable=False) == ""


@pytest.mark.parametrize("key", STRANGERS)
@pytest.mark.parametrize("readable", [True, False])
def test_nobody_else_has_a_say_over_shared_grants(key: Standing, readable: bool) -> None:
    for event in (GIVEN_TO_ALL, ENDED):
        assert grant_refusal(event, key, readable=readable)


def test_a_regions_own_grant_is_never_taken_for_one_of_all_regions() -> None:
    own = evolve(None, GRANTED, Fold(HERE, 1))
    assert grant_refusal(GIVEN_TO_ALL, HELD) == ""
    assert grant_refusal(GIVEN_TO_ALL, HELD, own)


def overreach_of_name(stream: str, before: Standing, events: tuple[e.Event, ...] | None) -> str:
    here = Here(HERE, lambda name: name != ELSEWHERE, {account_stream(ACCOUNT): HOME_IS_OTHER}.get)
    return overreach(OWN, here, {stream: before}, events)


@pytest.mark.parametrize(("region", "refused"), [(OWN, False), (THIRD, True), (HERE, True)])
@pytest.mark.parametrize("readable", [True, False])
def test_a_key_is_begun_by_the_region_that_its_id_names(region: str, refused: bool, readable: bool) -> None:
    """And by nobody that has only heard of the id, nor with a record that would freeze it."""
    event = key_of(OWN)._replace(key_id=multi_region_key_id(region, b"8 random"))
    assert bool(refusal(event, before=NEW, readable=readable)) is refused


@pytest.mark.parametrize("before", [NEW, KEPT_OUT, HELD, REPLICA])
def test_what_cannot_be_read_freezes_streams_that_its_region_may_name(before: Standing) -> None:
    """A replica's region among them: what is void here and applies in a later version would void what came after it."""
    assert overreach_of_name(STREAM, before, None) == ""


NO_KEY_OF_REGIONS: dict[str, dict[str, object]] = {
    "in a key store": {"custom_key_store_id": "cks-1234567890abcdef0"},
    "an external key": {"external_key_id": "external"},
    "of a key store's origin": {"origin": "EXTERNAL_KEY_STORE"},
    "of a cluster's origin": {"origin": "AWS_CLOUDHSM"},
    "of a service": {"key_manager": "AWS"},
    "of a usage that its spec has not": {"usage": "SIGN_VERIFY"},
    "of no spec": {"spec": "NO_SUCH"},
    "without material": {"materials": ()},
    "with two materials": {"materials": (MATERIAL, MATERIAL._replace(material_id="cd" * 32))},
    "imported, with material": {"origin": "EXTERNAL"},
}


@pytest.mark.parametrize("fields", NO_KEY_OF_REGIONS.values(), ids=NO_KEY_OF_REGIONS)
def test_a_key_is_begun_that_any_region_could_hold(fields: dict[str, object]) -> None:
    """And none that would lie in a key store of this region's, or that nothing can be done with."""
    assert refusal(key_of(OWN), before=NEW) == ""
    assert refusal(key_of(OWN)._replace(**fields), before=NEW)  # type: ignore[arg-type]


def test_a_key_whose_material_is_imported_begins_without_any() -> None:
    imported = key_of(OWN)._replace(origin="EXTERNAL", materials=())
    assert refusal(imported, before=NEW) == ""
    assert refusal(replicated(OWN, HERE)._replace(origin="EXTERNAL"), before=standing(imported)) == ""


@pytest.mark.parametrize(
    "fields", [{"spec": "HMAC_256"}, {"usage": "SIGN_VERIFY"}, {"origin": "EXTERNAL"}, {"origin": "AWS_CLOUDHSM"}]
)
def test_a_key_is_given_as_it_was_begun(fields: dict[str, str]) -> None:
    assert refusal(replicated(OWN, HERE), before=KEPT_OUT) == ""
    assert refusal(replicated(OWN, HERE)._replace(**fields), before=KEPT_OUT)  # type: ignore[arg-type]


def test_a_key_in_a_key_store_is_never_given() -> None:
    stored = standing(key_of(OWN)._replace(custom_key_store_id="cks-1234567890abcdef0"))
    assert refusal(replicated(OWN, HERE), before=stored)


def test_what_is_shared_is_this_and_nothing_else() -> None:
    of_keys = (key_of(OWN), FAMILY, replicated(OWN, HERE), *OF_THE_PRIMARY, *IMPORTED, TOLD, GOES, GIVEN_TO_ALL, ENDED)
    of_keys = (*of_keys, SAMPLES["event-120-key-promoted"], SAMPLES["event-121-key-material-given"], HAND_OVER)
    of_erasing = (ANNOUNCED, ASKED, SEALED_AGAIN, ANSWERED)
    shareable = {type(event) for event in (*of_keys, *of_erasing, SIGNING_KEYS, *IDENTITY_EVENTS.values())}
    shareable.add(RegionReadmitted)
    for event in SAMPLES.values():
        before = PINNED if e.stream_of(event) == "peer/eu-west-1" else NEW
        refused = refusal(event, before=before, named=e.stream_of(event), account=HOME_IS_OWN)
        stays = "no event of other regions" in refused or "no say over" in refused
        assert stays is (type(event) not in shareable), event
