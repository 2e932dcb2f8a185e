"""Wycheproof's vectors, through the product's own functions: every file is tried, or named with the reason."""

import re
from collections import Counter

import pytest

from tests.vectors.wycheproof.crate import document, folder
from tests.vectors.wycheproof.table import FILES, NOT_TRIED


@pytest.mark.parametrize("name", FILES)
def test_every_case_comes_out_as_wycheproof_says(name: str) -> None:
    check, expected = FILES[name]
    read = document(name)
    outcomes = Counter(
        check({**group, "algorithm": read["algorithm"]}, case)
        for group in read["testGroups"]
        for case in group["tests"]
    )
    assert outcomes == expected
    assert outcomes.total() == read["numberOfTests"]


def test_every_file_is_tried_or_named_with_the_reason() -> None:
    names = {path.name.removesuffix("_test.json") for path in folder().iterdir()}
    assert names >= set(FILES)
    left = {name for name in names - set(FILES) if not any(re.fullmatch(pattern, name) for pattern in NOT_TRIED)}
    assert left == set()
    unused = [pattern for pattern in NOT_TRIED if not any(re.fullmatch(pattern, name) for name in names - set(FILES))]
    assert unused == []
