"""Reports that regions have signed, for who reads them."""

from typing import Any

from services.drill.report import as_object, report_hash
from services.drill.signed_report import Attested, encode_signed
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
