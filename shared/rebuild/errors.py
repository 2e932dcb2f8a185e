"""What a region refuses of its operator about peers that were built anew. Owns the remedies, as `errors.py` does."""

from shared.errors import InvalidKeyState, NotFound, ValidationFailed


class NotAPeer(NotFound):
    """No card of such a region is pinned here."""

    remedy = "See keytide cards for the regions whose cards are pinned. A new region is admitted by placing its card."


class NotTheCard(ValidationFailed):
    """What was handed over is no card that could take the place of the pinned one."""

    remedy = "Hand over the card that keytide rebuild begin has made, and compare its fingerprint: docs/rebuild.md."


class RegionAnswers(InvalidKeyState):
    """The region whose identity is to be replaced was heard a moment ago, under the one that it has."""

    remedy = "A region that runs is not lost. Stop it for good first, or say --even-though-it-answers."


class MoreElsewhere(InvalidKeyState):
    """Another region that answers has more of the lost one, which could not be verified here any more afterwards."""

    remedy = "It comes by itself within moments: try again, or say --without-the-tail."
