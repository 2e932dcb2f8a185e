"""Synchronous changes: an answer that leaves only once other regions have adopted the change.

Owns whose demand counts (the key's, the account's, the region's: all of them) and the refusal past the deadline. The
change is durable in its own region then, and in effect; the same command changes nothing again and waits on. It is
the state after the change that demands, so that a demand which was lifted holds nobody up.
"""

from collections.abc import Awaitable, Callable, Iterator

from replication.state.served_state import ServedState
from replication.state.state_store import StateStore
from replication.state.view import Moment
from services.region_node.changes.changing import Changing, Command, Decide, Done, Note, Place
from services.region_node.changes.settings import SynchronousSettings
from services.region_node.requests.call import Call
from shared.decision import StateView
from shared.identifiers import account_stream, key_arn
from shared.identity.model import Account
from shared.keys.synchronous import ASYNCHRONOUS, Synchronous, all_of, demanded_by
from shared.peer_errors import NotAdoptedYet

AwaitAdoption = Callable[[int, int, Synchronous, float], Awaitable[tuple[str, ...]]]
"""(partition, number, demand, seconds): wait until the own record has been adopted. Returns what is missing."""


class SynchronousChanging:
    """`Changing` of one region, whose answers wait for others where that is demanded."""

    def __init__(
        self,
        region: str,
        store: StateStore,
        served: ServedState,
        changing: Changing,
        settings: SynchronousSettings,
        adoption: AwaitAdoption,
    ) -> None:
        self._region, self._store, self._served = region, store, served
        self._changing, self._adoption = changing, adoption
        self._always = Synchronous(settings.regions)
        self._seconds = settings.deadline_milliseconds / 1000

    async def change(self, command: Command, decide: Decide, note: Note, call: Call) -> str:
        """As `Changing.change`, for the request `call`, which says whose demands count.

        Errors: also NotAdoptedYet; `note` has been told then.
        """
        done = list[Done]()
        answer = await self._changing.change(command, decide, done.append)
        note(done[-1])
        await self._settle(done[-1].place, command.account, call, answer)
        return answer

    async def _settle(self, place: Place, account: str, call: Call, answer: str) -> None:
        if place.shared is None or place.shared.sequence == 0:
            return
        with self._store.read() as snapshot:
            view = self._served.view(snapshot, Moment(self._region, call.now))
            demand = self._demand(view, call, account, answer)
        if demand == ASYNCHRONOUS:
            return
        lacking = await self._adoption(place.partition, place.shared.sequence, demand, self._seconds)
        if lacking:
            raise NotAdoptedYet(
                f"The change is durable in {self._region}, and not yet adopted as demanded within {self._seconds:g} "
                f"seconds; missing: {', '.join(lacking)}."
            )

    def _demand(self, view: StateView, call: Call, account: str, answer: str) -> Synchronous:
        known = view.state(account_stream(account))
        whole = Synchronous(known.synchronous_regions) if isinstance(known, Account) else ASYNCHRONOUS
        keys = (view.key(account, key_id) for key_id in set(_concerned(call, account, answer)))
        return all_of((self._always, whole, *map(demanded_by, keys)))


def _concerned(call: Call, account: str, answer: str) -> Iterator[str]:
    """The ids of the account's keys that the request is about: it asked for a permission on them, or they answer it.

    It goes by the request, not by the record: a command that was seen before has none, and waits all the same.
    """
    prefix = key_arn(call.region, account, "")
    resources = (judged.question.resource for judged in call.judged)
    yield from (resource.removeprefix(prefix) for resource in resources if resource.startswith(prefix))
    yield answer
