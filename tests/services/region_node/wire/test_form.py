"""Form bodies, read into trees."""

import pytest

from services.region_node.wire.form import DEEPEST, MOST_PARAMETERS, parse_form
from shared.errors import SerializationFailed


def test_parameters_are_decoded() -> None:
    form = parse_form(b"Action=AssumeRole&RoleArn=a%3Ab&Name=a+b%2B&Empty=&Bare&")
    assert form == {"Action": "AssumeRole", "RoleArn": "a:b", "Name": "a b+", "Empty": "", "Bare": ""}


def test_dots_are_branches() -> None:
    form = parse_form(b"Tags.member.1.Key=color&Tags.member.1.Value=a.b&Tags.member.2.Key=size")
    assert form == {"Tags": {"member": {"1": {"Key": "color", "Value": "a.b"}, "2": {"Key": "size"}}}}


@pytest.mark.parametrize(
    "body",
    [
        b"Action=a&Action=b",
        b"Action=a&%41ction=b",
        b"A=1&A.member.1=2",
        b"A.member.1=2&A=1",
        b"A=%ff",
        b"&".join(b"a%d=b" % number for number in range(MOST_PARAMETERS + 1)),
        b".".join([b"a"] * (DEEPEST + 1)) + b"=1",
        b"." * 500_000 + b"=1",
    ],
)
def test_what_can_be_read_in_two_ways_or_not_at_all_is_refused(body: bytes) -> None:
    with pytest.raises(SerializationFailed):
        parse_form(body)


def test_just_as_many_and_as_deep_as_may_be() -> None:
    assert len(parse_form(b"&".join(b"a%d=b" % number for number in range(MOST_PARAMETERS)))) == MOST_PARAMETERS
    assert parse_form(b".".join([b"a"] * DEEPEST) + b"=1")
