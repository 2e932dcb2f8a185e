"""The words of generated policies and requests: so few that they meet often, so odd that each rule is met."""

from typing import Any

from tests.shared.policy.case_questions import ACCOUNT, KEY, THEIR_ACCOUNT

OTHER_KEY = f"arn:aws:kms:eu-b-1:{ACCOUNT}:key/mrk-1234abcd12ab34cd56ef1234567890ab"
OUR_PRINCIPALS: list[Any] = [
    {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    {"AWS": ACCOUNT},
    {"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"},
    {"AWS": "AIDAALICE00000000000A"},
    {"AWS": f"arn:aws:iam::{ACCOUNT}:role/deployer"},
    {"AWS": "AROADEPLOYER00000000A"},
    {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/run-1"},
    {"AWS": [f"arn:aws:iam::{ACCOUNT}:user/carol", f"arn:aws:iam::{ACCOUNT}:user/Alice"]},
]
THEIR_PRINCIPALS: list[Any] = [
    {"AWS": f"arn:aws:iam::{THEIR_ACCOUNT}:root"},
    {"AWS": [THEIR_ACCOUNT, f"arn:aws:iam::{THEIR_ACCOUNT}:user/bob"]},
    {"AWS": f"arn:aws:iam::{THEIR_ACCOUNT}:user/bob"},
    {"AWS": f"arn:aws:iam::{THEIR_ACCOUNT}:role/visitor"},
]
ALL_PRINCIPALS: list[Any] = ["*", {"AWS": "*"}]
SERVICES: list[Any] = [
    {"Service": "backup.example.com"},
    {"AWS": ACCOUNT, "Service": ["logs.example.com", "backup.example.com"]},
    {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/id.example.com"},
]
PRINCIPALS = OUR_PRINCIPALS + THEIR_PRINCIPALS + ALL_PRINCIPALS + SERVICES
SPARED: list[Any] = [
    {"AWS": [f"arn:aws:iam::{ACCOUNT}:user/alice", ACCOUNT]},
    {"AWS": [f"arn:aws:iam::{ACCOUNT}:user/alice"]},
    {"AWS": ["AIDAALICE00000000000A", f"arn:aws:iam::{ACCOUNT}:root"], "Service": "backup.example.com"},
    {"AWS": [OUR_PRINCIPALS[6]["AWS"], OUR_PRINCIPALS[4]["AWS"], f"arn:aws:iam::{ACCOUNT}:root"]},
    {"AWS": [OUR_PRINCIPALS[6]["AWS"], ACCOUNT]},
    {"AWS": [f"arn:aws:iam::{THEIR_ACCOUNT}:user/bob", THEIR_ACCOUNT]},
]

ACTIONS = ("kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", "kms:PutKeyPolicy", "kms:CreateKey")
OF_ITS_ACCOUNT_ALONE = "kms:PutKeyPolicy"
WITHOUT_RESOURCE = "kms:CreateKey"
GRANTED = ("Encrypt", "Decrypt", "DescribeKey")
ACTION_PATTERNS: list[Any] = [
    "kms:*", "kms:*", "kms:*", "*", "*", "kms:Encrypt", "KMS:encrypt", ["kms:Decrypt", "kms:Describe*"],
    "kms:?ncrypt", "kms:*crypt", "kms:*K*y*", "s3:*", "kms:D*",
    ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", "kms:CreateKey"],
]  # fmt: skip
RESOURCES: list[Any] = [
    "*", "*", "*", "*", "*", KEY, OTHER_KEY, f"arn:aws:kms:*:{ACCOUNT}:key/*", "arn:aws:kms:eu-?-1:*:key/1234*",
    ["arn:aws:kms:*:*:alias/*", KEY], f"arn:aws:kms:*:{THEIR_ACCOUNT}:key/*", "arn:aws:kms:*:*:key/mrk-*",
    "arn:aws:kms:*:*:key/${aws:PrincipalTag/team, '1234'}*", "arn:aws:kms:eu*1:*:key/*-*-*",
    "arn:aws:kms:*:*:key/${*}*", "arn:aws:kms:eu-b*", "arn:aws:kms:*", "arn:aws:s3:*",
    "arn:aws:kms:*:*:key/${aws:PrincipalTag/team}*",
]  # fmt: skip

STRING_VALUES = [
    "red", "Red", "r*", "?ed", "*", "blue", "${aws:username}", "${aws:PrincipalTag/team, 'red'}", "${*}", "r${?}d",
    "*${aws:username}*", "[a-z]ed", "alice",
]  # fmt: skip
POLICY_VALUES: dict[str, list[Any]] = {
    "String": STRING_VALUES,
    "Numeric": ["5", "10.0", 7, "-1", 5.5],
    "Date": ["2026-07-01T00:00:00Z", "1782864000", "2026-07-01T02:00:00+02:00", "2027-01-01", 1782864001],
    "Bool": ["true", "false", True, False],
    "Ip": ["10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "0.0.0.0/0"],
    "Arn": [
        "arn:aws:iam::*:user/alice", f"arn:aws:iam::{ACCOUNT}:*", "arn:*:*:*:*:*", "arn:aws:s3:::home-${aws:username}",
        "arn:aws:iam::1*:role/deploy??",
    ],
    "Binary": ["AAAA", "cmVk"],
    "Null": ["true", "false", True],
}  # fmt: skip
OPERATORS = {
    "String": ["Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike"],
    "Numeric": ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"],
    "Date": ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"],
    "Arn": ["Equals", "Like", "NotEquals", "NotLike"],
    "Bool": [""],
    "Ip": ["IpAddress", "NotIpAddress"],
    "Binary": ["Equals"],
    "Null": [""],
}
KEYS = {
    "String": ["aws:PrincipalTag/team", "AWS:principaltag/TEAM", "kms:EncryptionContext:Dept", "aws:TagKeys"],
    "Numeric": ["example:number"],
    "Date": ["aws:CurrentTime"],
    "Bool": ["aws:SecureTransport"],
    "Ip": ["aws:SourceIp"],
    "Arn": ["aws:PrincipalArn", "aws:SourceArn"],
    "Binary": ["example:blob"],
    "Null": ["aws:PrincipalTag/team", "aws:TagKeys", "example:number"],
}
REQUEST_VALUES: dict[str, list[Any]] = {
    "aws:principaltag/team": ["red", "Red", "blue", "alice", "*", "r?d", "${aws:username}", "1234abcd"],
    "kms:encryptioncontext:dept": ["red", "Red", "blue", "alice", "1234"],
    "aws:username": ["alice", "red", "*"],
    "aws:tagkeys": [("red",), ("red", "blue"), ("blue", "Red", "green"), (), "red"],
    "example:number": ["5", "5.00", "7", "10", "-1", "five", "100", ("5", "9"), "5.5"],
    "aws:currenttime": ["2026-07-01T00:00:00Z", "1782864001", "2026-06-30T23:59:59.5Z", "soon", "2027-01-01T00:00:00Z"],
    "aws:securetransport": ["true", "false", "maybe"],
    "aws:sourceip": ["10.1.2.3", "192.0.2.1", "2001:db8::1", "nowhere"],
    "aws:principalarn": [f"arn:aws:iam::{ACCOUNT}:user/alice", f"arn:aws:iam::{ACCOUNT}:role/deployer", "alice"],
    "aws:sourcearn": ["arn:aws:s3:::home-alice", "arn:aws:s3:::photos", f"arn:aws:iam::{ACCOUNT}:role/deployer:x"],
    "example:blob": ["AAAA", "cmVk", "none"],
}
ENCRYPTION_CONTEXTS: list[dict[str, str] | None] = [
    None,
    {},
    {"Dept": "red"},
    {"dept": "red"},
    {"Dept": "red", "x": "y"},
]
UNREADABLE = [
    "",
    "[]",
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Maybe"}]}',
    '{"Statement": [{"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}]}',
]
