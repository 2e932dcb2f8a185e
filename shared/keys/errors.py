"""Refusals that only multi-region keys know."""

from shared.errors import InvalidKeyState, UnsupportedOperation


class FollowsPrimary(UnsupportedOperation):
    """The setting follows the primary key, and this is a replica."""

    remedy = "Send the request to the region of the primary key, which DescribeKey and the message name."


class HasHeir(InvalidKeyState):
    """The single-region key was converted: a multi-region key has its material."""

    remedy = "Use the multi-region key that the message names: rotate it, replicate it, or point the alias at it."
