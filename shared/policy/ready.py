"""All that answers a right, made ready to be asked: what is left of the policies, and of the grants.

Owns `Ready`, which whoever asks for the same right again may keep for as long as its policies, its grants and the facts
in `lasting` stand: it follows from them, from the principal, the action and the resource, and from nothing that a
request says of itself.
"""

from collections.abc import Iterable
from typing import TypeAlias

from shared.policy.answers import Step, follow
from shared.policy.offers import Offer, offers_of
from shared.policy.program import Program, program_of
from shared.policy.question import Context, Question, RightAsked, Values
from shared.policy.verdict import Verdict

Lasting: TypeAlias = dict[str, Values | None]
"""Condition keys that have the same value in every question about the right, None for none."""


class Ready:
    """`program`: what the policies say. `lasting`: as far as it is known; whoever tells the facts adds to it."""

    __slots__ = ("_beginning", "_offers", "lasting", "program")

    def __init__(self, right: RightAsked) -> None:
        self.program: Program = program_of(right)
        self.lasting: Lasting = {}
        self._beginning: Step | None = None
        self._offers: tuple[Offer, ...] | None = None

    def find(self, context: Context) -> Verdict | None:
        """What the policies have said before to these facts; what lasts is asked for only once."""
        if self._beginning is not None:
            return follow(self._beginning, context)
        verdict = self.program.answers.find(context)
        if verdict is not None:
            self._beginning = self.program.answers.beyond(self.lasting)
        return verdict

    def offers(self, question: Question) -> Iterable[Offer]:
        """Remembered where the grants are given as a tuple; else they are too many, and are read again each time."""
        if self._offers is not None:
            return self._offers
        grants = question.grants()
        offers = offers_of(grants, question.grant_operation, self.program.names)
        if not isinstance(grants, tuple):
            return offers
        self._offers = tuple(offers)
        return self._offers
