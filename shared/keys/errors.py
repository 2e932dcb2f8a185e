"""Refusals that AWS has no words for: of multi-region keys, and of keys that are browned out."""

from typing import Any

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


class ScreamTestHit(InvalidKeyState):
    """A call that would have used the key failed on purpose: the key is browned out before its deletion.

    Not retryable, so that it is heard. `additional`: what the audit entry says of it.
    """

    remedy = "A scream test fails a share of calls; whoever needs the key says so, and stops it: keytide scream stop."

    def __init__(self, arn: str, test: str) -> None:
        _, _, _, region, _, resource = arn.split(":")
        stop = f"keytide scream stop {resource.removeprefix('key/')} --region {region}"
        super().__init__(f"{arn} is under scream test {test}: this call failed on purpose. To stop it: {stop}")
        self.additional: dict[str, Any] = {"ScreamTest": {"Test": test, "Key": arn}}


class NoScreamTest(NotFound):
    """None runs, so that none can be stopped."""

    remedy = "See keytide scream status."
