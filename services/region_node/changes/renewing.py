"""A decision's secrets under the domain keys that are current in the state which was decided on.

Owns the exchange. A handler wraps what it makes before it knows which record will hold it; between that and the record
a bucket may have advanced, and the record would be void, each time that it is decided again. It is this, too, that
keeps an ended secret out of later epochs: what is wrapped rests on a state in which it was alive.
"""

from replication.fold.erasing import domain_in
from replication.state.state_store import Snapshot
from services.region_node.changes.carried_secrets import exchanged, wrapped_in
from services.region_node.keys.vault import RegionVault
from shared.crypto.domain_keys import SecretUnavailable
from shared.crypto.wrapped_secret import decode_wrapped_secret
from shared.decision import Decision
from shared.errors import KeyUnavailable

_LACKING = "The region's keys are being exchanged; nothing was changed. Retry the request."


class Renewing:
    """Call it for the decision as its record may hold it."""

    def __init__(self, vault: RegionVault, partitions: int) -> None:
        self._vault, self._partitions = vault, partitions

    def __call__(self, decision: Decision, snapshot: Snapshot) -> Decision:
        """Errors: KeyUnavailable, retryable, where a domain key is not here (any more, or yet)."""
        if not any(self._is_outdated(wrapped, snapshot) for event in decision.events for wrapped in wrapped_in(event)):
            return decision

        def exchange(account: str, binding: str, wrapped: bytes) -> bytes:
            domain = domain_in(snapshot, self._partitions, self._vault.bucket(account, binding))
            return self._vault.wrap_in(domain, binding, self._vault.open_secret(binding, wrapped))

        try:
            return decision._replace(events=tuple(exchanged(event, exchange) for event in decision.events))
        except SecretUnavailable:
            raise KeyUnavailable(_LACKING) from None

    def _is_outdated(self, wrapped: bytes, snapshot: Snapshot) -> bool:
        bucket, epoch, *_ = decode_wrapped_secret(wrapped)
        domain = domain_in(snapshot, self._partitions, bucket)
        # Of two nodes that opened the epoch at once one has a key that nobody will ever have again.
        return domain.epoch != epoch or (bool(domain.fingerprint) and not self._vault.has_present(domain))
