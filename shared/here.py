"""What a peer's shared record is judged by: its streams as they stand, and the partition that adopts it.

Owns these, and who has a key as far as is known here. `shared/authority.py` says what follows.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from shared.evolve import State
from shared.identifiers import account_stream, key_stream
from shared.identity.model import Account
from shared.keys.epochs import Epoch, counts, epoch_of, is_known
from shared.keys.history import knows_to_have, strays
from shared.keys.model import Key


class Standing(NamedTuple):
    """A stream before the record. `begun`: records have named it before, even if nothing is left of what it was."""

    state: State | None
    begun: bool


class Here(NamedTuple):
    """The partition that adopts, and where the record stands that it adopts.

    `keeps` tells whether the partition is the account's; `state` gives the state of its streams. `key_epoch`, `number`
    and `adopted` (how far its region had adopted the others) are those of the record.
    """

    region: str
    keeps: Callable[[str], bool]
    state: Callable[[str], State | None]
    key_epoch: Epoch | None = None
    number: int = 0
    adopted: Mapping[str, int] = {}

    def account(self, account: str) -> Account | None:
        """An account that is known here."""
        known = self.state(account_stream(account))
        return known if isinstance(known, Account) else None

    def home_of(self, account: str) -> str | None:
        known = self.account(account)
        return None if known is None else known.home_region

    def members_of(self, account: str, key_id: str) -> tuple[str | None, ...]:
        """The regions that have the key, its primary's first; none where it is not known here."""
        key = self.state(key_stream(account, key_id))
        return holders(key) if isinstance(key, Key) else ()

    def speaks(self, origin: str, event: object, key: object) -> bool:
        """Whether the record may say what the primary alone says: as the present one, or as one that was.

        What the latter says is overtaken, unless a promotion has built on it.
        """
        if not isinstance(key, Key):
            return False
        epoch = epoch_of(origin, event, self.key_epoch)
        return epoch is not None and self.knew(origin, key, epoch) and self.has(origin, key)

    def has(self, origin: str, key: Key) -> bool:
        """Whether the record's region has the key, as far as it is known here and as far as it knew itself."""
        return origin in holders(key) and knows_to_have(key, origin, self.adopted)

    def knew(self, origin: str, key: Key, epoch: Epoch) -> bool:
        """Whether the epoch had begun, as far as the record's region knew."""
        return is_known(key, epoch, origin, self.adopted)

    def counts(self, origin: str, event: object, key: Key) -> bool:
        """Whether what the record says as the primary's is in effect."""
        epoch = epoch_of(origin, event, self.key_epoch)
        return epoch is not None and counts(key, epoch, self.number)


def holders(key: Key) -> tuple[str | None, ...]:
    """The regions that have the key, its primary's first, and last those that an overtaken record gave it to."""
    return key.primary_region, *key.replica_regions, *sorted(strays(key))


Saying: TypeAlias = Callable[[str, Any, Standing, Here], bool]
"""(origin, event, its stream, here): whether `origin` may share the event."""
