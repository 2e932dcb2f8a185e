"""Filters: an entry has to meet all that is asked for."""

import pytest

from shared.audit.filtering import ANY, Filter
from tests.services.audit.making import NOW, OTHER, OWN, entry, key_arn

MEANT = entry(7, resources=(key_arn(1, OTHER),))
REFUSED = entry(8, resources=(key_arn(1),), error=("AccessDeniedException", "no"))


@pytest.mark.parametrize(
    ("wanted", "met"),
    [
        (Filter(), True),
        (Filter(since=NOW + 7, until=NOW + 7), True),
        (Filter(since=NOW + 8), False),
        (Filter(until=NOW + 6), False),
        (Filter(account=OTHER), True),
        (Filter(account="333333333333"), False),
        (Filter(key=key_arn(1, OTHER)), True),
        (Filter(key=f"{1:032x}"), True),
        (Filter(key=f"{1:031x}"), False),
        (Filter(key=key_arn(2, OTHER)), False),
        (Filter(user="ann", access_key="AKIAann", event="Encrypt", request="request-7", address="192.0.2.1"), True),
        (Filter(user="ann", event="Decrypt"), False),
        (Filter(error=ANY), False),
        (Filter(error="AccessDenied"), False),
    ],
)
def test_an_entry_meets_all_that_is_asked_for_or_is_not_meant(wanted: Filter, met: bool) -> None:
    assert bool(wanted.accounts_met(MEANT)) is met


@pytest.mark.parametrize("code", [ANY, "AccessDenied"])
def test_refusals_are_found_by_their_code_or_as_such(code: str) -> None:
    assert Filter(error=code).accounts_met(REFUSED) == (OWN,)


def test_an_entry_of_two_accounts_is_meant_in_both_trails_or_in_the_one_asked_for() -> None:
    assert Filter().accounts_met(MEANT) == (OWN, OTHER)
    assert Filter(account=OTHER).accounts_met(MEANT) == (OTHER,)


def test_an_index_is_asked_by_the_rarest_attribute_first() -> None:
    wanted = Filter(event="Encrypt", request="request-7", user="ann", error=ANY)
    assert [name for name, _ in wanted.attributes()] == ["RequestId", "Username", "EventName"]
