"""ARNs as policies match them: six parts between colons, each for itself.

Owns the rule that a wildcard stays within its part: `arn:aws:kms:*:111122223333:key/*` names no key of another account,
whatever the region is called. The sixth part keeps its own colons.
Source: IAM User Guide, "Amazon Resource Name (ARN) condition operators" and "IAM JSON policy elements: Resource".
"""

from collections.abc import Iterable, Sized

from shared.policy.glob import Matcher, Piece, Pieces, Wildcard, any_of

PARTS = 6
_PARTS_BEFORE_REGION = 3
_EVERYTHING = (Wildcard.MANY,)


def is_arn_pattern(text: str) -> bool:
    """Whether a pattern has the six parts of an ARN."""
    return text.startswith("arn:") and text.count(":") >= PARTS - 1


def is_resource_pattern(text: str) -> bool:
    """Whether a pattern names resources: everything, an ARN, or a beginning of one, its service at the least."""
    begins = text.startswith("arn:") and text.endswith("*") and text.count(":") >= _PARTS_BEFORE_REGION
    return text == "*" or begins or is_arn_pattern(text)


def completed(resource: str) -> str:
    """A resource pattern with all its parts: a star at the end of an early one stands for those that follow, too."""
    missing = PARTS - 1 - resource.count(":")
    return resource + ":*" * missing if resource.startswith("arn:") else resource


def any_arn_of(patterns: Iterable[Pieces]) -> Matcher:
    """What tells whether a text is an ARN that one of the patterns names. `*` alone names everything, `*` too."""
    given = frozenset(patterns)
    if _EVERYTHING in given:
        return lambda _text: True
    whole = frozenset(pattern for pattern in given if _is_whole(pattern))
    as_one, parted = any_of(whole), _by_parts(given - whole)
    if not parted:
        return as_one
    return lambda text: as_one(text) or any(matches(text) for matches in parted)


def _is_whole(pattern: Pieces) -> bool:
    """Whether matching the text as one does not differ: its wildcards stand in the sixth part only."""
    return bool(pattern) and isinstance(pattern[0], str) and pattern[0].count(":") >= PARTS - 1


def _by_parts(patterns: Iterable[Pieces]) -> list[Matcher]:
    """One matcher for all patterns that differ in their sixth part only. What has not six parts names nothing."""
    alike: dict[tuple[Pieces, ...], list[Pieces]] = {}
    for *head, last in filter(_has_parts, map(_split, patterns)):
        alike.setdefault(tuple(head), []).append(last)
    return [_parted(head, last) for head, last in alike.items()]


def _has_parts(parts: Sized) -> bool:
    return len(parts) == PARTS


def _parted(head: Iterable[Pieces], last: Iterable[Pieces]) -> Matcher:
    wanted = [(place, _part(part)) for place, part in enumerate(head) if part != _EVERYTHING]
    matches_last = any_of(last)

    def matches(text: str) -> bool:
        found = text.split(":", PARTS - 1)
        return _has_parts(found) and all(want(found[place]) for place, want in wanted) and matches_last(found[-1])

    return matches


def _part(part: Pieces) -> Matcher:
    """One part's matcher; most are plain texts."""
    text = part[0] if len(part) == 1 else None
    return text.__eq__ if isinstance(text, str) else any_of([part])


def _split(pattern: Pieces) -> list[Pieces]:
    """The pieces of each part."""
    parts: list[list[Piece]] = [[]]
    for piece in pattern:
        if isinstance(piece, Wildcard) or ":" not in piece:
            parts[-1].append(piece)
            continue
        first, *more = piece.split(":", PARTS - len(parts))
        parts[-1] += [first] if first else []
        parts += [[text] if text else [] for text in more]
    return list(map(tuple, parts))
