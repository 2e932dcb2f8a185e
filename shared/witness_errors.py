"""The refusals of a region whose log no peer has confirmed. Owns their codes and remedies, as `errors.py` does."""

from shared.errors import DependencyTimeout, InvalidKeyState


class NotWitnessed(DependencyTimeout):
    """No peer has confirmed yet that the region's log is not an old one."""

    remedy = "Retry; if it lasts, bring a peer back or see /readyz of the region. docs/witnesses.md tells the rule."


class WitnessOverdue(DependencyTimeout):
    """No peer could be asked for longer than the region may serve unwitnessed."""

    remedy = "Bring a peer back, or vouch for the region's log with keytide vouch. docs/witnesses.md tells the rule."


class LogContradicted(DependencyTimeout):
    """The region's log is not what the region has signed before: it was put back, cut, or another one."""

    remedy = (
        "Use another region. The operator brings back the newest log and state, or builds the region anew from its "
        "peers: docs/witnesses.md."
    )


class NothingToVouchFor(InvalidKeyState):
    """An operator vouches for a log that needs no voucher, or cannot have one."""

    remedy = "See keytide status for how the region stands with its witnesses."
