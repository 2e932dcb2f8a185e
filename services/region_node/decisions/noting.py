"""How a decision is told to whoever keeps it."""

from typing import TYPE_CHECKING, Protocol

from shared.policy.question import Question
from shared.policy.verdict import Verdict

if TYPE_CHECKING:
    from services.region_node.requests.call import Call


class Decisions(Protocol):
    """What was decided, for the owner's side to ask why. `watched`: it is to be told when a judgement begins."""

    @property
    def watched(self) -> bool: ...

    def begin(self) -> None:
        """A judgement begins, of which `note` will tell the end."""

    def note(self, call: "Call", question: Question, verdict: Verdict, alias: str | None, *, refused: bool) -> None:
        """`alias`: by which the request named the key. `refused`: the request ends here."""


class Unrecorded:
    """`Decisions` that nobody keeps."""

    watched = False

    def begin(self) -> None:
        """Nothing."""

    def note(self, call: "Call", question: Question, verdict: Verdict, alias: str | None, *, refused: bool) -> None:
        """Nothing."""


UNRECORDED: Decisions = Unrecorded()
