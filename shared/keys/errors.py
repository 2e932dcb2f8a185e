"""Refusals that only multi-region keys know."""

from shared.errors import InvalidKeyState, NotFound, UnsupportedOperation


class FollowsPrimary(UnsupportedOperation):
    """The setting follows the primary key, and this is a replica."""

    remedy = "Send the request to the region of the primary key, which DescribeKey and the message name."


class HasHeir(InvalidKeyState):
    """The single-region key was converted: a multi-region key has its material."""

    remedy = "Use the multi-region key that the message names: rotate it, replicate it, or point the alias at it."


class NotPromotable(InvalidKeyState):
    """A region cannot make itself the primary of the key."""

    remedy = "See keytide status and DescribeKey for who the primary is; docs/promotion.md says when to promote."


class PrimaryAnswers(NotPromotable):
    """The primary's region is heard, so that nothing has to be forced."""

    remedy = "Use UpdatePrimaryRegion in the primary's region; or say --even-though-it-answers, and changes are lost."


class TailMissing(NotPromotable):
    """Another region has adopted more of the lost one than that which is to take its place, or may have."""

    remedy = "Bring the link to that region back, or say --without-the-tail: those changes are overtaken then."


class NothingOvertaken(NotFound):
    """No such change is overtaken and open."""

    remedy = "See keytide overtaken list."


class NotDoneAgain(InvalidKeyState):
    """An overtaken change that cannot be decided anew."""

    remedy = "Make the change as a client does, and drop this one: keytide overtaken drop."
