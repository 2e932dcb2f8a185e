"""What happens with the grants that a primary has alone, once its key asks that all regions have them.

Owns the decision that gives them to all, as many as go into one record at a time: one key may have very many. Until
their turn comes they are in force at the primary, as before.
"""

from shared.decision import Decision, StateView
from shared.event_codec import encode_events
from shared.grants.decide import BATCH, shared_form
from shared.grants.events import GrantReplaced, GrantRevoked, GrantShared
from shared.grants.lookup import is_of
from shared.grants.model import Grant
from shared.identifiers import key_stream
from shared.keys.commands import KeyName
from shared.keys.sharing import GRANTS, is_given

BATCH_BYTES = 128 * 1024
"""Of what all regions hear, encoded. A record holds it twice: some 260 KiB, far from the most that a log takes."""


def give_grants(name: KeyName, view: StateView) -> Decision:
    """The next of the primary's own grants go to all regions; no events once none is left.

    Those of an earlier life of the key, which are of no effect, are revoked. It rests on the key.
    """
    key = view.key(name.account, name.key_id)
    if key is None or not is_given(key, name.region, GRANTS):
        return Decision(())
    local, shared = list[GrantReplaced | GrantRevoked | GrantShared](), list[GrantShared]()
    size = 0
    for grant in view.own_grants(name.account, name.key_id):
        if size >= BATCH_BYTES or len(local) >= 2 * BATCH:
            break
        if not is_of(grant, key):
            local.append(GrantRevoked(*_name(grant)))
            continue
        said = shared_form(grant)
        size += len(encode_events([said]))
        local += (GrantReplaced(*_name(grant)), said)
        shared.append(said)
    return Decision(tuple(local), tuple(shared), rests_on=(key_stream(name.account, name.key_id),) if local else ())


def _name(grant: Grant) -> tuple[str, str, str]:
    return grant.account, grant.key_id, grant.grant_id
