"""What a node does for its operator.

Owns the answers to the questions of `questions.py`; what is decided, and where, stands in `administration.py`
and `account_changes.py`. Whatever makes a new region a holder of secrets gives them to it at once, and does not wait
for the timer.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from services.region_node.operator.administration import Administration, Administrator
from services.region_node.operator.questions import DONE, FAILED, REFUSED, Verb
from services.region_node.requests.fault_log import told_of
from shared.errors import KeytideError

log = logging.getLogger(__name__)

_Plain: TypeAlias = tuple[str, str, bytes, tuple[str, ...]]
"""An access key as it crosses the socket: account, id, secret, the ids of its owner's others."""


class Operator:
    """Stands in the node's replicator. The methods raise KeytideError."""

    def __init__(self, administration: Administration, *others: Mapping[str, Callable[..., Awaitable[Any]]]) -> None:
        """`others`: answers to further verbs, which stand in modules of their own."""
        self._administration = administration
        self._accounts = administration.accounts
        self._answers: dict[str, Callable[..., Awaitable[Any]]] = {
            Verb.CREATE_ADMINISTRATOR: self.create_administrator,
            Verb.CREATE_ACCOUNT: self.create_account,
            Verb.ADMINISTRATOR_KEY: self.administrator_key,
            Verb.ROOT_KEY: self.root_key,
            Verb.SERVICE_KEY: self.service_key,
            Verb.DELETE_ACCESS_KEY: self._accounts.delete_access_key,
            Verb.UPDATE_STAND_BY: self.update_stand_by,
            Verb.SET_SYNCHRONOUS: self._accounts.set_synchronous,
            Verb.MOVE_HOME: self._accounts.move_home,
            Verb.TAKE_HOME: self.take_home,
            Verb.PUT_SERVICE_CONTROL_POLICY: self._accounts.put_service_control_policy,
            Verb.REMOVE_SERVICE_CONTROL_POLICY: self._accounts.remove_service_control_policy,
        }
        for answers in others:
            self._answers |= answers

    async def answer(self, question: tuple[str, Mapping[str, Any]]) -> tuple[object, ...]:
        """(DONE, value), (REFUSED, text, remedy), or (FAILED, text) for a fault that nobody foresaw.

        A fault that went on from here would end the connection, and with it what others have asked over it.
        """
        verb, arguments = question
        if verb not in self._answers:
            return REFUSED, f"The node knows no '{verb}'", "Let the node and the command be of one version."
        try:
            return DONE, await self._answers[verb](**arguments)
        except KeytideError as error:
            return REFUSED, error.message, error.remedy
        except Exception as fault:
            log.error("an operator's question met a fault", extra={"verb": verb, **told_of(fault)})
            return FAILED, f"the node has met a fault, {type(fault).__name__}, of which its log tells"

    async def create_administrator(self, stand_by_region: str | None) -> _Plain:
        """A stand-by that is no peer (yet) keeps nobody from the first account."""
        peers = self._administration.peers()
        return _plain(
            await self._administration.create_administrator(stand_by_region if stand_by_region in peers else None)
        )

    async def create_account(self, name: str, stand_by_region: str | None) -> _Plain:
        return _plain(await self._administration.create_account(name, stand_by_region))

    async def administrator_key(self, account: str) -> _Plain:
        """For whoever has lost all of the administrator's."""
        self._accounts.require_home(account)
        return _plain(await self._administration.administrator_of(account))

    async def root_key(self, account: str) -> _Plain:
        """One more than there are: who has lost the others cannot delete one first."""
        return await self._access_key(account, "")

    async def service_key(self, account: str, service_principal: str) -> _Plain:
        return await self._access_key(account, service_principal)

    async def update_stand_by(self, account: str, stand_by_region: str | None) -> None:
        await self._accounts.update_stand_by(account, stand_by_region)
        await self._administration.due_secrets.run()

    async def take_home(self, account: str) -> None:
        await self._accounts.take_home(account)
        await self._administration.due_secrets.run()

    async def _access_key(self, account: str, service_principal: str) -> _Plain:
        former = self._accounts.access_key_ids(account, "", service_principal)
        made = await self._accounts.create_access_key(account, "", service_principal, most=len(former) + 1)
        return account, made.access_key_id, made.secret.reveal(), former


def _plain(made: Administrator) -> _Plain:
    return made.account, made.access_key_id, made.secret.reveal(), made.former
