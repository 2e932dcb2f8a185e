"""Grants that a primary gave to all regions of its key and that a promotion has overtaken.

Owns which they are, by the record that gave them, and the two decisions about one: given again, or ended for ever.
"""

from collections.abc import Iterable

from shared.decision import Decision, StateView
from shared.grants.decide import shared_form
from shared.grants.events import GrantShared, SharedGrantEnded
from shared.grants.lookup import counts_on
from shared.grants.model import Grant
from shared.identifiers import key_stream
from shared.keys.commands import KeyName
from shared.keys.decide_primary import primary_key
from shared.keys.epochs import counts
from shared.keys.errors import NotDoneAgain, NothingOvertaken
from shared.keys.lookup import arn_of
from shared.keys.model import Key
from shared.keys.sharing import REPLICATE_TAG


def overtaken_grants(view: StateView, key: Key) -> dict[tuple[str, int], list[Grant]]:
    """By region and number of the last record that gave them; also where the regions have no grants in common any
    more, for what had them so may be overtaken, too."""
    found: dict[tuple[str, int], list[Grant]] = {}
    for grant in view.grants(key.account, key.key_id, ""):
        if grant.shared and not counts_on(grant, key):
            _, region, number = grant.given_in[-1]
            found.setdefault((region, number), []).append(grant)
    return found


def were_given_again(view: StateView, key: Key, region: str, number: int) -> bool:
    """Whether the record gave grants, was overtaken, and another one that counts has given them."""
    return any(
        (said_by, said_in) == (region, number) and not counts(key, (count, said_by), said_in) and counts_on(grant, key)
        for grant in view.grants(key.account, key.key_id, "")
        for count, said_by, said_in in grant.given_in
    )


def give_grants_again(name: KeyName, region: str, number: int, view: StateView) -> Decision:
    """Errors: those of `_of`; NotDoneAgain where they would be in force nowhere."""
    grants = _of(name, region, number, view)
    if not primary_key(view, name).shares_grants:
        raise NotDoneAgain(
            f"The regions of {arn_of(name)} have no grants in common: what had them so is overtaken, too. Do that "
            f"change again first, if it is listed; or set the tag {REPLICATE_TAG}."
        )
    return _said(name, map(shared_form, grants))


def drop_grants(name: KeyName, region: str, number: int, view: StateView) -> Decision:
    """Errors: those of `_of`."""
    ended = (SharedGrantEnded(grant.account, grant.key_id, grant.grant_id) for grant in _of(name, region, number, view))
    return _said(name, ended)


def _of(name: KeyName, region: str, number: int, view: StateView) -> list[Grant]:
    """Errors: NotFound, UnsupportedOperation where the primary is not here; NothingOvertaken."""
    grants = overtaken_grants(view, primary_key(view, name)).get((region, number))
    if not grants:
        raise NothingOvertaken(f"No overtaken grant of {region}, {number}, is open for {arn_of(name)}.")
    return grants


def _said(name: KeyName, events: Iterable[GrantShared | SharedGrantEnded]) -> Decision:
    said = tuple(events)
    return Decision(said, said, rests_on=(key_stream(name.account, name.key_id),))
