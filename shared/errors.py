"""The one tree of refusals.

Owns the AWS code of every error, whether a client may retry it (SDKs read that off the wire, and a test holds the two
together), and a `remedy`: a sentence of ASCII that says what to do next. HTTP statuses and bodies are not here:
`services/region_node/wire/error_table.py` maps this tree to the wire.
Source of the codes and texts: the AWS KMS API reference and responses recorded from it.
"""

from typing import ClassVar


class KeytideError(Exception):
    """A refusal of one request. `message` is what the client reads, in AWS's words where AWS has any."""

    code: ClassVar[str] = "KMSInternalException"
    retryable: ClassVar[bool] = False
    remedy: ClassVar[str] = "Look for the request id in the node's log."
    home_region: str = ""
    """The region that has to be asked instead, where there is one."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class InternalFailure(KeytideError):
    """The node could not finish; the outcome of a change may be unknown. Retry with the same request."""

    code = "KMSInternalException"
    retryable = True
    remedy = "Retry with an AWS SDK, whose call takes effect at most once; else look first whether it took effect."


class DependencyTimeout(KeytideError):
    """The region's log did not answer in time."""

    code = "DependencyTimeoutException"
    retryable = True
    remedy = "Retry; if it lasts, look at /readyz and at the region's log (broker or disk)."


class KeyUnavailable(KeytideError):
    """The key is known here, but its material has not arrived or cannot be opened yet."""

    code = "KeyUnavailableException"
    retryable = True
    remedy = "Retry; if it lasts, the region needs the key's material sealed to it again."


class NotFound(KeytideError):
    """No such key, alias or other resource in this region and account."""

    code = "NotFoundException"
    remedy = "Check the identifier and the region of the endpoint."


class AlreadyExists(KeytideError):
    """The name is taken."""

    code = "AlreadyExistsException"
    remedy = "Choose another name, or use the existing resource."


class KeyDisabled(KeytideError):
    """The key is disabled."""

    code = "DisabledException"
    remedy = "Enable the key with EnableKey."


class InvalidKeyState(KeytideError):
    """The key's state does not allow the operation."""

    code = "KMSInvalidStateException"
    remedy = "See the key's state with DescribeKey."


class Conflict(KeytideError):
    """A rotation of the key is about to begin by itself."""

    code = "ConflictException"
    remedy = "Wait for the automatic rotation; see NextRotationDate in GetKeyRotationStatus."


class InvalidArn(KeytideError):
    """The ARN is malformed, or not of a kind that the operation takes."""

    code = "InvalidArnException"
    remedy = "Pass a key id or a key ARN of this region."


class InvalidAliasName(KeytideError):
    """The alias name is not allowed."""

    code = "InvalidAliasNameException"
    remedy = "Use alias/ followed by letters, digits, '/', '_' or '-'."


class InvalidMarker(KeytideError):
    """The pagination marker was not issued by this operation."""

    code = "InvalidMarkerException"
    remedy = "Start the listing again without a marker."


class InvalidGrantId(KeytideError):
    """The text is no id of a grant."""

    code = "InvalidGrantIdException"
    remedy = "Pass the GrantId that CreateGrant or ListGrants gave."


class InvalidGrantToken(KeytideError):
    """The grant token is not one that this region has issued."""

    code = "InvalidGrantTokenException"
    remedy = "Pass the GrantToken that CreateGrant gave, in the region that gave it."


class LimitExceeded(KeytideError):
    """A quota is exhausted."""

    code = "LimitExceededException"
    remedy = "Delete what is not needed, or raise the quota in the node's settings."


class InvalidTag(KeytideError):
    """A tag breaks a rule."""

    code = "TagException"
    remedy = "See the tag rules: at most 50 a key, no aws: prefix, no key twice."


class MalformedPolicy(KeytideError):
    """The policy document does not parse, or would lock everybody out."""

    code = "MalformedPolicyDocumentException"
    remedy = "Correct the document."


class UnsupportedOperation(KeytideError):
    """The operation does not exist for this kind of key."""

    code = "UnsupportedOperationException"
    remedy = "See which keys the operation takes."


class ValidationFailed(KeytideError):
    """A parameter breaks a constraint."""

    code = "ValidationException"
    remedy = "Correct the parameter that the message names."


class SerializationFailed(KeytideError):
    """The body is not JSON, or no form, of the operation's shape."""

    code = "SerializationException"
    remedy = "Send a JSON object whose members have the types of the operation's request."


class UnknownOperation(KeytideError):
    """The X-Amz-Target names no operation."""

    code = "UnknownOperationException"
    remedy = "Check the X-Amz-Target header and the version of the node."


class InvalidCiphertext(KeytideError):
    """The one opaque error for every blob that does not open."""

    code = "InvalidCiphertextException"
    remedy = "Check that blob, key and encryption context belong together."


class IncorrectKey(KeytideError):
    """The key named in the request did not encrypt the blob."""

    code = "IncorrectKeyException"
    remedy = "Omit KeyId, or name the key that encrypted the blob."


class InvalidImportToken(KeytideError):
    """The import token is none, or one for another key."""

    code = "InvalidImportTokenException"
    remedy = "Take token and public key from one answer of GetParametersForImport for this key, in this region."


class ExpiredImportToken(KeytideError):
    """The import token is older than a day."""

    code = "ExpiredImportTokenException"
    remedy = "Call GetParametersForImport again and wrap the key material anew."


class IncorrectKeyMaterial(KeytideError):
    """The key material to import is not a key of this spec, or not the one that the key had before."""

    code = "IncorrectKeyMaterialException"
    remedy = "Import the key material of the key, in the form that its key spec takes."


class InvalidKeyUsage(KeytideError):
    """The key's usage or algorithms do not fit the operation."""

    code = "InvalidKeyUsageException"
    remedy = "Use a key of the right usage; see KeyUsage in DescribeKey."


class InvalidKeySignature(KeytideError):
    """The signature is not of this key and this message."""

    code = "KMSInvalidSignatureException"
    remedy = "Check that message, message type, signing algorithm and key are those of the signature."


class InvalidMac(KeytideError):
    """The code is not of this key and this message."""

    code = "KMSInvalidMacException"
    remedy = "Check that message, MAC algorithm and key are those of the code."


class DryRunSucceeded(KeytideError):
    """The answer to a dry run that would have succeeded."""

    code = "DryRunOperationException"
    remedy = "Send the request without DryRun."


class AccessDenied(KeytideError):
    """The caller may not do this."""

    code = "AccessDeniedException"
    remedy = "Ask the key's owner for permission."


class Throttled(KeytideError):
    """Too many requests at once: in AWS's words, unless there is more to say."""

    code = "ThrottlingException"
    retryable = True
    remedy = "Retry with backoff."

    def __init__(
        self, message: str = "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."
    ) -> None:
        super().__init__(message)


class RequestTooLarge(KeytideError):
    """The body is longer than the node takes."""

    code = "RequestEntityTooLargeException"
    remedy = "Send less; KMS encrypts at most 4096 bytes in one call."


class RequestTimedOut(KeytideError):
    """The client did not send its whole request in time."""

    code = "RequestTimeoutException"
    retryable = True
    remedy = "Retry on a better connection."


class MissingAuthenticationToken(KeytideError):
    """The request is not signed."""

    code = "MissingAuthenticationTokenException"
    remedy = "Sign the request with an access key (SigV4)."


class IncompleteSignature(KeytideError):
    """The Authorization header cannot be read, or does not cover what it must."""

    code = "IncompleteSignatureException"
    remedy = "Let an AWS SDK sign the request."


class InvalidSignature(KeytideError):
    """The signature does not fit the request, or its time is off."""

    code = "InvalidSignatureException"
    remedy = "Check the secret access key, the region, and the clock of the client."


class UnrecognizedClient(KeytideError):
    """The access key or session token is unknown."""

    code = "UnrecognizedClientException"
    remedy = "Check AWS_ACCESS_KEY_ID."


class ExpiredToken(KeytideError):
    """The session token is too old."""

    code = "ExpiredTokenException"
    remedy = "Get new temporary credentials."
