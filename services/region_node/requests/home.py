"""The home region of an account: who is in it is changed there alone.

Owns the refusal of everybody else, which names the home, so that the front door can ask there.
"""

from services.region_node.requests.call import Call
from shared.identifiers import account_stream
from shared.identity.errors import NotHome
from shared.identity.model import Account


def require_home(call: Call) -> None:
    """Errors: NotHome where the caller's account is changed in another region."""
    account = call.view.state(account_stream(call.caller.account))
    if isinstance(account, Account) and account.home_region != call.region:
        raise NotHome(account.account, account.home_region)
