"""What a decision is made of, for every aggregate.

Owns the view of state that decisions read and the value they return. A decision is a pure function
`decide(command, view) -> Decision`; it may refuse by raising from `shared/errors.py`, and it changes nothing.
"""

from collections.abc import Hashable, Iterator, MutableMapping
from typing import Any, NamedTuple, Protocol

from shared.aliases.model import Alias
from shared.events import Event
from shared.evolve import State
from shared.grants.model import Grant
from shared.identity.model import AccessKey
from shared.key_stores.model import KeyStore
from shared.keys.model import Key


class StateView(Protocol):
    """One consistent snapshot of a region's state, at one moment. Nothing in it changes while it is held."""

    @property
    def derived(self) -> MutableMapping[Hashable, Any]:
        """What others have derived from this state, whatever the moment; it is gone with the state's next change.

        A name has a type of its own, so that two uses never meet. How many there are is bounded here, how large each is
        by whoever enters it.
        """

    def state(self, stream: str) -> State | None:
        """The state of a stream (see the `*_stream` functions of `shared.identifiers`) as it is recorded, or None."""

    def revision(self, stream: str) -> int:
        """How many applied records have named the stream; 0 for a stream that never was."""

    def sequence(self, account: str) -> int:
        """How many records of the account's partition the state has taken up."""

    def key(self, account: str, key_id: str) -> Key | None:
        """The key as it stands, whether or not a record says so: without imported material that has expired, and
        unavailable while its custom key store is not connected."""

    def alias(self, account: str, alias: str) -> Alias | None: ...

    def access_key(self, access_key_id: str) -> AccessKey | None: ...

    def keys(self, account: str, after: str) -> Iterator[Key]:
        """The account's keys in the order of their ids, from the first id greater than `after`, as they are stored."""

    def key_store(self, account: str, key_store_id: str) -> KeyStore | None: ...

    def key_stores(self, account: str, after: str) -> Iterator[KeyStore]:
        """The account's custom key stores in the order of their ids, from the first id greater than `after`."""

    def keys_in_store(self, account: str, key_store_id: str, external_key_id: str | None = None) -> Iterator[Key]:
        """The keys that lie in a custom key store; with `external_key_id` those that rest on that external key."""

    def aliases(self, account: str, after: str) -> Iterator[Alias]:
        """The account's aliases in the order of their names, from the first name greater than `after`."""

    def aliases_of(self, account: str, key_id: str, after: str) -> Iterator[Alias]:
        """The key's aliases in the order of their names, from the first name greater than `after`."""

    # What is in an account: `shared/identity/lookup.py` says it in IAM's words.

    def entities(self, account: str, kind: str, after: str) -> Iterator[State]:
        """The states of the account's streams of one `kind` (`user`, `role`, …), by the streams' names.

        From the first greater than `after`, which is what follows the account in a stream's name.
        """

    def indexed(self, account: str, index: str, after: str) -> Iterator[str]:
        """What follows in the names of an index of the account (see `shared/identity/naming.py`), in order.

        From the first greater than `after`.
        """

    # Grants as they stand: whether they are of the key's present life, `shared/grants/lookup.py` says.

    def grant(self, account: str, key_id: str, grant_id: str) -> Grant | None: ...

    def grant_ids(self, account: str, key_id: str, after: str) -> Iterator[str]:
        """The ids of the key's grants in their order, from the first greater than `after`."""

    def grants(self, account: str, key_id: str, after: str) -> Iterator[Grant]:
        """The key's grants in the order of their ids, from the first id greater than `after`."""

    def own_grants(self, account: str, key_id: str) -> Iterator[Grant]:
        """The grants of a multi-region key that this region has alone, in the order of their ids."""

    def grants_to(self, account: str, key_id: str, grantee: str, after: str) -> Iterator[Grant]:
        """As `grants`, those alone whose grantee is the principal or service principal `grantee`."""

    def retirable_grants(self, principal: str, after: str) -> Iterator[Grant]:
        """The grants, of whatever key and account, whose retiring principal is `principal`.

        In the order of `Grant.place`, from the first greater than `after`.
        """


class Decision(NamedTuple):
    """What a command makes happen.

    `events`: for the region's own log. `shared_events`: the form of the same that peers may see, with secrets sealed to
    their destinations; empty where nothing is shared. All peers see all of it, the settings that a replica is born with
    too. `rests_on`: streams, besides those of the events, whose state the decision read: if one of them changes first,
    the record is void and the command is decided again. `answer`: the key id or name with which a repeated command is
    answered ("" where the operation answers nothing). No events at all means that the state already is as wanted.
    """

    events: tuple[Event, ...]
    shared_events: tuple[Event, ...] = ()
    rests_on: tuple[str, ...] = ()
    answer: str = ""
