"""The refusals of IAM: a branch of the tree in `shared/errors.py`.

Owns their codes, which the query protocol carries without `Exception` at the end, and their remedies.
Source: the IAM API reference, "Errors" of its operations.
"""

from shared.errors import KeytideError


class IdentityRefused(KeytideError):
    """What the operations on identities refuse besides the general errors."""


class NoSuchEntity(IdentityRefused):
    """The account has no such user, group, role, policy or provider."""

    code = "NoSuchEntityException"
    remedy = "Check the name; names belong to the account of the access key."


class EntityAlreadyExists(IdentityRefused):
    """The name is taken, whatever the case of its letters."""

    code = "EntityAlreadyExistsException"
    remedy = "Choose another name, or use what has it."


class DeleteConflict(IdentityRefused):
    """Something still hangs on what is to be deleted."""

    code = "DeleteConflictException"
    remedy = "Delete or detach first what the message names."


class IdentityLimitExceeded(IdentityRefused):
    """A quota of IAM is exhausted."""

    code = "LimitExceededException"
    remedy = "Delete what is not needed any more."


class MalformedPolicyDocument(IdentityRefused):
    """The policy document does not parse."""

    code = "MalformedPolicyDocumentException"
    remedy = "Correct the document."


class InvalidInput(IdentityRefused):
    """A parameter has a value that it cannot have here."""

    code = "InvalidInputException"
    remedy = "Correct the parameter that the message names."


class InvalidPolicyInput(InvalidInput):
    """A policy that is to be simulated is none. The message may quote it."""


class UnmodifiableEntity(IdentityRefused):
    """Only AWS, or here the operator, changes this."""

    code = "UnmodifiableEntityException"
    remedy = "Make one of your own, and change that."


class PolicyNotAttachable(IdentityRefused):
    """The managed policy cannot be attached."""

    code = "PolicyNotAttachableException"
    remedy = "Attach a policy of the account, or one that AWS manages for everybody."


class NotHome(IdentityRefused):
    """The account is changed in another region."""

    code = "ValidationException"
    remedy = "Send the request to the account's home region, which the message names."

    def __init__(self, account: str, home_region: str) -> None:
        super().__init__(f"Account {account} is changed in its home region, {home_region}")
        self.home_region = home_region
