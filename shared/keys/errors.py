"""Refusals that only multi-region keys know."""

from shared.errors import UnsupportedOperation


class FollowsPrimary(UnsupportedOperation):
    """The setting follows the primary key, and this is a replica."""

    remedy = "Send the request to the region of the primary key, which DescribeKey and the message name."
