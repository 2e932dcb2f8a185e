"""The home region of an account: who is in it is changed there alone.

Owns the refusal of everybody else, which names the home, so that the front door can ask there.
"""

from services.region_node.call import Call
from shared.errors import AwayFromHome
from shared.identifiers import account_stream
from shared.identity.model import Account


def require_home(call: Call) -> None:
    """Errors: AwayFromHome where the caller's account is changed in another region."""
    account = call.view.state(account_stream(call.caller.account))
    if isinstance(account, Account) and account.home_region != call.region:
        text = f"Account {account.account} is changed in its home region, {account.home_region}"
        raise AwayFromHome(text, account.home_region)
