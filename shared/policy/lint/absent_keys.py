"""The condition keys of AWS that never have a value here, and why: the one table for the linter.

Owns the reasons. That none of these keys has a row in the region's tables of facts, a test makes sure.
Source: IAM User Guide, "AWS global condition context keys"; AWS KMS Developer Guide, "AWS KMS condition keys".
"""

from collections.abc import Mapping
from typing import NamedTuple


class Absence(NamedTuple):
    """Why a condition key has no value, and what to do about a condition that asks for it."""

    reason: str
    remedy: str


_NO_CALLS_FOR_OTHERS = Absence(
    "no service calls for anybody here", "remove the statement, or name the principal that calls"
)
_NO_SERVICES = Absence("no service calls here", "remove the statement, or name the principal that calls")
_NO_ENDPOINTS = Absence("there are no VPC endpoints here", "ask for aws:SourceIp")
_NO_ORGANIZATIONS = Absence("there are no organizations here", "ask for aws:PrincipalAccount or kms:CallerAccount")
_NO_SECOND_FACTOR = Absence("no session here is begun with a second factor", "remove the condition")
_NO_INSTANCES = Absence("credentials of instances do not exist here", "ask for aws:SourceIp")
_UNHEARD = Absence("what a client says of it is not looked at", "ask for what the client cannot choose")

ABSENT_KEYS: Mapping[str, Absence] = {
    "aws:calledvia": _NO_CALLS_FOR_OTHERS,
    "aws:calledviafirst": _NO_CALLS_FOR_OTHERS,
    "aws:calledvialast": _NO_CALLS_FOR_OTHERS,
    "aws:ec2instancesourceprivateipv4": _NO_INSTANCES,
    "aws:ec2instancesourcevpc": _NO_INSTANCES,
    "aws:multifactorauthage": _NO_SECOND_FACTOR,
    "aws:principalorgid": _NO_ORGANIZATIONS,
    "aws:principalorgpaths": _NO_ORGANIZATIONS,
    "aws:principalservicenameslist": _NO_SERVICES,
    "aws:referer": _UNHEARD,
    "aws:resourceorgid": _NO_ORGANIZATIONS,
    "aws:resourceorgpaths": _NO_ORGANIZATIONS,
    "aws:sourceaccount": _NO_SERVICES,
    "aws:sourcearn": _NO_SERVICES,
    "aws:sourceorgid": _NO_ORGANIZATIONS,
    "aws:sourceorgpaths": _NO_ORGANIZATIONS,
    "aws:sourcevpc": _NO_ENDPOINTS,
    "aws:sourcevpce": _NO_ENDPOINTS,
    "aws:vpcsourceip": _NO_ENDPOINTS,
    "kms:viaservice": _NO_CALLS_FOR_OTHERS,
}
"""In lower case."""
MISSPELT = Absence("it is no condition key of the requests that come here", "see whether it is misspelt")
"""What holds of every other key without a value."""
