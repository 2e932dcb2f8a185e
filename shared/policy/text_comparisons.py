"""Comparisons of texts: equality, patterns and ARNs, whose values may hold policy variables.

Owns how a policy's values become one comparison: those that always say the same are matched together, those with
variables one by one. What has a type is in `operators.py`.
Source: IAM User Guide, "String condition operators" and "Amazon Resource Name (ARN) condition operators".
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from shared.errors import MalformedPolicy
from shared.policy.arns import any_arn_of, is_arn_pattern
from shared.policy.glob import Matcher, Pieces, Wildcard, any_of, in_order, joined
from shared.policy.question import Context
from shared.policy.segments import Segment, place_of, segment_of
from shared.policy.variables import Template, Variable, begins, plain, resolved, resolved_text, template, varies

Comparison: TypeAlias = Callable[[str, Context], bool]
"""Whether one of a request's values is what one of the policy's values asks for."""
Reader: TypeAlias = Callable[[tuple[str, ...], bool], Comparison]
"""Makes a comparison of a policy's values; whether variables mean something. Errors: MalformedPolicy."""


Several: TypeAlias = Callable[[Sequence[Template]], Iterable[Comparison]]


class _Form(NamedTuple):
    """How values that are texts are compared: those that always say the same, and those that vary by request."""

    wildcards: bool
    any_of: Callable[[Iterable[Pieces]], Matcher]
    varying: Several


def _texts(form: _Form) -> Reader:
    """Texts and patterns, with variables. A variable without a value leaves nothing to be equal to."""

    def read(values: tuple[str, ...], variables: bool) -> Comparison:
        always = form.any_of(plain(value, form.wildcards) for value in values if not (variables and varies(value)))
        templates = [template(value, form.wildcards) for value in values if variables and varies(value)]
        varying = tuple(form.varying(templates))
        if not varying:
            return lambda value, _context: always(value)

        def compare(value: str, context: Context) -> bool:
            if always(value):
                return True
            for one in varying:  # noqa: SIM110 (a generator takes longer than the comparison)
                if one(value, context):
                    return True
            return False

        return compare

    return read


def _each(one: Callable[[Template], Comparison]) -> Several:
    return lambda templates: map(one, templates)


def _equal_to(parts: Template) -> Comparison:
    return lambda value, context: resolved_text(parts, context) == value


def _equal_to_lower(parts: Template) -> Comparison:
    def compare(value: str, context: Context) -> bool:
        text = resolved_text(parts, context)
        return text is not None and text.lower() == value

    return compare


def _like(templates: Sequence[Template]) -> Iterator[Comparison]:
    """Those that begin with the same variables, and have no wildcard before them, are matched as one from there on."""
    alike: dict[Template, list[Pieces]] = {}
    for parts in templates:
        head, rest = _after_variables(parts)
        if any(isinstance(part, Wildcard) for part in head):
            yield _matching(parts, any_of) if Wildcard.ONE in parts else _like_in_order(parts)
        else:
            alike.setdefault(head, []).append(rest)
    yield from (_beginning(head, any_of(rests)) for head, rests in alike.items())


def _after_variables(parts: Template) -> tuple[Template, Pieces]:
    """What comes up to the last variable, and what comes after it."""
    last = max((place for place, part in enumerate(parts) if isinstance(part, Variable)), default=-1)
    return parts[: last + 1], joined(part for part in parts[last + 1 :] if not isinstance(part, Variable))


def _beginning(head: Template, matches: Matcher) -> Comparison:
    def compare(value: str, context: Context) -> bool:
        place = begins(head, value, context)
        return place >= 0 and matches(value[place:])

    return compare


def _like_in_order(parts: Template) -> Comparison:
    """Without anything made ready for a principal: the next request is another's."""
    between = _between_stars(parts)
    longest = segment_of((max((part for part in parts if isinstance(part, str)), key=len, default=""),))

    def compare(value: str, context: Context) -> bool:
        if place_of(longest, value, 0, len(value)) < 0:  # before any variable is looked up
            return False
        segments: list[Segment] = []
        for given in between:
            text = given if isinstance(given, str) else resolved_text(given, context)
            if text is None:
                return False
            segments.append(segment_of((text,)))
        return in_order(segments, value)

    return compare


def _between_stars(parts: Template) -> list[str | Template]:
    """What stands around the `*` of a template: texts, where no variable is among it."""
    found: list[Template] = [()]
    for part in parts:
        if part is Wildcard.MANY:
            found.append(())
        else:
            found[-1] += (part,)
    return [given if any(isinstance(part, Variable) for part in given) else "".join(map(str, given)) for given in found]


def _matching(parts: Template, any_matches: Callable[[Iterable[Pieces]], Matcher]) -> Comparison:
    @lru_cache(1)  # one for each value of the policy, so that more would take much memory
    def matcher_of(pattern: Pieces) -> Matcher:
        return any_matches((joined(pattern),))

    def compare(value: str, context: Context) -> bool:
        if begins(parts, value, context) < 0:
            return False
        pattern = resolved(parts, context)
        return pattern is not None and matcher_of(pattern)(value)

    return compare


def _like_arn(parts: Template) -> Comparison:
    return _matching(parts, any_arn_of)


def _ignoring_case(read: Reader) -> Reader:
    """What reads a policy's values in lower case, and compares with a request's in lower case."""

    def read_lower(values: tuple[str, ...], variables: bool) -> Comparison:
        compare = read(tuple(value.lower() for value in values), variables)
        return lambda value, context: compare(value.lower(), context)

    return read_lower


def arn_patterns(values: tuple[str, ...], variables: bool) -> Comparison:
    """ARNs, part by part; what a variable makes of a value is seen in each request."""
    for value in values:
        if value != "*" and not (variables and varies(value)) and not is_arn_pattern(value):
            raise MalformedPolicy("Policy contains an ARN condition whose value is not an ARN.")
    return _ARN_PATTERNS(values, variables)


equal_texts: Reader = _texts(_Form(False, any_of, _each(_equal_to)))
equal_texts_ignoring_case: Reader = _ignoring_case(_texts(_Form(False, any_of, _each(_equal_to_lower))))
patterns: Reader = _texts(_Form(True, any_of, _like))
_ARN_PATTERNS = _texts(_Form(True, any_arn_of, _each(_like_arn)))
