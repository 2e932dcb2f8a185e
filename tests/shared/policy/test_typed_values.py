"""Numbers, dates, booleans, bytes and addresses as conditions read them."""

from decimal import Decimal

import pytest

from shared.policy.typed_values import address, binary, boolean, date, network, number


@pytest.mark.parametrize(
    ("text", "expected"),
    [("7", "7"), ("-7.50", "-7.5"), ("+1", "1"), ("1e3", "1000"), ("0.1", "0.1"), ("12345678901234567890.1",) * 2],
)
def test_numbers(text: str, expected: str) -> None:
    assert number(text) == Decimal(expected)


@pytest.mark.parametrize("text", ["", " 7", "0x7", "NaN", "inf", "1_000", "1,0", "7.", "\u0667", "1e9999", "9" * 41])
def test_what_is_no_number(text: str) -> None:
    assert number(text) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", "0"),
        ("2020-01-01", "1577836800"),
        ("2020-01", "1577836800"),
        ("2020-01-01T00:00Z", "1577836800"),
        ("2020-01-01T00:00:00", "1577836800"),
        ("2020-01-01T00:00:00.25Z", "1577836800.25"),
        ("2020-01-01T01:00:00+01:00", "1577836800"),
        ("2019-12-31T19:00:00-0500", "1577836800"),
        ("1577836800", "1577836800"),
        ("1577836800.5", "1577836800.5"),
        ("2020", "2020"),
        ("1969-12-31T23:59:59.5Z", "-0.5"),
    ],
)
def test_dates(text: str, seconds: str) -> None:
    assert date(text) == Decimal(seconds)


@pytest.mark.parametrize(
    "text", ["", "today", "2020-13-01", "2020-02-30", "2020-01-01T25:00:00Z", "2020-1-1", "2020-01-01Z", "2020-W01-1"]
)
def test_what_is_no_date(text: str) -> None:
    assert date(text) is None


def test_booleans_and_bytes() -> None:
    assert [boolean(text) for text in ("true", "False", "1", "")] == [True, False, None, None]
    assert [binary(text) for text in ("aGk=", "", "aGk", "!")] == [b"hi", b"", None, None]


@pytest.mark.parametrize(
    ("range_", "inside", "outside"),
    [
        ("10.1.2.3", "10.1.2.3", "10.1.2.4"),
        ("10.1.2.3/8", "10.255.0.1", "11.0.0.0"),
        ("203.0.113.0/25", "203.0.113.127", "203.0.113.128"),
        ("0.0.0.0/0", "255.255.255.255", "::1"),
        ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"),
        ("2001:DB8::1", "2001:0db8:0::1", "2001:db8::2"),
        ("::/0", "2001:db8::", "1.2.3.4"),
        ("::ffff:10.0.0.0/104", "10.9.9.9", "11.0.0.0"),
        ("10.0.0.0/8", "::ffff:10.1.1.1", "::10.1.1.1"),
    ],
)
def test_networks(range_: str, inside: str, outside: str) -> None:
    found = network(range_)
    assert found is not None
    assert [_is_in(text, found.family, found.free, found.bits) for text in (inside, outside)] == [True, False]


def _is_in(text: str, family: int, free: int, bits: int) -> bool:
    found = address(text)
    return found is not None and found[0] == family and found[1] >> free == bits


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10.0.0",
        "10.0.0.0/33",
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "::/129",
        "010.0.0.1",
        "fe80::1%eth0",
    ],
)
def test_what_is_no_network(text: str) -> None:
    assert network(text) is None


def test_a_prefix_that_leaves_ipv4_inside_ipv6_is_not_understood() -> None:
    assert network("::ffff:10.0.0.0/95") is None
