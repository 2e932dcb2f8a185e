"""The full account of one decision.

Owns putting it together: `statements.py`, `grants.py`, `steps.py` and `plans.py` each know their part. The verdict is
that of `evaluate.py`, which knows nothing of explanations.
"""

from shared.policy.condition_keys import keys_asked
from shared.policy.evaluate import evaluate
from shared.policy.question import Question
from shared.policy.why.grants import explained_grants
from shared.policy.why.model import Explanation
from shared.policy.why.plans import plans_for
from shared.policy.why.statements import explained_policy, policies_of, reading
from shared.policy.why.steps import steps_of


def explain(question: Question) -> Explanation:
    """Why the question is answered as it is. Errors: none."""
    verdict = evaluate(question)
    return Explanation(
        principal=question.principal.arn,
        action=question.action,
        resource=question.resource,
        verdict=verdict,
        steps=steps_of(question, verdict),
        policies=tuple(explained_policy(policy, question, verdict) for policy in policies_of(question)),
        grants=explained_grants(question, verdict),
        missing=_missing(question),
        plans=() if verdict.allowed else plans_for(question),
    )


def _missing(question: Question) -> tuple[str, ...]:
    readable = (policy for policy in policies_of(question) if not isinstance(reading(policy), str))
    asked = {key.lower(): key for policy in readable for key in keys_asked(policy, question.action)}
    return tuple(key for lower, key in asked.items() if question.context.get(lower, ()) == ())
