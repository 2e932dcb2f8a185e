"""The table of metric families: as Prometheus wants names to be, and as the page shows it.

The rules are those of `promtool check metrics` (Prometheus, "Metric and label naming").
"""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.metrics.exposition import expose
from services.metrics.families import FAMILIES, GROUPS
from services.metrics.family import PREFIX, Family, Kind, Sample
from tests.services.metrics.page import shown, table

ANY_UNIT = re.compile(r"(milli|micro|nano|kilo|mega)?(seconds?|bytes?)|minutes?|hours?|days?|weeks?|percent|ms|kb|mb")
SET_APART = ("days_since_proven_recovery", "peer_seconds_behind")
"""Called so before the rule, by those who watch them."""
RESERVED = ("le", "quantile", "job", "instance", "region")
EVERY = [pytest.param(family, id=family.name) for family in FAMILIES.values()]


def samples_of(family: Family) -> Sample:
    value = (1.0,) * (len(family.bounds) + 2) if family.kind is Kind.HISTOGRAM else 1.0
    return Sample(family.name, ("x",) * len(family.labels), value)


def test_no_name_stands_twice() -> None:
    assert sum(map(len, GROUPS.values())) == len(FAMILIES)


@pytest.mark.parametrize("family", EVERY)
def test_a_name_is_one_of_words_and_says_its_unit_at_the_end(family: Family) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", family.name)
    words = family.name.split("_")
    units = [word for word in words if ANY_UNIT.fullmatch(word)]
    assert units == ([family.unit] if family.unit else []) or family.name in SET_APART
    assert words[-1] not in ("total", "count", "sum", "bucket", "info", "counter", "gauge", "histogram")


@pytest.mark.parametrize("family", EVERY)
def test_a_family_says_what_it_is_of(family: Family) -> None:
    assert re.fullmatch(r"[A-Z0-9][^|`]*\.", family.help)
    assert len(set(family.labels)) == len(family.labels)
    for label in family.labels:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", label)
        assert label not in RESERVED


@pytest.mark.parametrize("family", EVERY)
def test_a_histogram_measures_a_unit_and_its_bounds_ascend(family: Family) -> None:
    assert (family.kind is Kind.HISTOGRAM) == bool(family.bounds)
    assert list(family.bounds) == sorted(set(family.bounds))
    assert family.unit or not family.bounds


def test_the_exposition_has_every_family_under_its_name_with_its_help_and_kind() -> None:
    text = expose(map(samples_of, FAMILIES.values()), {"region": "us-east-1"}).decode()
    told = {family.name: family for family in text_string_to_metric_families(text)}
    assert list(told) == [PREFIX + name for name in FAMILIES]
    for name, family in FAMILIES.items():
        one = told[PREFIX + name]
        assert (one.documentation, one.type) == (family.help, family.kind.value)
        assert all({*sample.labels} - {"le"} == {*family.labels, "region"} for sample in one.samples)
        suffixes = {"_bucket", "_count", "_sum"} if family.kind is Kind.HISTOGRAM else {""}
        assert {sample.name for sample in one.samples} == {family.exposed + suffix for suffix in suffixes}


def test_what_has_no_row_is_not_told() -> None:
    assert expose([Sample("nothing", (), 1.0)], {}) == b""


def test_the_page_shows_the_table() -> None:
    assert shown() == table(), "python -m tests.services.metrics.page"
