"""The keys that AWS's services have in every account: which there are, what they allow, and how one comes to be.

Owns the table, the key policy and the decision. The aliases are there from the start; a key stands behind one only once
somebody has described it. Its policy lets nobody use it but the service, which there is none of here, and lets the
account look at it. Sources: AWS KMS Developer Guide, "AWS managed keys"; the user guides of the services.
"""

from collections.abc import Mapping
from typing import NamedTuple

from shared.decision import Decision, StateView
from shared.events import AliasCreated, KeyCreated, KeyRotationEnabled, MaterialBorn
from shared.keys.commands import KeyName
from shared.keys.model import AWS
from shared.policy.document import formatted

ROTATION_DAYS = 365


class _Service(NamedTuple):
    """`via`: the service's name in kms:ViaService."""

    via: str
    protects: str


SERVICES: Mapping[str, _Service] = {
    "alias/aws/acm": _Service("acm", "ACM private keys"),
    "alias/aws/backup": _Service("backup", "Backup data"),
    "alias/aws/codecommit": _Service("codecommit", "CodeCommit repositories"),
    "alias/aws/dynamodb": _Service("dynamodb", "DynamoDB data"),
    "alias/aws/ebs": _Service("ec2", "EBS volumes"),
    "alias/aws/elasticfilesystem": _Service("elasticfilesystem", "EFS filesystems"),
    "alias/aws/es": _Service("es", "Elasticsearch data"),
    "alias/aws/fsx": _Service("fsx", "FSx resources"),
    "alias/aws/glue": _Service("glue", "Glue data"),
    "alias/aws/kinesis": _Service("kinesis", "Kinesis data"),
    "alias/aws/kinesisvideo": _Service("kinesisvideo", "Kinesis Video Streams data"),
    "alias/aws/lambda": _Service("lambda", "Lambda functions"),
    "alias/aws/rds": _Service("rds", "RDS database volumes"),
    "alias/aws/redshift": _Service("redshift", "Redshift clusters"),
    "alias/aws/s3": _Service("s3", "S3 objects"),
    "alias/aws/secretsmanager": _Service("secretsmanager", "Secrets Manager data"),
    "alias/aws/sns": _Service("sns", "SNS data"),
    "alias/aws/sqs": _Service("sqs", "SQS messages"),
    "alias/aws/ssm": _Service("ssm", "SSM parameters"),
    "alias/aws/xray": _Service("xray", "X-Ray data"),
}
"""Alias -> service, in the order of the aliases."""

_USING = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:CreateGrant", "kms:DescribeKey")


class CreateAwsManagedKey(NamedTuple):
    """`key`: the name of the key if it is made; `alias` is one of `SERVICES`."""

    key: KeyName
    alias: str
    material: MaterialBorn


def create_aws_managed_key(command: CreateAwsManagedKey, view: StateView) -> Decision:
    """The key behind the alias, with its alias and its yearly rotation; nothing where somebody was first."""
    region, account, key_id = command.key
    if view.alias(account, command.alias) is not None:
        return Decision(())
    service = SERVICES[command.alias]
    created = KeyCreated(
        account,
        key_id,
        materials=(command.material,),
        description=f"Default key that protects my {service.protects} when no other key is defined",
        policy=_policy(command.alias, service, region, account),
        key_manager=AWS,
    )
    rotated = KeyRotationEnabled(account, key_id, ROTATION_DAYS)
    return Decision((created, rotated, AliasCreated(account, command.alias, key_id)), answer=key_id)


def _policy(alias: str, service: _Service, region: str, account: str) -> str:
    name = alias.rpartition("/")[2]
    via = {"kms:CallerAccount": account, "kms:ViaService": f"{service.via}.{region}.amazonaws.com"}
    return formatted(
        {
            "Version": "2012-10-17",
            "Id": f"auto-{name}-1",
            "Statement": [
                {
                    "Sid": f"Allow access through {name} for all principals in the account",
                    "Effect": "Allow",
                    "Principal": {"AWS": "*"},
                    "Action": list(_USING),
                    "Resource": "*",
                    "Condition": {"StringEquals": via},
                },
                {
                    "Sid": "Allow direct access to key metadata to the account",
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                    "Action": ["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"],
                    "Resource": "*",
                },
            ],
        }
    )
