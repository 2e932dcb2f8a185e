"""What a region refuses of its operator about archives. Owns the remedies, as `shared/errors.py` does."""

from shared.errors import NotFound, ValidationFailed


class UnknownArchive(NotFound):
    """The region's log knows of no such archive."""

    remedy = "See keytide backup list. An archive of a region that stood still: tell of it with keytide backup record."


class UnknownHolder(NotFound):
    """Who has been given no share of the archive's key."""

    remedy = "See keytide backup list for who holds a share."


class ShareNotHere(NotFound):
    """The region holds no share of that archive's key."""

    remedy = "See keytide backup show for who holds a share; one that was destroyed does not come back."


class FalseShare(ValidationFailed):
    """What was handed over is no share, no manifest or no statement that this region could believe."""

    remedy = "Hand over the file as it was made, in the region that it is meant for."
