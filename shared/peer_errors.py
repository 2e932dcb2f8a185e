"""The refusals that come of other regions being away. Owns their codes and remedies, as `shared/errors.py` does."""

from shared.errors import DependencyTimeout, KeyUnavailable


class KeyStale(KeyUnavailable):
    """The region has been cut off for longer than the key's or the region's limit of staleness allows."""

    remedy = "Use the key in another region, or bring the link back; see keytide status. Limits: docs/receipts.md."


class NotAdoptedYet(DependencyTimeout):
    """A change is durable and in effect in its region, and not adopted in time by as many others as have to."""

    remedy = (
        "Retry: an SDK's retry changes nothing again and waits on. See keytide status for how far the regions are, and "
        "docs/durability.md for who demands it."
    )


class MaterialUnheard(KeyUnavailable):
    """A cut-off region cannot tell new key material, which it has not heard of, from a damaged ciphertext."""

    remedy = "Use the key in another region, or retry once the link is back; see keytide status."


class NotReachedYet(DependencyTimeout):
    """A change has not been adopted in time by every region that a barrier names."""

    remedy = "Retry the barrier; see keytide status for how far behind the regions are."
