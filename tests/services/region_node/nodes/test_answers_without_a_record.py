"""What is answered without a record rests on all that the log held, and binds every node first."""

from collections.abc import Callable

import pytest

from replication.fold.judge import Verdict
from replication.state.state_store import COMMANDS, partition_prefix
from services.region_node.changes.changing import Changing
from shared.decision import Decision, StateView
from shared.errors import DependencyTimeout
from shared.events import KeyDisabled
from tests.services.region_node.changes.test_changing import ACCOUNT, COMMAND, KEY, PARTITIONS, Scripted, built


class Others:
    """The other nodes of a region: what is asked of them, and what happens while this one follows the log."""

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.asked: list[str] = []
        self._meanwhile = meanwhile

    async def follow(self, partition: int) -> None:
        self.asked.append(f"follow {partition}")
        self._meanwhile()

    async def held(self, partition: int, sequence: int) -> None:
        self.asked.append(f"held {partition} {sequence}")


def nothing_to_do(_view: StateView) -> Decision:
    return Decision((), answer="as it is")


async def test_nothing_to_do_is_said_once_the_log_says_so_and_all_nodes_know() -> None:
    others = Others()
    changing = Changing(built(), PARTITIONS, Scripted(), others=others)
    assert await changing.change(COMMAND, nothing_to_do) == "as it is"
    assert others.asked == ["follow 0", "held 0 0"]


async def test_what_another_node_has_written_meanwhile_may_leave_something_to_do() -> None:
    fulfilled = [True]
    others = Others(lambda: fulfilled.append(False))
    replicator = Scripted(Verdict.APPLIED)

    def disable(_view: StateView) -> Decision:
        return Decision(() if fulfilled[-1] else (KeyDisabled(ACCOUNT, KEY),), answer=KEY)

    await Changing(built(), PARTITIONS, replicator, others=others).change(COMMAND, disable)
    assert len(replicator.drafts) == 1
    assert others.asked == ["follow 0"], "the record itself was waited for where it was written"


async def test_the_first_answer_of_a_command_binds_every_node_before_it_is_given_again() -> None:
    store, others = built(), Others()
    with store.write() as transaction:
        transaction.put(COMMANDS, partition_prefix(0) + COMMAND.command_id, b"the first")
    assert await Changing(store, PARTITIONS, Scripted(), others=others).change(COMMAND, nothing_to_do) == "the first"
    assert others.asked == ["follow 0", "held 0 0"]


async def test_where_the_log_cannot_be_followed_nothing_is_answered() -> None:
    class Unheard(Others):
        async def follow(self, partition: int) -> None:
            raise DependencyTimeout

    with pytest.raises(DependencyTimeout):
        await Changing(built(), PARTITIONS, Scripted(), others=Unheard()).change(COMMAND, nothing_to_do)
