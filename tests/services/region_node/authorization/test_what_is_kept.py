"""What is kept of a right for its next request may be kept by its action alone."""

from collections import defaultdict

from services.region_node.operations import rules
from services.region_node.operations.rules import Rule
from services.region_node.operations.table import OPERATIONS


def test_an_action_is_of_one_grant_operation_and_one_reach() -> None:
    """A verdict is kept by the action: of two rules with one action, one would get the answers of the other."""
    asked = [rule for operation in OPERATIONS.values() for rule in operation.rules]
    asked += [rule for rule in vars(rules).values() if isinstance(rule, Rule)]
    found = defaultdict(set)
    for rule in asked:
        found[rule.action].add((rule.grant_operation, rule.cross_account))
    assert len(found) > 50
    assert {action: answers for action, answers in found.items() if len(answers) > 1} == {}
