"""All that answers a right, made ready to be asked: what is left of the policies, and of the grants.

Owns `Ready`, which whoever asks for the same right again may keep for as long as its policies, its grants and the facts
in `lasting` stand: it follows from them, from the principal, the action and the resource. A verdict for which nothing
else of a request was asked than its encryption context is that of all requests with the same; it is bounded how many
are remembered, since clients choose encryption contexts.
"""

from collections.abc import Iterable
from typing import TypeAlias

from shared.policy.answers import Step, follow
from shared.policy.offers import Offer, Offers
from shared.policy.program import program_of
from shared.policy.question import Context, Question, RightAsked, Values
from shared.policy.remembered import Kept
from shared.policy.verdict import Verdict

MOST = 16
"""Encryption contexts for which it is tried to remember the verdict; a right that meets more is evaluated for the
rest."""
LONGEST = 128
"""Characters of such an encryption context."""
OF_ENCRYPTION_CONTEXT = "kms:encryptioncontext"
"""How the condition keys begin whose values follow from the encryption context alone."""


Lasting: TypeAlias = dict[str, Values | None]
"""Condition keys that have the same value in every question about the right, None for none."""
Pairs: TypeAlias = tuple[tuple[str, str], ...]


class Verdicts:
    """How often a verdict was there already, in all of them."""

    __slots__ = ("hits", "misses")

    def __init__(self) -> None:
        self.hits = self.misses = 0

    def kept(self) -> Kept:
        return Kept(self.hits, self.misses)


VERDICTS = Verdicts()


class Ready:
    """`program`: what the policies say. `lasting`: as far as it is known; whoever tells the facts adds to it.

    `verdicts`: by the pairs of an encryption context, in their order. `offers` of the grants may be kept for longer, or
    for other sessions of the principal. `contexts`: for how many encryption contexts it is tried to remember a verdict.
    """

    __slots__ = ("_beginning", "_offers", "_room", "lasting", "program", "verdicts")

    def __init__(self, right: RightAsked, offers: Offers | None = None, contexts: int = MOST) -> None:
        self.program = program_of(right)
        self.lasting: Lasting = {}
        self.verdicts: dict[Pairs, Verdict] = {}
        self._room = contexts
        self._beginning: Step | None = None
        self._offers = offers or Offers()

    def find(self, context: Context) -> Verdict | None:
        """What the policies have said before to these facts; what lasts is asked for only once."""
        if self._beginning is not None:
            return follow(self._beginning, context)
        verdict = self.program.answers.find(context)
        if verdict is not None:
            self._beginning = self.program.answers.beyond(self.lasting)
        return verdict

    def offers(self, question: Question) -> Iterable[Offer]:
        """What grants offer; found when a question first comes to them."""
        return self._offers.of(question, self.program.names)

    def has_room(self, pairs: Pairs) -> bool:
        return self._room > 0 and sum(len(key) + len(value) for key, value in pairs) <= LONGEST

    def keep(self, pairs: Pairs, verdict: Verdict, asked: Iterable[str]) -> None:
        """Remember the verdict, if it follows from these pairs and from what lasts. `asked`: the facts that it took."""
        self._room -= 1
        if all(key in self.lasting or key.startswith(OF_ENCRYPTION_CONTEXT) for key in asked):
            self.verdicts[pairs] = verdict
