"""Recorded decisions of one refused request."""

from typing import Any

from services.region_node.decisions.record import Recorded, digest_of
from shared.policy.evaluate import evaluate
from shared.policy.question import Question
from tests.shared.policy.why.questions import REFUSED

REQUEST_ID = "0f9d0d7a-8f2c-4f0e-9f50-1d5a7a3b2c10"
NOW = 1_700_000_000_000


def recorded(question: Question = REFUSED["denied by the key policy"][1], **fields: Any) -> Recorded:
    verdict = evaluate(question)
    made = Recorded(
        time=NOW,
        request_ids=(REQUEST_ID,),
        requests=1,
        operation="Encrypt",
        refused=not verdict.allowed,
        principal=question.principal,
        session=question.identity.session,
        action=question.action,
        resource=question.resource,
        resource_account=question.resource_account,
        has_resource_policy=question.resource_policy is not None,
        grant_operation=question.grant_operation,
        cross_account=question.cross_account,
        context=dict(question.context.items()) if isinstance(question.context, dict) else {},
        encryption_context=question.encryption_context,
        verdict=verdict,
        sequences={question.resource_account: 7},
        policies=digest_of(question),
    )
    return made._replace(**fields)
