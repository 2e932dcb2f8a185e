"""A report holds as the regions that took part have signed it, and in no other way."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from services.drill.faults import NotAReport
from services.drill.report import as_object
from services.drill.signed_report import encode_signed, verify_signed
from services.region_node.keys.region_keys import make_region_keys
from tests.services.drill.histories import HOME, PEER, report
from tests.services.drill.signing import IDENTITIES, attested, signed
from tests.services.region_node.running_replicator import NOW, PARTITIONS, REGIONS

THIRD = REGIONS[2]


def of_nobody(*signers: str) -> bytes:
    """A report in which no region took part, whoever has signed it."""
    told = {**as_object(report()), "regions": []}
    return encode_signed(told, [attested(region, told) for region in signers])


def changed(change: Callable[[Any], object]) -> bytes:
    whole = orjson.loads(signed())
    change(whole)
    return orjson.dumps(whole)


def test_a_signed_report_holds() -> None:
    verified = verify_signed(signed(), IDENTITIES)
    assert [one.region for one in verified.statements] == [HOME, PEER]
    assert verified.strangers == []


def test_whose_cards_were_not_compared_is_told() -> None:
    assert verify_signed(signed(), {HOME: IDENTITIES[HOME]}).strangers == [PEER]


def test_a_region_that_is_believed_under_another_identity_has_not_signed() -> None:
    with pytest.raises(NotAReport, match=f"{PEER} has not signed"):
        verify_signed(signed(), {PEER: IDENTITIES[HOME]})


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda whole: whole["report"].update(passed=False), "was changed"),
        (lambda whole: whole["report"]["figures"]["lost"].update(changes=7), "was changed"),
        (lambda whole: whole["regions"].pop(), f"{PEER} took part and did not sign"),
        (lambda whole: whole.pop("sha256"), "no report"),
        (lambda whole: whole["regions"][0].update(card="00"), "card"),
        (lambda whole: whole["regions"][0].update(card=whole["regions"][1]["card"]), "has not signed"),
    ],
)
def test_a_changed_report_is_refused(change: Callable[[Any], object], refusal: str) -> None:
    with pytest.raises(NotAReport, match=refusal):
        verify_signed(changed(change), {})


@pytest.mark.parametrize("signers", [(), (HOME,)])
@pytest.mark.parametrize("believed", [{}, IDENTITIES])
def test_a_report_that_no_region_has_to_sign_is_none(signers: tuple[str, ...], believed: dict[str, bytes]) -> None:
    with pytest.raises(NotAReport, match="no region took part"):
        verify_signed(of_nobody(*signers), believed)


def test_whoever_took_no_part_has_not_signed_it() -> None:
    told = as_object(report())
    content = encode_signed(told, [attested(region, told) for region in (HOME, PEER, THIRD)])
    with pytest.raises(NotAReport, match=f"^{THIRD} took no part"):
        verify_signed(content, {})


def test_a_region_that_brings_the_card_of_another_has_not_signed() -> None:
    content = changed(lambda whole: whole["regions"][1].update(card=whole["regions"][0]["card"]))
    with pytest.raises(NotAReport, match=f"^{PEER} took part and did not sign"):
        verify_signed(content, IDENTITIES)


def test_a_region_is_told_by_the_identity_that_is_believed() -> None:
    told, another = as_object(report()), make_region_keys(HOME, PARTITIONS, NOW).encoded_card.hex()
    signed_by_home = attested(HOME, told)._replace(card=another)
    verified = verify_signed(encode_signed(told, [signed_by_home, attested(PEER, told)]), IDENTITIES)
    assert verified.identities == IDENTITIES


@pytest.mark.parametrize("claim", [{"report": "00" * 32}, {"scenario": "partition"}, {"passed": False}])
def test_a_statement_about_something_else_is_refused(claim: dict[str, Any]) -> None:
    told = as_object(report())
    content = encode_signed(told, [attested(HOME, told), attested(PEER, told, **claim)])
    with pytest.raises(NotAReport, match="another report"):
        verify_signed(content, {})


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(NotAReport):
        verify_signed(b"{", {})
