"""Typed requests of the query protocol, with botocore as the writer of what comes in."""

from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

import botocore.session
import pytest
from botocore.serialize import create_serializer

from services.region_node.iam.types.policies import CreatePolicyRequest
from services.region_node.iam.types.simulation import SimulateCustomPolicyRequest
from services.region_node.iam.types.users import CreateUserRequest, ListUsersRequest, UntagUserRequest
from services.region_node.wire.form import parse_form
from services.region_node.wire.shapes import Choice, Length, compile_query_request
from shared.errors import SerializationFailed, ValidationFailed

MODEL: Any = botocore.session.get_session().get_service_model("iam")


class Inner(NamedTuple):
    name: Annotated[str, Length(1, 3)]
    wanted: bool = False


class Outer(NamedTuple):
    number: int
    texts: Annotated[tuple[Annotated[str, Choice(("a", "b"))], ...], Length(0, 3)] = ()
    inners: tuple[Inner, ...] = ()
    inner: Inner | None = None


def read(body: str) -> Outer:
    return compile_query_request(Outer)(parse_form(body.encode()))


def sent(operation: str, **parameters: Any) -> bytes:
    serializer = create_serializer("query")
    body = serializer.serialize_to_request(parameters, MODEL.operation_model(operation))["body"]
    return urlencode(body).encode()


def test_every_kind_of_value_is_read() -> None:
    outer = read("Number=-7&Texts.member.1=a&Inners.member.1.Name=x&Inners.member.1.Wanted=True&Inner.Name=%C3%A4")
    assert outer == Outer(-7, ("a",), (Inner("x", True),), Inner("ä"))


def test_members_of_a_list_stand_in_the_order_of_their_numbers() -> None:
    assert read("Number=0&Texts.member.10=b&Texts.member.2=a&Texts.member.11=a").texts == ("a", "b", "a")


def test_what_is_not_there_has_its_default_and_what_nobody_knows_is_ignored() -> None:
    assert read("Number=1&Texts=&Action=Do&Other.member.x=1") == Outer(1)


@pytest.mark.parametrize(
    ("body", "breaches"),
    [
        (
            "",
            "1 validation error detected: Value null at 'number' failed to satisfy constraint: Member must not be null",
        ),
        (
            "Number=1&Inner.Name=abcd",
            "1 validation error detected: Value 'abcd' at 'inner.name' failed to satisfy constraint: "
            "Member must have length less than or equal to 3",
        ),
        (
            "Number=1&Inners.member.1.Name=a&Inners.member.2.Name=",
            "1 validation error detected: Value '' at 'inners.2.member.name' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
        ),
        (
            "Number=1&Texts.member.1=c&Inner.Wanted=false",
            "2 validation errors detected: Value '[c]' at 'texts' failed to satisfy constraint: Member must satisfy "
            "constraint: [Member must satisfy enum value set: [a, b]]; Value null at 'inner.name' failed to satisfy "
            "constraint: Member must not be null",
        ),
    ],
)
def test_broken_constraints_are_told_in_aws_s_words(body: str, breaches: str) -> None:
    with pytest.raises(ValidationFailed) as raised:
        read(body)
    assert raised.value.message == breaches


@pytest.mark.parametrize(
    "parameter",
    [
        "Number=1.5",
        "Number=",
        "Number=%D9%A1",
        "Number=" + "9" * 5000,
        "Number.member.1=1",
        "Number=1&Texts=a",
        "Number=1&Texts.1=a",
        "Number=1&Texts.member.x=a",
        "Number=1&Texts.member.1=a&Texts.other=a",
        "Number=1&Texts.member.1.Name=a",
        "Number=1&Inner=a",
        "Number=1&Inner.Name=a&Inner.Wanted=yes",
    ],
)
def test_what_has_not_the_form_of_its_type_is_refused(parameter: str) -> None:
    with pytest.raises(SerializationFailed):
        read(parameter)


def test_a_type_that_no_form_brings_is_a_fault_of_the_program() -> None:
    class Blob(NamedTuple):
        blob: bytes

    with pytest.raises(TypeError, match="bytes"):
        compile_query_request(Blob)


@pytest.mark.parametrize(
    ("operation", "shape", "parameters"),
    [
        (
            "CreateUser",
            CreateUserRequest,
            {"UserName": "alice", "Path": "/a/", "Tags": [{"Key": "k", "Value": "ä+ @"}]},
        ),
        ("ListUsers", ListUsersRequest, {"PathPrefix": "/", "MaxItems": 3}),
        ("UntagUser", UntagUserRequest, {"UserName": "alice", "TagKeys": []}),
        ("CreatePolicy", CreatePolicyRequest, {"PolicyName": "p", "PolicyDocument": '{\n"a": "=&+%"}'}),
        (
            "SimulateCustomPolicy",
            SimulateCustomPolicyRequest,
            {
                "PolicyInputList": ["{}"],
                "ActionNames": ["kms:Encrypt", "kms:Decrypt"],
                "OrderedOrganizationPolicyInputList": [{"ServiceControlPolicyInputList": ["{}", "{ }"]}],
            },
        ),
    ],
)
def test_an_sdks_request_is_read(operation: str, shape: type[Any], parameters: dict[str, Any]) -> None:
    request = compile_query_request(shape)(parse_form(sent(operation, **parameters)))
    told = {name: value for name, value in request._asdict().items() if value not in (None, (), False)}
    assert [plain(value) for value in told.values()] == [value for value in parameters.values() if value != []]


def plain(value: Any) -> Any:
    """As botocore's caller writes it."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {"".join(word.capitalize() for word in name.split("_")): plain(part) for name, part in
                value._asdict().items()}  # fmt: skip
    return [plain(part) for part in value] if isinstance(value, tuple) else value
