"""Generated sets of policies that leave one matter to decide, so that each of its rules is met often."""

from hypothesis import strategies as st

from tests.properties import policy_vocabulary as words
from tests.properties.policy_sets import EVERYTHING, Policy, PolicySet, Statement, grants, requests, statements
from tests.shared.policy.case_questions import ACCOUNT

NOTHING: Policy = [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]
SILENT_OR_NOT: st.SearchStrategy[Policy] = st.sampled_from([EVERYTHING, NOTHING])
FOR_EVERYBODY: Policy = [{"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "*", "Resource": "*"}]


def sets_of_one_statement() -> st.SearchStrategy[PolicySet]:
    """What a statement's action, resource and conditions say is all that matters."""
    return st.builds(
        PolicySet,
        key_policy=st.just(FOR_EVERYBODY),
        identity=st.lists(statements(None, conditional=True), min_size=1, max_size=1).map(lambda one: [one]),
        boundary=st.none(),
        session=st.none(),
        service_control=st.just([]),
        grants=st.just([]),
        requests=st.lists(requests(), min_size=8, max_size=8),
        version=st.sampled_from(["2012-10-17", "2012-10-17", "2008-10-17"]),
    )


@st.composite
def _naming(draw: st.DrawFn) -> Statement:
    named = draw(st.sampled_from(NAMINGS))
    return {"Effect": "Deny" if "NotPrincipal" in named else "Allow", "Action": "*", "Resource": "*", **named}


NAMINGS: list[Statement] = [
    *({"Principal": one} for one in words.OUR_PRINCIPALS * 2 + words.PRINCIPALS),
    *({"NotPrincipal": one} for one in words.SPARED),
    *({"Principal": one, "Effect": "Deny"} for one in words.OUR_PRINCIPALS[2:] + words.SERVICES),
]


def sets_without_conditions() -> st.SearchStrategy[PolicySet]:
    """Whom policies and grants name is all that matters, and whether the other policies are silent."""
    return st.builds(
        PolicySet,
        key_policy=st.lists(_naming(), min_size=1, max_size=2),
        identity=st.lists(SILENT_OR_NOT, max_size=1),
        boundary=st.one_of(st.none(), SILENT_OR_NOT),
        session=st.one_of(st.none(), st.lists(SILENT_OR_NOT, min_size=1, max_size=1)),
        service_control=st.one_of(*[st.just([])] * 4, st.lists(st.lists(SILENT_OR_NOT, max_size=2), max_size=2)),
        grants=st.lists(grants(), max_size=2),
        requests=st.lists(requests(), min_size=1, max_size=1),
        version=st.just("2012-10-17"),
    )
