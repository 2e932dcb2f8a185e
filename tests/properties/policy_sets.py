"""Generated sets of policies, with the contexts of the requests that meet them."""

from typing import Any, NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from shared.grants.model import Grant
from tests.properties import policy_vocabulary as words
from tests.shared.policy.case_questions import grant

Statement = dict[str, Any]
Policy = list[Statement] | str
"""Statements, or a text that cannot be read."""


class Request(NamedTuple):
    context: dict[str, Any]
    encryption_context: dict[str, str] | None


class PolicySet(NamedTuple):
    """`identity` stands for whoever asks; None: there is none of the kind."""

    key_policy: Policy
    identity: list[Policy]
    boundary: Policy | None
    session: list[Policy] | None
    service_control: list[list[Policy]]
    grants: list[Grant]
    requests: list[Request]
    version: str


def either(element: str, values: list[Any], inverted: list[Any] | None = None) -> st.SearchStrategy[Statement]:
    """The element mostly, now and then its inversion."""
    plain = st.sampled_from([{element: value} for value in values])
    inverse = st.sampled_from([{"Not" + element: value} for value in inverted or values])
    return st.one_of(plain, plain, plain, plain, inverse)


@st.composite
def _conditions(draw: st.DrawFn, numbers: list[int]) -> dict[str, dict[str, Any]]:
    block: dict[str, dict[str, Any]] = {}
    for _ in range(draw(st.sampled_from(numbers))):
        family = draw(st.sampled_from(["String", "String", *words.OPERATORS]))
        operator = _named(family, draw(st.sampled_from(words.OPERATORS[family])))
        if family != "Null":
            prefix = draw(st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"]))
            operator = prefix + operator + draw(st.sampled_from(["", "", "IfExists"]))
        values = draw(st.lists(st.sampled_from(words.POLICY_VALUES[family]), min_size=1, max_size=2))
        key = draw(st.sampled_from(words.KEYS[family]))
        block.setdefault(operator, {})[key] = values if len(values) > 1 else values[0]
    return block


def _named(family: str, operator: str) -> str:
    return operator if family == "Ip" else family + operator


@st.composite
def statements(
    draw: st.DrawFn,
    principals: list[Any] | None,
    effects: tuple[str, ...] = ("Allow",) * 4 + ("Deny",),
    conditional: bool = False,
) -> Statement:
    """`principals` None: of a policy that has none."""
    statement: Statement = {"Effect": draw(st.sampled_from(effects))}
    if principals is not None:
        denies = statement["Effect"] == "Deny"
        plain = st.sampled_from([{"Principal": one} for one in principals])
        statement |= draw(either("Principal", principals, words.SPARED) if denies else plain)
    statement |= draw(either("Action", words.ACTION_PATTERNS))
    statement |= draw(either("Resource", words.RESOURCES))
    condition = draw(_conditions([1, 1, 1, 2] if conditional else [0, 0, 0, 1, 1, 2]))
    return statement | ({"Condition": condition} if condition else {})


def policies(principals: list[Any] | None) -> st.SearchStrategy[Policy]:
    readable = st.lists(statements(principals), min_size=1, max_size=3)
    return st.integers(0, 49).flatmap(lambda roll: readable if roll else st.sampled_from(words.UNREADABLE))


EVERYTHING: Policy = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
IDENTITY = st.one_of(policies(None), st.just(EVERYTHING))
LEVELS = st.lists(st.lists(st.one_of(st.just(EVERYTHING), policies(None)), min_size=1, max_size=2), max_size=2)


def requests() -> st.SearchStrategy[Request]:
    values = {key: st.sampled_from(found) for key, found in words.REQUEST_VALUES.items()}
    return st.builds(Request, st.fixed_dictionaries({}, optional=values), st.sampled_from(words.ENCRYPTION_CONTEXTS))


@st.composite
def grants(draw: st.DrawFn) -> Grant:
    found: dict[str, Any] = {"operations": draw(st.sampled_from([["Encrypt"], ["Decrypt", "DescribeKey"]]))}
    found |= draw(st.sampled_from(GRANTEES))
    found |= draw(st.sampled_from(CONSTRAINTS))
    return grant(found)


GRANTEES = [
    {"grantee": one["AWS"]}
    for one in words.OUR_PRINCIPALS + words.THEIR_PRINCIPALS
    if isinstance(one["AWS"], str) and one["AWS"].startswith("arn:")
] + [{"service": "backup.example.com"}]
CONSTRAINTS: list[dict[str, Any]] = [
    {},
    {},
    {"equals": {"Dept": "red"}},
    {"subset": {"Dept": "red"}},
    {"source_arn": "arn:aws:s3:::photos"},
]


def policy_sets(principals: list[Any] = words.PRINCIPALS) -> st.SearchStrategy[PolicySet]:
    return st.builds(
        PolicySet,
        key_policy=policies(principals),
        identity=st.lists(IDENTITY, max_size=2),
        boundary=st.one_of(st.none(), st.none(), IDENTITY),
        session=st.one_of(st.none(), st.none(), st.lists(IDENTITY, min_size=1, max_size=2)),
        service_control=st.one_of(st.just([]), LEVELS),
        grants=st.lists(grants(), max_size=2),
        requests=st.lists(requests(), min_size=REQUESTS, max_size=REQUESTS),
        version=st.sampled_from(["2012-10-17"] * 4 + ["2008-10-17"]),
    )


REQUESTS = 2
SOME = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
