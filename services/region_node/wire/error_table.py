"""The one table from refusals to the wire.

Owns the HTTP status of every error of `shared/errors.py`, the member that carries its message, and its name in the
query protocol of STS and IAM. Source: responses recorded from AWS KMS (every client error is 400, whatever the page of
common errors says), and the errors of IAM and STS in their API references.
"""

from typing import NamedTuple

import orjson

from services.region_node.nodes.errors import NotLeased
from shared import errors, peer_errors, witness_errors
from shared.aliases.errors import NotAuthorized
from shared.audit.errors import AuditUnavailable
from shared.audit.lookup_errors import LookupRefused, TrailNotReady
from shared.identity import errors as identity_errors
from shared.identity import session_errors
from shared.key_stores.errors import KeyStoreRefused
from shared.keys import errors as key_errors


class Row(NamedTuple):
    """How one error goes out. `message_member` is None where AWS sends the type alone."""

    status: int = 400
    message_member: str | None = "message"
    query_code: str = "ValidationError"
    query_status: int = 400


CLIENT_ERROR = Row()
FAULT = Row(500, query_code="InternalFailure", query_status=500)
TYPE_ALONE = Row(message_member=None)

ERROR_TABLE: dict[type[errors.KeytideError], Row] = {
    errors.KeytideError: FAULT,
    errors.InternalFailure: FAULT,
    errors.DependencyTimeout: FAULT,
    NotLeased: FAULT,
    AuditUnavailable: FAULT,
    errors.KeyUnavailable: FAULT,
    peer_errors.KeyStale: FAULT,
    peer_errors.MaterialUnheard: FAULT,
    peer_errors.NotReachedYet: FAULT,
    peer_errors.NotAdoptedYet: FAULT,
    witness_errors.NotWitnessed: FAULT,
    witness_errors.WitnessOverdue: FAULT,
    witness_errors.LogContradicted: FAULT,
    witness_errors.NothingToVouchFor: CLIENT_ERROR,
    errors.NotFound: Row(query_code="NoSuchEntity", query_status=404),
    errors.AlreadyExists: Row(query_code="EntityAlreadyExists", query_status=409),
    errors.KeyDisabled: CLIENT_ERROR,
    errors.InvalidKeyState: CLIENT_ERROR,
    errors.Conflict: CLIENT_ERROR,
    errors.InvalidArn: CLIENT_ERROR,
    errors.InvalidAliasName: CLIENT_ERROR,
    errors.InvalidMarker: CLIENT_ERROR,
    errors.InvalidGrantId: CLIENT_ERROR,
    errors.InvalidGrantToken: CLIENT_ERROR,
    errors.LimitExceeded: Row(query_code="LimitExceeded", query_status=409),
    errors.InvalidTag: CLIENT_ERROR,
    errors.MalformedPolicy: Row(query_code="MalformedPolicyDocument"),
    errors.UnsupportedOperation: CLIENT_ERROR,
    key_errors.FollowsPrimary: CLIENT_ERROR,
    key_errors.HasHeir: CLIENT_ERROR,
    key_errors.NotPromotable: CLIENT_ERROR,
    key_errors.PrimaryAnswers: CLIENT_ERROR,
    key_errors.TailMissing: CLIENT_ERROR,
    key_errors.NotDoneAgain: CLIENT_ERROR,
    key_errors.ScreamTestHit: CLIENT_ERROR,
    key_errors.NoScreamTest: Row(query_code="NoSuchEntity", query_status=404),
    key_errors.NothingOvertaken: Row(query_code="NoSuchEntity", query_status=404),
    errors.ValidationFailed: CLIENT_ERROR,
    errors.SerializationFailed: Row(query_code="MalformedQueryString"),
    errors.UnknownOperation: Row(message_member=None, query_code="InvalidAction"),
    errors.InvalidCiphertext: TYPE_ALONE,
    errors.IncorrectKey: CLIENT_ERROR,
    errors.InvalidImportToken: CLIENT_ERROR,
    errors.ExpiredImportToken: CLIENT_ERROR,
    errors.IncorrectKeyMaterial: CLIENT_ERROR,
    errors.InvalidKeyUsage: CLIENT_ERROR,
    errors.InvalidKeySignature: TYPE_ALONE,
    errors.InvalidMac: TYPE_ALONE,
    errors.DryRunSucceeded: CLIENT_ERROR,
    errors.AccessDenied: Row(message_member="Message", query_code="AccessDenied", query_status=403),
    NotAuthorized: Row(message_member=None, query_code="NotAuthorized"),
    errors.Throttled: Row(query_code="Throttling"),
    errors.RequestTooLarge: Row(413, query_code="RequestEntityTooLarge", query_status=413),
    errors.RequestTimedOut: Row(408, query_code="RequestTimeout", query_status=408),
    errors.MissingAuthenticationToken: Row(query_code="MissingAuthenticationToken", query_status=403),
    errors.IncompleteSignature: Row(query_code="IncompleteSignature", query_status=403),
    errors.InvalidSignature: Row(query_code="SignatureDoesNotMatch", query_status=403),
    errors.UnrecognizedClient: Row(query_code="InvalidClientTokenId", query_status=403),
    errors.ExpiredToken: Row(query_code="ExpiredToken", query_status=403),
    identity_errors.IdentityRefused: CLIENT_ERROR,
    identity_errors.NotHome: CLIENT_ERROR,
    identity_errors.NoSuchEntity: Row(query_code="NoSuchEntity", query_status=404),
    identity_errors.EntityAlreadyExists: Row(query_code="EntityAlreadyExists", query_status=409),
    identity_errors.DeleteConflict: Row(query_code="DeleteConflict", query_status=409),
    identity_errors.IdentityLimitExceeded: Row(query_code="LimitExceeded", query_status=409),
    identity_errors.MalformedPolicyDocument: Row(query_code="MalformedPolicyDocument"),
    identity_errors.InvalidInput: Row(query_code="InvalidInput"),
    identity_errors.InvalidPolicyInput: Row(query_code="InvalidInput"),
    identity_errors.UnmodifiableEntity: Row(query_code="UnmodifiableEntity"),
    identity_errors.PolicyNotAttachable: Row(query_code="PolicyNotAttachable"),
    session_errors.SessionRefused: CLIENT_ERROR,
    session_errors.RegionDisabled: Row(query_code="RegionDisabledException", query_status=403),
    session_errors.PackedPolicyTooLarge: Row(query_code="PackedPolicyTooLarge"),
    session_errors.InvalidIdentityToken: Row(query_code="InvalidIdentityToken"),
    session_errors.IdentityProviderRejectedClaim: Row(query_code="IDPRejectedClaim", query_status=403),
    session_errors.ExpiredIdentityToken: Row(query_code="ExpiredTokenException"),
    session_errors.IdentityProviderUnreachable: Row(query_code="IDPCommunicationError"),
    **dict.fromkeys((KeyStoreRefused, *KeyStoreRefused.__subclasses__()), CLIENT_ERROR),
    **dict.fromkeys((LookupRefused, *LookupRefused.__subclasses__()), CLIENT_ERROR),
    TrailNotReady: FAULT,
}


LONGEST_MESSAGE = 4_096
"""Characters of a message that go out: some repeat what the client sent, however long that was."""
_END = 1_024


def message_of(error: errors.KeytideError) -> str:
    """The message, without the middle of one that is too long: it says what was wrong at its end."""
    message = error.message
    if len(message) <= LONGEST_MESSAGE:
        return message
    return f"{message[: LONGEST_MESSAGE - _END - 1]}…{message[-_END:]}"


def row_of(error: errors.KeytideError) -> Row:
    """The error's row; an error that somebody forgot to enter is a fault."""
    return ERROR_TABLE.get(type(error), FAULT)


def render_error(error: errors.KeytideError) -> tuple[int, bytes]:
    """HTTP status and body in AWS JSON 1.1. An empty message is left out, as AWS does."""
    row = row_of(error)
    document = {"__type": error.code}
    if row.message_member is not None and error.message:
        document[row.message_member] = message_of(error)
    return row.status, orjson.dumps(document)
