"""The key policy that a key has by itself, and how any is given back."""

import json

from shared.policy.document import default_policy, formatted, rendered

ACCOUNT = "111122223333"
DEFAULT = """{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::111122223333:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}"""


def test_the_default_policy_in_the_layout_of_aws() -> None:
    assert default_policy(ACCOUNT) == rendered(None, ACCOUNT) == DEFAULT


def test_a_stored_policy_is_given_back_in_the_same_layout() -> None:
    assert rendered(json.dumps(json.loads(DEFAULT)), ACCOUNT) == DEFAULT


def test_layout_of_lists_and_empty_values() -> None:
    assert formatted({"a": ["x", 1, True, None], "b": [], "c": {}}) == (
        '{\n  "a" : [ "x", 1, true, null ],\n  "b" : [ ],\n  "c" : { }\n}'
    )
