"""From a decision to a draft: conditions, secrets, and nothing that could not be read back."""

import pytest

from replication.records.body import Change, decode_change, decode_shared
from services.region_node.changes.drafting import draft_of
from shared import events as e
from shared.crypto.wrapped_secret import NONCE_LENGTH, WrappedSecret
from shared.decision import Decision
from shared.event_codec import UnknownEvent
from shared.identifiers import alias_stream, key_stream
from shared.keys.model import Key
from tests.replication.written_log import ACCOUNT, HOME, PEER, created, key_id, multi_region_key_id, shared_form
from tests.shared.memory_view import MemoryView

COMMAND_ID = b"c" * 16


def wrapped(bucket: int, epoch: int = 1) -> bytes:
    return WrappedSecret(bucket, epoch, bytes(NONCE_LENGTH), b"secret").encode()


def born(number: int, *secrets: bytes) -> e.KeyCreated:
    materials = tuple(e.MaterialBorn(f"{n:064x}", key_id(number), 5, secret) for n, secret in enumerate(secrets))
    return created(number)._replace(materials=materials)


def test_a_draft_rests_on_the_streams_of_its_events_and_on_what_was_read() -> None:
    view = MemoryView(HOME)
    view.apply([created(1)])
    alias = e.AliasCreated(ACCOUNT, "alias/a", key_id(1))
    decision = Decision((alias,), rests_on=(key_stream(ACCOUNT, key_id(1)),), answer="alias/a")
    draft = draft_of(decision, view, 3, COMMAND_ID)
    assert draft.streams == ((alias_stream(ACCOUNT, "alias/a"), 0), (key_stream(ACCOUNT, key_id(1)), 1))
    assert (draft.partition, draft.command_id, draft.shared, draft.domain) == (3, COMMAND_ID, None, None)
    assert decode_change(draft.body or b"") == Change("alias/a", (alias,))


def test_what_peers_get_is_a_form_of_its_own() -> None:
    local = created(1, multi_region_key_id(1), HOME)._replace(materials=())
    shared = shared_form(1, "eu-west-1")
    draft = draft_of(Decision((local,), (shared,)), MemoryView(HOME), 0, COMMAND_ID)
    assert decode_change(draft.body or b"").events == (local,)
    assert decode_shared(draft.shared or b"") == (shared,)


@pytest.mark.parametrize(
    ("events", "domain"),
    [
        ((born(1, wrapped(7, 2)),), (7, 2)),
        ((born(1, wrapped(7), wrapped(7)), born(2, wrapped(7))), (7, 1)),
        ((e.AccessKeyCreated(ACCOUNT, "user", "AKIA", wrapped(4)),), (4, 1)),
        ((e.KeyEnabled(ACCOUNT, key_id(1)), born(1)), None),
    ],
)
def test_the_domain_key_is_that_of_the_secrets(events: tuple[e.Event, ...], domain: tuple[int, int] | None) -> None:
    assert draft_of(Decision(events), MemoryView(HOME), 0, COMMAND_ID).domain == domain


def test_secrets_under_several_domain_keys_make_no_draft() -> None:
    with pytest.raises(ValueError, match="several domain keys"):
        draft_of(Decision((born(1, wrapped(1)), born(2, wrapped(2)))), MemoryView(HOME), 0, COMMAND_ID)


@pytest.mark.parametrize(
    "decision",
    [
        Decision((e.KeyEnabled("1", key_id(1)),)),
        Decision((e.KeyTagged(ACCOUNT, key_id(1), ((1, 2),)),)),  # type: ignore[arg-type]
        Decision((e.KeyEnabled(ACCOUNT, key_id(1)),), (e.AccountCreated(ACCOUNT, "nowhere", "n"),)),
    ],
)
def test_what_nobody_could_read_back_makes_no_draft(decision: Decision) -> None:
    with pytest.raises(UnknownEvent):
        draft_of(decision, MemoryView(HOME), 0, COMMAND_ID)


def test_a_record_about_keys_in_several_epochs_says_the_epoch_of_each() -> None:
    """As of an alias in common that goes from a key that was promoted to one that was not."""
    view = MemoryView(HOME)
    keys = [created(number, multi_region_key_id(number), HOME) for number in (1, 2)]
    view.apply(keys)
    stream = key_stream(ACCOUNT, keys[1].key_id)
    promoted = view.states[stream]
    assert isinstance(promoted, Key)
    view.states[stream] = promoted._replace(epoch=2, chain=((0, HOME, 1), (1, PEER, 2)))
    tells = tuple(e.KeySettingsShared(ACCOUNT, key.key_id, "aliases", None, (), ("alias/a",)) for key in keys)
    both = draft_of(Decision((e.KeyEnabled(ACCOUNT, keys[0].key_id),), tells), view, 0, COMMAND_ID)
    assert both.key_epoch is None
    assert decode_shared(both.shared or b"") == (tells[0]._replace(epoch=0), tells[1]._replace(epoch=2))
    one = draft_of(Decision((e.KeyEnabled(ACCOUNT, keys[0].key_id),), tells[1:]), view, 0, COMMAND_ID)
    assert (one.key_epoch, decode_shared(one.shared or b"")) == ((2, HOME), tells[1:])
