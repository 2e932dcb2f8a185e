"""Commands that ask another machine before they are recorded: first, whether there is anything to ask for.

Owns that question. What the state refuses asks nothing of anybody, and for a command that was seen before nobody is
asked a second time.
"""

from collections.abc import Callable

from services.region_node.requests.call import Call
from shared.decision import Decision, StateView


async def rehearsed(call: Call, decide: Callable[[StateView], Decision]) -> str:
    """The first answer to a command that was seen before; "" for a fresh one. Errors: those of `decide`."""

    def changing_nothing(view: StateView) -> Decision:
        decide(view)
        return Decision(())

    return await call.change(changing_nothing)
