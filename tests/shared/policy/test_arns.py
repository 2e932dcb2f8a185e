"""ARNs are matched part by part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.policy.arns import any_arn_of, is_arn_pattern
from shared.policy.glob import any_of, pieces
from tests.shared.policy.policies import KEY_ARN


@pytest.mark.parametrize(
    ("pattern", "arn", "expected"),
    [
        ("*", KEY_ARN, True),
        ("*", "*", True),
        (KEY_ARN, KEY_ARN, True),
        (KEY_ARN, KEY_ARN.upper(), False),
        ("arn:aws:kms:*:111122223333:key/*", KEY_ARN, True),
        ("arn:aws:kms:us-*-1:111122223333:key/*", KEY_ARN, True),
        ("arn:aws:kms:us-????-1:1111????3333:key/*", KEY_ARN, True),
        ("arn:*:*:*:*:*", KEY_ARN, True),
        ("arn:aws:kms:*:key/*", KEY_ARN, False),
        ("arn:aws:kms:*", KEY_ARN, False),
        ("arn:aws:kms:*:444455556666:key/*", KEY_ARN, False),
        ("arn:aws:kms:*:111122223333:alias/*", KEY_ARN, False),
        ("arn:aws:kms:us-east-1:111122223333:key/*", "*", False),
        ("arn:aws:sns:*:1:topic:*", "arn:aws:sns:us-east-1:1:topic:a:b", True),
        ("arn:aws:sns:*:1:*", "arn:aws:sns:us-east-1:1:topic:a:b", True),
        ("arn:aws:sns:*:1:topic", "arn:aws:sns:us-east-1:1:topic:a", False),
        ("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a/b", True),
        ("arn:aws:kms:*:*:*", "arn:aws:kms", False),
    ],
)
def test_patterns(pattern: str, arn: str, expected: bool) -> None:
    assert any_arn_of([pieces(pattern)])(arn) is expected


def test_one_of_several_patterns_is_enough() -> None:
    patterns = ["arn:aws:kms:*:1:key/a", "arn:aws:kms:*:1:key/b*", "arn:aws:kms:us-east-1:2:*"]
    found = any_arn_of(map(pieces, patterns))
    assert [found(f"arn:aws:kms:{end}") for end in ("x:1:key/a", "x:1:key/bc", "us-east-1:2:", "x:2:key/a")] == [
        True,
        True,
        True,
        False,
    ]


PARTS = st.text("ab*?", max_size=3)


@given(st.lists(PARTS, min_size=6, max_size=6), st.lists(st.text("ab", max_size=3), min_size=6, max_size=7))
def test_every_part_matches_its_part(pattern: list[str], parts: list[str]) -> None:
    parts = [*parts[:5], ":".join(parts[5:])]
    expected = all(any_of([pieces(wanted)])(part) for wanted, part in zip(pattern, parts, strict=True))
    assert any_arn_of([pieces(":".join(pattern))])(":".join(parts)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [(KEY_ARN, True), ("arn:*:*:*:*:*", True), ("*", False), ("arn:aws:kms:*", False), ("aws:a:b:c:d:e:f", False)],
)
def test_what_is_an_arn(text: str, expected: bool) -> None:
    assert is_arn_pattern(text) is expected
