"""The keys of AWS's services, as operations meet them: made when they are first described, listed before, and used by
nobody.
"""

from collections.abc import Iterator

from services.region_node.authorization.permission import require_in_account
from services.region_node.changes.fresh_material import fresh_symmetric
from services.region_node.operations.rules import DESCRIBE_KEY
from services.region_node.requests.call import Call
from shared.aliases.model import Alias
from shared.crypto import entropy
from shared.identifiers import key_arn, parse_key_identifier
from shared.keys.aws_managed import SERVICES, CreateAwsManagedKey, create_aws_managed_key
from shared.keys.commands import KeyName

UNASSOCIATED = ""
"""The key of an alias behind which there is none yet."""


async def make_if_predefined(call: Call, identifier: str) -> None:
    """Make the key behind an alias of AWS's that has none; `call.view` shows it then.

    Errors: InvalidArn, NotFound, AccessDenied.
    """
    account, _, alias = parse_key_identifier(
        identifier, region=call.region, caller_account=call.caller.account, aliases=True
    )
    if alias is None or account != call.caller.account or not _has_no_key(call, alias):
        return
    key_id = entropy.key_id()
    require_in_account(call, DESCRIBE_KEY.action, key_arn(call.region, account, key_id))
    material = fresh_symmetric(call.vault, account, key_id, call.now)
    command = CreateAwsManagedKey(KeyName(call.region, account, key_id), alias, material)
    await call.change(lambda view: create_aws_managed_key(command, view))
    call.view = call.latest()


def unassociated(call: Call, after: str) -> Iterator[Alias]:
    """The aliases of AWS's that have no key yet, in the order of their names, from the first greater than `after`."""
    for alias in SERVICES:
        if alias > after and _has_no_key(call, alias):
            yield Alias(call.caller.account, alias, UNASSOCIATED, 0, 0)


def _has_no_key(call: Call, alias: str) -> bool:
    return alias in SERVICES and call.view.alias(call.caller.account, alias) is None
