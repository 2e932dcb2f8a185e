"""A report from a fixed history: what passes, how it reads, and that its page needs nothing from elsewhere."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import orjson
import pytest

from services.drill.calls import Kind
from services.drill.expectations import Limits
from services.drill.page import page
from services.drill.report import as_object, report_hash
from services.drill.terminal import lines
from tests.services.drill.histories import CALLS, COMMON_KEY, FOUND, HOME, PEER, PLAN, call, report


def failed(changed: dict[str, object]) -> list[str]:
    return [one.expectation for one in report(PLAN, **changed).failures]


def test_a_history_in_which_all_holds_passes() -> None:
    assert report().passed
    assert len(report().expectations) == 6


@pytest.mark.parametrize(
    ("changed", "expectation"),
    [
        ({"found": {**FOUND, COMMON_KEY: "4"}, "overtaken": 0}, "no acknowledged change is lost"),
        ({"found": {COMMON_KEY: "5"}}, "no acknowledged change is lost"),
        ({"survived": "0", "fault": 2.5}, "what took over was not older than the recovery point"),
        ({"level": None}, "all regions are level in the end"),
        ({"unopened": 1}, "every region opens what any region has encrypted"),
        (
            {"calls": (*CALLS, call(PEER, Kind.CRYPTOGRAPHY, 3.0, "KMSInternalException"))},
            "every attempt to encrypt and decrypt succeeds in the other regions",
        ),
        (
            {"calls": tuple(one for one in CALLS if one.region == HOME)},
            "every attempt to encrypt and decrypt succeeds in the other regions",
        ),
    ],
)
def test_what_does_not_hold_fails_and_is_named(changed: dict[str, object], expectation: str) -> None:
    assert failed(changed) == [expectation]


def test_a_limit_is_part_of_what_is_expected() -> None:
    plan = replace(PLAN, limits=Limits(2.9, 1.0))
    found = report(plan)
    assert [one.found for one in found.failures] == ["3.00 s, at most 2.9 s"]


def test_the_terminal_shows_the_verdict_and_what_failed() -> None:
    assert list(lines(report()))[-1] == "PASSED"
    told = list(lines(report(level=None)))
    assert told[-1] == "FAILED: 1 of 6 expectations"
    assert "  no   all regions are level in the end: they are not" in told
    assert any(line.endswith("██   █···") for line in told)


class Page(HTMLParser):
    """Its tags, and what of it would be fetched."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [name for name, _ in attrs if name in ("src", "href", "xlink:href", "data")]
        if tag not in ("meta",):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone_and_is_whole() -> None:
    text = page(report())
    found = Page(text)
    assert found.open == []
    assert found.fetched == []
    assert not {"script", "link", "img", "iframe"} & set(found.tags)
    assert found.tags.count("svg") == 4
    assert not re.search(r"url\(|@import|https?:", text)


def test_names_on_the_page_are_escaped() -> None:
    text = page(report(replace(PLAN, place="<script>")))
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_the_hash_is_that_of_the_report_as_it_is_read_again() -> None:
    told = as_object(report())
    assert report_hash(orjson.loads(orjson.dumps(told))) == report_hash(told)
    assert report_hash(as_object(report(level=None))) != report_hash(told)
