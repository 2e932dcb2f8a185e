"""Archives as a region's log knows them: what one still opens, and when it has expired."""

import pytest

from shared.backups.decide import note_share_destroyed
from shared.backups.errors import UnknownHolder
from shared.backups.events import BackupEvent, BackupExpired, BackupMade, BackupShareDestroyed
from shared.backups.model import Backup
from shared.events import stream_of
from shared.evolve import evolve
from shared.fold import BrokenHistory, Fold

ARCHIVE = "ab" * 16
MADE = BackupMade(ARCHIVE, 2, ("ap-southeast-2", "eu-west-1", "us-west-2"), (1, 3, 0), 2)
NOW = 1_800_000_000_000


def folded(*events: BackupEvent, state: Backup | None = None) -> Backup:
    for number, event in enumerate(events):
        after = evolve(state, event, Fold("us-east-1", NOW + number))
        assert isinstance(after, Backup)
        state = after
    assert state is not None
    return state


def without(backup: Backup, *holders: str) -> Backup:
    for holder in holders:
        backup = folded(*note_share_destroyed(backup, holder, b"proof"), state=backup)
    return backup


@pytest.mark.parametrize(
    ("gone", "expired"),
    [
        ((), False),
        (("eu-west-1",), False),
        (("eu-west-1", "eu-west-1"), False),
        (("eu-west-1", "us-west-2"), True),
        (("eu-west-1", "us-west-2", "ap-southeast-2"), True),
    ],
)
def test_an_archive_expires_with_the_share_after_which_too_few_are_left(gone: tuple[str, ...], expired: bool) -> None:
    backup = without(folded(MADE), *gone)
    assert bool(backup.expired_at) is expired
    assert backup.remaining == tuple(holder for holder in MADE.holders if holder not in gone)


@pytest.mark.parametrize(
    ("bucket", "epoch", "opens"),
    [(0, 1, True), (0, 2, True), (1, 2, False), (1, 3, True), (2, 9, False), (3, 1, False)],
)
def test_an_archive_opens_what_rests_on_a_domain_key_that_is_in_it(bucket: int, epoch: int, opens: bool) -> None:
    backup = folded(MADE)
    assert backup.opens_domain(bucket, epoch) is opens
    assert not without(backup, *MADE.holders[:2]).opens_domain(bucket, epoch)


@pytest.mark.parametrize(("number", "opens"), [(1, False), (2, True), (3, True)])
def test_an_archive_opens_what_is_sealed_to_a_key_that_is_in_it(number: int, opens: bool) -> None:
    backup = folded(MADE)
    assert backup.opens_sealed(number) is opens
    assert not without(backup, *MADE.holders[:2]).opens_sealed(number)


def test_what_is_told_again_changes_nothing() -> None:
    backup = without(folded(MADE), "eu-west-1", "us-west-2")
    assert note_share_destroyed(backup, "eu-west-1", b"") == ()
    assert folded(MADE, BackupExpired(ARCHIVE, ()), state=backup) == backup


def test_who_holds_no_share_is_not_believed_to_have_destroyed_one() -> None:
    with pytest.raises(UnknownHolder):
        note_share_destroyed(folded(MADE), "us-east-1", b"")


@pytest.mark.parametrize("event", [BackupExpired(ARCHIVE, ()), BackupShareDestroyed(ARCHIVE, "eu-west-1", b"")])
def test_what_becomes_of_an_unknown_archive_is_no_history(event: BackupEvent) -> None:
    with pytest.raises(BrokenHistory):
        evolve(None, event, Fold("us-east-1", NOW))


def test_an_archive_has_a_stream_of_its_own() -> None:
    assert stream_of(MADE) == stream_of(BackupExpired(ARCHIVE, ())) == f"backup/{ARCHIVE}"
