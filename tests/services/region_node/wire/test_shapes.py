"""Typed requests and responses, against AWS's own words."""

from typing import Annotated, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.region_node.wire.shapes import (
    Choice,
    Length,
    Pattern,
    Range,
    Sensitive,
    Timestamp,
    Wire,
    compile_request,
    compile_response,
)
from shared.errors import SerializationFailed, ValidationFailed


class Tag(NamedTuple):
    tag_key: Annotated[str, Length(1, 128)]
    tag_value: Annotated[str, Length(0, 256)]


class Request(NamedTuple):
    key_id: Annotated[str, Length(1, 2048)]
    plaintext: Annotated[bytes, Length(1, 4096), Sensitive()] | None = None
    encryption_context: dict[str, str] | None = None
    grant_tokens: Annotated[tuple[Annotated[str, Length(1, 8)], ...], Length(0, 2)] = ()
    number_of_bytes: Annotated[int, Range(1, 1024)] | None = None
    key_spec: Annotated[str, Choice(("AES_128", "AES_256"))] | None = None
    tags: Annotated[tuple[Tag, ...], Length(0, 2)] = ()
    alias_name: Annotated[str, Length(1, 256), Pattern("[a-zA-Z0-9:/_-]+")] | None = None
    valid_to: Timestamp | None = None
    dry_run: bool = False


decode = compile_request(Request)


def refusal(**members: object) -> str:
    with pytest.raises(ValidationFailed) as caught:
        decode({"KeyId": "k", **members})
    return caught.value.message


def test_a_whole_request_becomes_its_typed_value() -> None:
    document = {
        "KeyId": "k",
        "Plaintext": "aGVsbG8=",
        "EncryptionContext": {"a": "b"},
        "GrantTokens": ["one", "two"],
        "NumberOfBytes": 32,
        "KeySpec": "AES_256",
        "Tags": [{"TagKey": "a", "TagValue": ""}],
        "AliasName": "alias/a",
        "ValidTo": 12,
        "DryRun": True,
    }
    assert decode(document) == Request(
        "k", b"hello", {"a": "b"}, ("one", "two"), 32, "AES_256", (Tag("a", ""),), "alias/a", 12.0, True
    )


def test_absent_members_take_their_defaults_and_null_counts_as_absent() -> None:
    assert decode({"KeyId": "k", "DryRun": None, "Tags": None}) == Request("k")


def test_unknown_members_are_ignored() -> None:
    assert decode({"KeyId": "k", "Surprise": [1]}) == Request("k")


def test_the_decoded_value_is_an_instance_of_the_type() -> None:
    assert type(decode({"KeyId": "k"})) is Request


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"KeyId": None}, "Value null at 'keyId' failed to satisfy constraint: Member must not be null"),
        (
            {"KeyId": ""},
            "Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            {"Plaintext": ""},
            "Value at 'plaintext' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            {"NumberOfBytes": 1025},
            "Value '1025' at 'numberOfBytes' failed to satisfy constraint: "
            "Member must have value less than or equal to 1024",
        ),
        (
            {"NumberOfBytes": 0},
            "Value '0' at 'numberOfBytes' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1",
        ),
        (
            {"KeySpec": "AES_512"},
            "Value 'AES_512' at 'keySpec' failed to satisfy constraint: "
            "Member must satisfy enum value set: [AES_128, AES_256]",
        ),
        (
            {"AliasName": "alias/ä"},
            "Value 'alias/ä' at 'aliasName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z0-9:/_-]+",
        ),
        (
            {"Tags": [{"TagKey": "a", "TagValue": "b"}, {"TagKey": "", "TagValue": "b"}]},
            "Value '' at 'tags.2.member.tagKey' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
        ),
        (
            {"Tags": [{"TagValue": "b"}]},
            "Value null at 'tags.1.member.tagKey' failed to satisfy constraint: Member must not be null",
        ),
        (
            {"Tags": [{"TagKey": "a", "TagValue": "b"}] * 3},
            "Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 2",
        ),
        (
            {"GrantTokens": ["fine", "much too long"]},
            "Value '[fine, much too long]' at 'grantTokens' failed to satisfy constraint: "
            "Member must satisfy constraint: [Member must have length less than or equal to 8, "
            "Member must have length greater than or equal to 1]",
        ),
    ],
)
def test_a_broken_constraint_is_told_in_the_words_of_aws(members: dict[str, object], sentence: str) -> None:
    assert refusal(**members) == f"1 validation error detected: {sentence}"


def test_a_key_id_one_too_long_is_refused_and_the_longest_is_taken() -> None:
    assert decode({"KeyId": "k" * 2048}).key_id == "k" * 2048
    assert refusal(KeyId="k" * 2049).endswith("Member must have length less than or equal to 2048")


def test_every_breach_of_one_request_is_told_at_once() -> None:
    message = refusal(NumberOfBytes=0, KeySpec="x")
    assert message.startswith("2 validation errors detected: Value '0' at 'numberOfBytes'")
    assert "; Value 'x' at 'keySpec'" in message


def test_a_sensitive_value_never_stands_in_the_refusal() -> None:
    assert "c2VjcmV0" not in refusal(Plaintext="c2VjcmV0" * 1000)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "Start of list found where not expected"),
        ("text", "Expected null"),
        (None, "Unexpected null in a list or map"),
        ({"KeyId": 1}, "NUMBER_VALUE can not be converted to a String"),
        ({"KeyId": 1.5}, "NUMBER_VALUE can not be converted to a String"),
        ({"KeyId": True}, "TRUE_VALUE can not be converted to a String"),
        ({"KeyId": {}}, "Start of structure or map found where not expected."),
        ({"KeyId": []}, "Start of list found where not expected"),
        ({"KeyId": "k", "NumberOfBytes": "1"}, "STRING_VALUE can not be converted to an Integer"),
        ({"KeyId": "k", "NumberOfBytes": True}, "TRUE_VALUE can not be converted to an Integer"),
        ({"KeyId": "k", "NumberOfBytes": 1.0}, "NUMBER_VALUE can not be converted to an Integer"),
        ({"KeyId": "k", "DryRun": "true"}, "STRING_VALUE can not be converted to a Boolean"),
        ({"KeyId": "k", "DryRun": 1}, "NUMBER_VALUE can not be converted to a Boolean"),
        ({"KeyId": "k", "ValidTo": "tomorrow"}, "STRING_VALUE can not be converted to a Timestamp"),
        ({"KeyId": "k", "ValidTo": False}, "FALSE_VALUE can not be converted to a Timestamp"),
        ({"KeyId": "k", "Plaintext": 5}, "NUMBER_VALUE can not be converted to a Blob"),
        ({"KeyId": "k", "Plaintext": "a"}, "The value at 'plaintext' is not valid base64"),
        ({"KeyId": "k", "Plaintext": "aGVs\nbG8="}, "The value at 'plaintext' is not valid base64"),
        ({"KeyId": "k", "Plaintext": "aGVsbG8=="}, "The value at 'plaintext' is not valid base64"),
        ({"KeyId": "k", "Plaintext": "aGVsbG_="}, "The value at 'plaintext' is not valid base64"),
        ({"KeyId": "k", "Plaintext": "äöü="}, "The value at 'plaintext' is not valid base64"),
        ({"KeyId": "k", "EncryptionContext": "a"}, "Expected null"),
        ({"KeyId": "k", "EncryptionContext": {"a": 1}}, "NUMBER_VALUE can not be converted to a String"),
        ({"KeyId": "k", "EncryptionContext": {"a": None}}, "NULL_VALUE can not be converted to a String"),
        ({"KeyId": "k", "GrantTokens": "a"}, "Expected null"),
        ({"KeyId": "k", "GrantTokens": ["a", None]}, "Unexpected null in a list or map"),
        ({"KeyId": "k", "GrantTokens": ["a", 1]}, "NUMBER_VALUE can not be converted to a String"),
        ({"KeyId": "k", "Tags": ["a"]}, "Expected null"),
        ({"KeyId": "k", "Tags": {"TagKey": "a"}}, "Start of structure or map found where not expected."),
    ],
)
def test_a_wrong_json_type_is_a_serialization_error(document: object, message: str) -> None:
    with pytest.raises(SerializationFailed) as caught:
        decode(document)
    assert caught.value.message == message


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3),
    max_leaves=8,
)
wire_names = ("KeyId", "Plaintext", "EncryptionContext", "GrantTokens", "NumberOfBytes", "Tags", "ValidTo", "DryRun")


@given(st.dictionaries(st.sampled_from(wire_names), json_values) | json_values)
def test_any_json_is_decoded_or_refused_as_a_request(document: object) -> None:
    try:
        request = decode(document)
    except (SerializationFailed, ValidationFailed):
        return
    assert 1 <= len(request.key_id) <= 2048


class Metadata(NamedTuple):
    aws_account_id: Annotated[str, Wire("AWSAccountId")]
    creation_date: Timestamp
    enabled: bool


class Response(NamedTuple):
    key_metadata: Metadata | None = None
    ciphertext_blob: bytes | None = None
    tags: tuple[Tag, ...] | None = None
    policy_names: tuple[str, ...] | None = None
    truncated: bool | None = None


def test_a_response_takes_its_wire_form() -> None:
    response = Response(Metadata("111122223333", 1.5, False), b"\x00\xff", (Tag("a", ""),), ("default",), False)
    assert compile_response(Response)(response) == {
        "KeyMetadata": {"AWSAccountId": "111122223333", "CreationDate": 1.5, "Enabled": False},
        "CiphertextBlob": "AP8=",
        "Tags": [{"TagKey": "a", "TagValue": ""}],
        "PolicyNames": ("default",),
        "Truncated": False,
    }


def test_what_is_none_is_left_out_of_a_response() -> None:
    assert compile_response(Response)(Response()) == {}


class Account(NamedTuple):
    aws_account_id: Annotated[str, Wire("AWSAccountId"), Length(12, 12)]


def test_a_wire_name_of_its_own_is_read_and_shown_in_lower_camel_case() -> None:
    assert compile_request(Account)({"AWSAccountId": "1" * 12}) == Account("1" * 12)
    with pytest.raises(ValidationFailed, match="'aWSAccountId'"):
        compile_request(Account)({"AWSAccountId": "1"})


class Nested(NamedTuple):
    tag: Tag


def test_a_breach_in_a_nested_structure_names_its_path() -> None:
    with pytest.raises(ValidationFailed, match=r"'tag\.tagKey'"):
        compile_request(Nested)({"Tag": {"TagKey": "", "TagValue": ""}})


class Untypable(NamedTuple):
    value: dict[str, int]


class Misspelled(NamedTuple):
    value: Annotated[str, 12]


@pytest.mark.parametrize("shape", [Untypable, Misspelled])
def test_a_type_without_a_wire_form_is_refused_when_compiled(shape: type[Untypable]) -> None:
    with pytest.raises(TypeError):
        compile_request(shape)
