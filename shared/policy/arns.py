"""ARNs as policies match them: six parts between colons, each for itself.

Owns the rule that a wildcard stays within its part: `arn:aws:kms:*:111122223333:key/*` names no key of another account,
whatever the region is called. The sixth part keeps its own colons.
Source: IAM User Guide, "Amazon Resource Name (ARN) condition operators" and "IAM JSON policy elements: Resource".
"""

from collections.abc import Iterable

from shared.policy.glob import Matcher, Piece, Pieces, Wildcard, any_of

PARTS = 6
_EVERYTHING = (Wildcard.MANY,)


def is_arn_pattern(parts: Iterable[object]) -> bool:
    """Whether a pattern, whose texts these are, has the six parts of an ARN."""
    colons = sum(part.count(":") for part in parts if isinstance(part, str))
    first = next(iter(parts), None)
    return colons >= PARTS - 1 and isinstance(first, str) and first.startswith("arn:")


def any_arn_of(patterns: Iterable[Pieces]) -> Matcher:
    """What tells whether a text is an ARN that one of the patterns names. `*` alone names everything, `*` too."""
    given = frozenset(patterns)
    if _EVERYTHING in given:
        return lambda _text: True
    whole = [pattern for pattern in given if _is_whole(pattern)]
    parted = [_by_parts(pattern) for pattern in given if not _is_whole(pattern)]
    if not parted:
        return any_of(whole)
    exact = any_of(whole)
    return lambda text: exact(text) or any(matches(text) for matches in parted)


def _is_whole(pattern: Pieces) -> bool:
    """Whether matching the text as one does not differ: its wildcards stand in the sixth part only."""
    before = "".join(piece if isinstance(piece, str) else "\0" for piece in pattern).split(":", PARTS - 1)
    return len(before) == PARTS and not any("\0" in part for part in before[:-1])


def _by_parts(pattern: Pieces) -> Matcher:
    wanted = [any_of([part]) for part in _split(pattern)]
    if len(wanted) != PARTS:
        return lambda _text: False

    def matches(text: str) -> bool:
        parts = text.split(":", PARTS - 1)
        return len(parts) == PARTS and all(want(part) for want, part in zip(wanted, parts, strict=True))

    return matches


def _split(pattern: Pieces) -> list[list[Piece]]:
    """The pieces of each part."""
    parts: list[list[Piece]] = [[]]
    for piece in pattern:
        if isinstance(piece, Wildcard):
            parts[-1].append(piece)
            continue
        first, *more = piece.split(":", PARTS - len(parts))
        parts[-1].append(first)
        parts.extend([text] for text in more)
    return parts
