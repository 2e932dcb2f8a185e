"""What a node refuses because of the other nodes of its region."""

from shared.errors import DependencyTimeout, ValidationFailed


class NotLeased(DependencyTimeout):
    """Another node may have acknowledged a change that this one has not applied."""

    remedy = "Retry, best through the front door, which asks another node; see /readyz of this one."


class NodeRefused(ValidationFailed):
    """What is wanted of the region's nodes cannot be done. `message` says why."""

    remedy = "See keytide node list, and try again."
