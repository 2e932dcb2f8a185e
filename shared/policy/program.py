"""What is left of all policies for one principal, action and resource: only conditions remain to be asked.

Owns the sorting of statements by whose word they are, and the remembering of it, by all that it follows from: the texts
of the policies, the principal, the action and the resource. Time is no part of it. Python hashes a text once an object:
who gives the same objects again is answered soonest.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import NamedTuple

from shared.policy.answers import Answers
from shared.policy.candidates import Candidate, Candidates, candidates_of, collected
from shared.policy.naming import Name, Naming, names_of
from shared.policy.question import IdentityPolicies, PolicyText, Principal, PrincipalKind, RightAsked
from shared.policy.remembered import Kept, Remembered


class Standing(Enum):
    """How the principal stands to the resource; which rules follow is in `evaluate.py`."""

    NO_RESOURCE_POLICY = "only the principal's own policies are asked"
    SAME_ACCOUNT = "the principal is of the resource's account"
    OTHER_ACCOUNT = "the principal is of another account"
    NO_ACCOUNT = "the principal has no policies of its own: a service, or a provider's token"

    __hash__ = object.__hash__


class Program(NamedTuple):
    """`identity` None: all is allowed (the root user). `boundary`, `session` None: there is none.

    `names`: every name of the principal, and how near it is. `answers`: what its policies have said before.
    `comparisons`: how many there may be of each value of a condition key, in lower case.
    """

    standing: Standing
    denials: Candidates
    service_control: tuple[Candidates, ...]
    itself: Candidates
    role: Candidates
    account: Candidates
    identity: Candidates | None
    boundary: Candidates | None
    session: Candidates | None
    names: Mapping[Name, Naming]
    answers: Answers
    comparisons: Mapping[str, int]


_programs: Remembered[RightAsked, Program] = Remembered(2_000_000)
"""Weighed by the characters of the policies that it keeps from being forgotten: 120 MB in the worst case."""
_LIGHTEST = 100
_ANSWERS = 300
"""What remembered answers weigh, as many as there may be: those of a program with conditions."""
_TEXT, _CANDIDATE = 1 / 20, 5
"""What a policy weighs by its text alone, which is part of the key, and by each statement that is left of it."""


def program_of(right: RightAsked) -> Program:
    program = _programs.get(right)
    if program is None:
        spoken = _Spoken(right)
        program = _program(right, spoken)
        _programs.put(right, program, spoken.weight)
    return program


def kept() -> Kept:
    """How the memory of programs does."""
    return _programs.kept()


def _program(right: RightAsked, spoken: "_Spoken") -> Program:
    principal, identity = right.principal, spoken.identity
    of_resource = spoken.of(right.resource_policy)
    levels = [spoken.of(*level) for level in identity.service_control]
    own = spoken.of(*identity.policies)
    boundary = spoken.of(identity.boundary)
    session = spoken.of(*(identity.session or ()))
    everything = [*of_resource, *own, *boundary, *session, *(one for level in levels for one in level)]
    return Program(
        standing=_standing(right),
        denials=collected(candidate for candidate in everything if not candidate.allows),
        service_control=tuple(_allowing(level) for level in levels),
        itself=_allowing(of_resource, Naming.ITSELF),
        role=_allowing(of_resource, Naming.AS_ROLE),
        account=_allowing(of_resource, Naming.AS_ACCOUNT),
        identity=None if principal.kind is PrincipalKind.ROOT else _allowing(own),
        boundary=None if identity.boundary is None else _allowing(boundary),
        session=None if identity.session is None else _allowing(session),
        names={name: how for how, own_names in spoken.names.own for name in own_names},
        answers=Answers(),
        comparisons=_comparisons(everything),
    )


def _applicable(principal: Principal, identity: IdentityPolicies) -> IdentityPolicies:
    """Service control policies are about the principals of accounts; a service is of none."""
    return identity._replace(service_control=()) if principal.kind is PrincipalKind.SERVICE else identity


class _Spoken:
    """What policies say to one right, but for its conditions; and what it weighs to remember that."""

    def __init__(self, right: RightAsked) -> None:
        self.identity = _applicable(right.principal, right.identity)
        self.names = names_of(right.principal)
        self.weight = _LIGHTEST
        self._asked = (right.action, right.resource, self.names, self.identity.boundary is not None)

    def of(self, *policies: PolicyText | None) -> list[Candidate]:
        found: list[Candidate] = []
        for policy in filter(None, policies):
            said = list(candidates_of(policy, *self._asked))
            self.weight += _weight(policy, said)
            found += said
        return found


def _weight(policy: PolicyText, said: list[Candidate]) -> int:
    """Conditions keep as much as all of the policy's may be."""
    kept = len(policy.text) + _ANSWERS if any(one.test is not None for one in said) else 0
    return kept + int(len(policy.text) * _TEXT) + len(said) * _CANDIDATE


def _allowing(candidates: Iterable[Candidate], naming: Naming = Naming.ITSELF) -> Candidates:
    return collected(one for one in candidates if one.allows and one.naming is naming)


def _comparisons(candidates: Iterable[Candidate]) -> Mapping[str, int]:
    found = Counter[str]()
    for candidate in candidates:
        found.update(candidate.comparisons)
    return found


def _standing(right: RightAsked) -> Standing:
    if right.principal.kind in (PrincipalKind.SERVICE, PrincipalKind.FEDERATED):
        return Standing.NO_ACCOUNT
    if right.principal.account != right.resource_account:
        return Standing.OTHER_ACCOUNT
    return Standing.NO_RESOURCE_POLICY if right.resource_policy is None else Standing.SAME_ACCOUNT
