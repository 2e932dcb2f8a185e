"""A report holds as the regions that took part have signed it, and in no other way."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from services.drill.faults import NotAReport
from services.drill.report import as_object, report_hash
from services.drill.signed_report import Attested, encode_signed, verify_signed
from services.drill.statement import FORMAT_VERSION, Statement, encode_statement
from tests.services.drill.histories import HOME, PEER, report
from tests.services.region_node.running_replicator import KEYS

IDENTITIES = {region: KEYS[region].identity.public_bytes for region in (HOME, PEER)}


def attested(region: str, told: dict[str, Any], **changed: Any) -> Attested:
    fields = {
        "format": FORMAT_VERSION,
        "region": region,
        "scenario": "region-loss",
        "report": report_hash(told),
        "passed": True,
        "time": 1_700_000_000_000,
    }
    said = encode_statement(Statement(**{**fields, **changed}), KEYS[region].identity.sign)
    return Attested(said, KEYS[region].encoded_card.hex())


def signed() -> bytes:
    told = as_object(report())
    return encode_signed(told, [attested(region, told) for region in (HOME, PEER)])


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


@pytest.mark.parametrize("claim", [{"report": "00" * 32}, {"scenario": "partition"}, {"passed": False}])
def test_a_statement_about_something_else_is_refused(claim: dict[str, Any]) -> None:
    told = as_object(report())
    content = encode_signed(told, [attested(HOME, told), attested(PEER, told, **claim)])
    with pytest.raises(NotAReport, match="another report"):
        verify_signed(content, {})


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(NotAReport):
        verify_signed(b"{", {})
