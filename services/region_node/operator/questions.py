"""What the operator of a region may ask of its node, for both ends of the replicator's socket.

Owns the verbs, how they are asked, what to do where the outcome is unknown, and how they are answered: ("done", value),
("refused", text, remedy), or ("failed", text) where a fault came in between. The mode of the socket
(0600) is the whole access control. The arguments of each verb are those of the method in `answering.py`.
"""

import asyncio
from collections.abc import Mapping
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


_READ: Final = "Nothing is changed by that question: give the same command again"
_TOLD: Final = "Give the same command again: what is done already is told as such, and not done twice"
_SAME: Final = "Give the same command again: a second time changes nothing"
_ACCOUNT: Final = "Look with keytide account list, and give the same command again where it is not done"
_POLICY: Final = "Look with keytide scp list, and give the same command again where it is not done"
_OVERTAKEN: Final = "Look with keytide overtaken list, and give the same command again where the change is still listed"
_SHARE: Final = "Look with keytide backup list, and give the same command again: a share is destroyed and recorded once"
_SCREAM: Final = "Look with keytide scream status, and give the same command again where it is not done"
_LOST_KEY: Final = "an access key that was made meanwhile is of no use, for nobody can sign with it"

REMEDIES: Final[Mapping[Verb, str]] = {
    Verb.CREATE_ADMINISTRATOR: f"Give keytide up again, for another access key: {_LOST_KEY}",
    Verb.CREATE_ACCOUNT: "Look with keytide account list: where the account is there, keytide account administrator "
    "gives it an access key",
    Verb.ADMINISTRATOR_KEY: f"Give the same command again, and delete the one that did not arrive: {_LOST_KEY}",
    Verb.ROOT_KEY: "Look with keytide account list --json, and end what did not arrive with keytide account "
    f"delete-root-key: {_LOST_KEY}",
    Verb.SERVICE_KEY: "Look with keytide service list, and end what did not arrive with keytide service delete-key: "
    f"{_LOST_KEY}",
    Verb.DELETE_ACCESS_KEY: "Look with keytide account list --json, or keytide service list for that of a service",
    Verb.UPDATE_STAND_BY: _ACCOUNT,
    Verb.SET_SYNCHRONOUS: _SAME,
    Verb.MOVE_HOME: _ACCOUNT,
    Verb.TAKE_HOME: _ACCOUNT,
    Verb.PUT_SERVICE_CONTROL_POLICY: _POLICY,
    Verb.REMOVE_SERVICE_CONTROL_POLICY: _POLICY,
    Verb.VOUCH: _TOLD,
    Verb.NODE_TOKEN: "Give the same command again, for another token: that which did not arrive ends by itself",
    Verb.NODE_LIST: _READ,
    Verb.NODE_REMOVE: "Look with keytide node list, and give the same command again where the node is not removed",
    Verb.PROMOTABLE: _READ,
    Verb.PROMOTE: _TOLD,
    Verb.FETCH_TAIL: _READ,
    Verb.OVERTAKEN: _READ,
    Verb.DO_OVERTAKEN_AGAIN: _OVERTAKEN,
    Verb.DROP_OVERTAKEN: _OVERTAKEN,
    Verb.ADVANCE_ERASURE: "Look with keytide erasure status; the same command may be given again",
    Verb.RECORD_BACKUP: "Look with keytide backup list. An archive that was broken off is made anew; of one that is "
    "there the region is told with keytide backup record",
    Verb.KEEP_SHARE: "Give the same command again: a share is kept once, and an archive that was broken off is made "
    "anew",
    Verb.RELEASE_SHARE: _READ,
    Verb.DESTROY_SHARE: _SHARE,
    Verb.NOTE_SHARE_DESTROYED: _SHARE,
    Verb.VOUCH_SHARE_DESTROYED: _SHARE,
    Verb.KNOWN_OF_LOST: _READ,
    Verb.READMIT: _SAME,
    Verb.SEEN_OF: _READ,
    Verb.FORGET_WITNESSED: _TOLD,
    Verb.ATTEST_DRILL: "Give the same command again: a drill may be attested twice",
    Verb.START_SCREAM_TEST: _SCREAM,
    Verb.STOP_SCREAM_TEST: _SCREAM,
}
"""What to do where the outcome is unknown: of each verb, what the person can look at, or whether it may be repeated."""


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
        raise OutcomeUnknown(_unknown(settings, verb, str(error) or "it does not answer in time")) from error
    finally:
        await dialogue.close()
    match answer:
        case ("done", value):
            return value
        case ("refused", str() as message, str() as remedy):
            raise Refused(message, remedy)
        case ("failed", str() as reason):
            raise OutcomeUnknown(_unknown(settings, verb, reason))
    raise OutcomeUnknown(_unknown(settings, verb, "it answers what is no answer"))


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


def _unknown(settings: NodeSettings, verb: Verb, reason: str) -> str:
    remedy = REMEDIES[verb]
    if remedy == _READ:
        outcome = f"region {settings.region} has told nothing"
    else:
        outcome = f"whether region {settings.region} has done it is unknown"
    return f"{outcome}: {reason}. {remedy}. Its logs are in {settings.logs_directory}"
