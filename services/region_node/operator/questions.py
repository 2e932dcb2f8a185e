"""What the operator of a region may ask of its node, for both ends of the replicator's socket.

Owns the verbs, how they are asked and how they are answered: ("done", value), ("refused", text, remedy), or ("failed",
text) where a fault came in between. The mode of the socket (0600) is the whole access control. The arguments of each
verb are those of the method in `answering.py`.
"""

import asyncio
from enum import StrEnum
from typing import Any, Final, NamedTuple

from replication.feed.frames import Dialogue
from services.plain_fault import PlainFault
from services.region_node.replicator.questions import OPERATE
from services.region_node.settings.settings import NodeSettings
from shared.secrets import Secret

ANSWER_SECONDS = 60.0
DONE: Final = "done"
REFUSED: Final = "refused"
FAILED: Final = "failed"


class Verb(StrEnum):
    """What is asked for; those that make an access key answer with one."""

    CREATE_ADMINISTRATOR = "create administrator"
    CREATE_ACCOUNT = "create account"
    ADMINISTRATOR_KEY = "administrator key"
    ROOT_KEY = "root key"
    SERVICE_KEY = "service key"
    DELETE_ACCESS_KEY = "delete access key"
    UPDATE_STAND_BY = "update stand-by"
    SET_SYNCHRONOUS = "set synchronous"
    MOVE_HOME = "move home"
    TAKE_HOME = "take home"
    PUT_SERVICE_CONTROL_POLICY = "put service control policy"
    REMOVE_SERVICE_CONTROL_POLICY = "remove service control policy"
    VOUCH = "vouch"
    NODE_TOKEN = "node token"  # noqa: S105 - a verb
    NODE_LIST = "node list"
    NODE_REMOVE = "node remove"
    PROMOTABLE = "promotable"
    PROMOTE = "promote"
    FETCH_TAIL = "fetch tail"
    OVERTAKEN = "overtaken"
    DO_OVERTAKEN_AGAIN = "do overtaken again"
    DROP_OVERTAKEN = "drop overtaken"
    ADVANCE_ERASURE = "advance erasure"
    RECORD_BACKUP = "record backup"
    KEEP_SHARE = "keep share"
    RELEASE_SHARE = "release share"
    DESTROY_SHARE = "destroy share"
    NOTE_SHARE_DESTROYED = "note share destroyed"
    VOUCH_SHARE_DESTROYED = "vouch share destroyed"
    KNOWN_OF_LOST = "known of lost"
    READMIT = "readmit"
    SEEN_OF = "seen of"
    FORGET_WITNESSED = "forget witnessed"
    ATTEST_DRILL = "attest drill"
    START_SCREAM_TEST = "start scream test"
    STOP_SCREAM_TEST = "stop scream test"


class NewAccessKey(NamedTuple):
    """An access key that was made, and the ids of those that its owner has besides."""

    account: str
    access_key_id: str
    secret: Secret
    former: tuple[str, ...]


class NotReached(PlainFault):
    """The region's replicator does not run, or is not this user's to ask: nothing was changed."""


class OutcomeUnknown(PlainFault):
    """The question was sent, and no answer came, or the node has met a fault."""


class Refused(PlainFault):
    """The region refuses, and nothing was changed. `message` is why; the whole says what to do, too."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message.rstrip('.')}. {remedy}")
        self.message = message


async def ask(settings: NodeSettings, verb: Verb, **arguments: str | int | None) -> Any:
    """Have the region do it. Errors: NotReached, OutcomeUnknown, Refused."""
    dialogue = Dialogue(lambda: asyncio.open_unix_connection(settings.replicator_socket))
    try:
        answer = await dialogue.ask((OPERATE, (verb, arguments)), ANSWER_SECONDS)
    except ConnectionRefusedError as error:  # surely nothing was sent
        raise NotReached(_not_reached(settings, error)) from error
    except OSError as error:  # a TimeoutError is one
        raise OutcomeUnknown(_unknown(settings, str(error) or "it does not answer in time")) from error
    finally:
        await dialogue.close()
    match answer:
        case ("done", value):
            return value
        case ("refused", str() as message, str() as remedy):
            raise Refused(message, remedy)
        case ("failed", str() as reason):
            raise OutcomeUnknown(_unknown(settings, reason))
    raise OutcomeUnknown(_unknown(settings, "it answers what is no answer"))


async def ask_for_access_key(settings: NodeSettings, verb: Verb, **arguments: str | None) -> NewAccessKey:
    """Errors: as `ask`."""
    account, access_key_id, secret, former = await ask(settings, verb, **arguments)
    return NewAccessKey(account, access_key_id, Secret(secret), tuple(former))


def _not_reached(settings: NodeSettings, error: ConnectionRefusedError) -> str:
    if isinstance(error.__cause__, PermissionError):
        return f"{settings.replicator_socket} is another user's: run this as who runs region {settings.region}"
    return (
        f"region {settings.region} does not run: start it (keytide up, or keytide node --region {settings.region} "
        f"--directory {settings.directory}); nothing was changed"
    )


def _unknown(settings: NodeSettings, reason: str) -> str:
    return (
        f"whether region {settings.region} has done it is unknown: {reason}. Look with keytide account list, "
        f"and into {settings.logs_directory}"
    )
