"""A region whose keys are used by people with ordinary policies: what the benchmark `authorization` asks it.

Owns the users, their policies and grants, and the signed requests that each case rests on. Every key has a policy of 20
statements, every user two IAM policies (its group's, and a managed one) and three grants on the key.
"""

import base64
import json
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from benchmarks.policy_cases import ENCRYPTING, NETWORK, key_policy
from benchmarks.region_client import RegionClient
from benchmarks.running import REGIONS, Running

PLAINTEXT_BYTES = 32
DESCRIBING = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:DescribeKey", "Resource": "*"}}
)
APPS = ("payments-in", "payments-out", "payments-all")
USER_AGENT = "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux#6.1 md/arch#x86_64 lang/python#3.11.7"


class Case(NamedTuple):
    """`key_id` and `app`: what the requests name; `credentials` sign them. `alike`: whether all have the same
    encryption context."""

    title: str
    credentials: Credentials
    key_id: str
    app: str
    alike: bool = True


def cases(running: Running) -> list[Case]:
    """Make what the requests need. The key without any of it shows what an Encrypt costs besides."""
    administrator = RegionClient(running.port + 1, REGIONS[0], running.credentials)
    iam = _iam(running)
    iam.create_group(GroupName="office")
    iam.put_group_policy(GroupName="office", PolicyName="network", PolicyDocument=NETWORK)
    plain = administrator.call("CreateKey")["KeyMetadata"]["KeyId"]
    by_policies = _case("allowed by key and IAM policies", "alice", ENCRYPTING, iam, administrator)
    by_grant = _case("allowed by the third grant", "bob", DESCRIBING, iam, administrator)
    return [
        Case("default key policy, administrator", running.credentials, plain, APPS[0]),
        by_policies,
        by_grant,
        by_policies._replace(title="by policies, new contexts each time", alike=False),
        by_grant._replace(title="by grant, new contexts each time", alike=False),
    ]


def _iam(running: Running) -> Any:
    given = running.credentials
    session = boto3.Session(given.access_key, given.secret_key, region_name=REGIONS[0])
    return session.client("iam", endpoint_url=f"http://127.0.0.1:{running.port + 1}")


def _case(title: str, name: str, policy: str, iam: Any, administrator: RegionClient) -> Case:
    arn = iam.create_user(UserName=name, Tags=[{"Key": "team", "Value": "payments"}])["User"]["Arn"]
    iam.add_user_to_group(GroupName="office", UserName=name)
    managed = iam.create_policy(PolicyName=f"managed-{name}", PolicyDocument=policy)["Policy"]["Arn"]
    iam.attach_user_policy(UserName=name, PolicyArn=managed)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    key_id, app = _key(administrator, arn)
    return Case(title, Credentials(made["AccessKeyId"], made["SecretAccessKey"]), key_id, app)


def _key(administrator: RegionClient, user: str) -> tuple[str, str]:
    """The key, and what the last of its grants, in the order in which they are tried, is bound to."""
    made = administrator.call("CreateKey")["KeyMetadata"]
    key_id, account = made["KeyId"], made["AWSAccountId"]
    for app in APPS:
        constraints = {"EncryptionContextSubset": {"app": app}}
        named = {"GranteePrincipal": user, "Operations": ["Encrypt", "Decrypt"]}
        administrator.call("CreateGrant", KeyId=key_id, Constraints=constraints, **named)
    last = administrator.call("ListGrants", KeyId=key_id)["Grants"][-1]
    administrator.call("PutKeyPolicy", KeyId=key_id, Policy=key_policy(account))
    return key_id, last["Constraints"]["EncryptionContextSubset"]["app"]


def requests(case: Case, count: int) -> Iterator[bytes]:
    """Distinct, and signed."""
    auth = SigV4Auth(case.credentials, "kms", REGIONS[0])
    target = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.Encrypt"}
    for number in range(count):
        plaintext = base64.b64encode(os.urandom(PLAINTEXT_BYTES)).decode()
        context = {"app": case.app} if case.alike else {"app": case.app, "item": str(number)}
        body = json.dumps({"KeyId": case.key_id, "Plaintext": plaintext, "EncryptionContext": context})
        request = AWSRequest("POST", "http://kms.local/", data=body, headers={"Host": "kms.local", **target})
        auth.add_auth(request)
        headers = {**dict(request.headers.items()), "User-Agent": USER_AGENT, "Content-Length": str(len(body))}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        yield f"POST / HTTP/1.1\r\n{lines}\r\n{body}".encode()
