"""One CloudHSM key store: a cluster of HSMs behind a PKCS #11 module.

Owns the keys in it (AES-256, neither readable nor exportable, found by their KMS key id) and the time that a call may
take. `pkcs11` opens modules for one thread only, so that all clusters of a module share one. A call that has hung keeps
that thread; the calls behind it run out of time.
Source: OASIS PKCS #11 Cryptographic Token Interface Current Mechanisms, version 2.40, CKM_AES_GCM.
"""

import asyncio
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, MechanismFlag, exceptions

from services.region_node.key_stores.calls import Calls
from services.region_node.key_stores.causes import OutsideFailed
from services.region_node.key_stores.cluster_causes import CLUSTER_SILENT, KEY_NOT_IN_CLUSTER
from services.region_node.key_stores.hsm_token import HsmToken, OpenToken
from services.region_node.key_stores.settings import HsmClusterSettings
from services.region_node.worker.threads import Lane, OpenLane
from shared.crypto.entropy import random_bytes
from shared.crypto.store_blob import TAG_LENGTH, ForeignCiphertext
from shared.errors import InvalidCiphertext
from shared.key_stores.model import CLOUDHSM
from shared.secrets import Secret

Result = TypeVar("Result")

ANSWER_SECONDS = 5.0
WAITING_MOST = 128
NONCE_LENGTH = 12
"""Bytes, drawn for each blob. As 96-bit nonces are random, a key is good for 2^32 blobs (NIST SP 800-38D, 8.3)."""
KEY_BITS = 256

_PROBE = b"-"
_TEMPLATE = {Attribute.EXTRACTABLE: False, Attribute.SENSITIVE: True, Attribute.PRIVATE: True}


@cache
def _lane(module: Path) -> OpenLane:
    """The module's thread: one a process."""
    return OpenLane(module.stem, Lane(threads=1, most=WAITING_MOST))


@cache
def _token(module: Path, label: str) -> HsmToken:
    """The token's login: one a process."""
    return HsmToken(module, label)


class HsmCluster:
    """A cluster, with the password that its key store has."""

    def __init__(
        self,
        settings: HsmClusterSettings,
        password: Secret,
        seconds: float = ANSWER_SECONDS,
        calls: Calls | None = None,
    ) -> None:
        self._lane, self._token = _lane(settings.module), _token(settings.module, settings.token_label)
        self._pin, self._seconds = _pin(settings, password), seconds
        self._calls = calls or Calls()

    async def connect(self) -> None:
        """Whether the cluster is there and takes the password. Errors: OutsideFailed, Throttled."""
        await self._run(partial(self._token.prove, self._pin))

    async def disconnect(self) -> None:
        """Errors: OutsideFailed, Throttled."""
        await self._run(self._token.leave)

    async def make_key(self, label: str) -> None:
        """Errors: OutsideFailed, Throttled."""
        await self._within(partial(_make_key, label))

    async def destroy_key(self, label: str) -> None:
        """Nothing happens where there is no such key. Errors: OutsideFailed, Throttled."""
        await self._within(partial(_destroy_key, label))

    async def encrypt(self, label: str, plaintext: bytes, bound: bytes) -> ForeignCiphertext:
        """Errors: OutsideFailed, Throttled."""
        return await self._within(partial(_encrypt, label, plaintext, bound))

    async def decrypt(self, label: str, made: ForeignCiphertext, bound: bytes) -> bytes:
        """Errors: InvalidCiphertext, OutsideFailed, Throttled."""
        return await self._within(partial(_decrypt, label, made, bound))

    async def random_bytes(self, count: int) -> bytes:
        """Errors: OutsideFailed, Throttled."""
        return await self._within(lambda token: bytes(token.session.generate_random(count * 8)))

    async def _within(self, work: Callable[[OpenToken], Result]) -> Result:
        return await self._run(lambda: self._token.within(self._pin, work))

    async def _run(self, work: Callable[[], Result]) -> Result:
        with self._calls.to(CLOUDHSM):
            try:
                async with asyncio.timeout(self._seconds):
                    return await self._lane.run(work)
            except TimeoutError:
                raise OutsideFailed(CLUSTER_SILENT) from None


def _pin(settings: HsmClusterSettings, password: Secret) -> Secret:
    """PKCS #11 has one kind of user; a module of several users takes the name with the password."""
    return password if settings.user is None else Secret(settings.user.encode() + b":" + password.reveal())


def _make_key(label: str, token: OpenToken) -> None:
    token.session.generate_key(
        KeyType.AES,
        KEY_BITS,
        id=label.encode(),
        label=label,
        store=True,
        capabilities=MechanismFlag.ENCRYPT | MechanismFlag.DECRYPT,
        template=_TEMPLATE,
    )


def _destroy_key(label: str, token: OpenToken) -> None:
    try:
        token.key(label).destroy()
    except exceptions.NoSuchKey:
        return
    token.forget(label)


def _encrypt(label: str, plaintext: bytes, bound: bytes, token: OpenToken) -> ForeignCiphertext:
    nonce = random_bytes(NONCE_LENGTH)
    sealed = _seal(_known(label, token), nonce, plaintext, bound)
    return ForeignCiphertext(nonce, sealed[-TAG_LENGTH:], sealed[:-TAG_LENGTH])


def _decrypt(label: str, made: ForeignCiphertext, bound: bytes, token: OpenToken) -> bytes:
    key = _known(label, token)
    parameters = GCMParams(made.initialization_vector, bound, TAG_LENGTH * 8)
    try:
        return bytes(key.decrypt(made.ciphertext + made.tag, mechanism=Mechanism.AES_GCM, mechanism_param=parameters))
    except (exceptions.EncryptedDataInvalid, exceptions.EncryptedDataLenRange):
        raise InvalidCiphertext from None
    except (exceptions.GeneralError, exceptions.FunctionFailed):
        # Some modules say no more than that. If the key does its work otherwise, it was the ciphertext.
        _seal(key, random_bytes(NONCE_LENGTH), _PROBE, bound)
        raise InvalidCiphertext from None


def _seal(key: Any, nonce: bytes, plaintext: bytes, bound: bytes) -> bytes:
    parameters = GCMParams(nonce, bound, TAG_LENGTH * 8)
    return bytes(key.encrypt(plaintext, mechanism=Mechanism.AES_GCM, mechanism_param=parameters))


def _known(label: str, token: OpenToken) -> Any:
    try:
        return token.key(label)
    except exceptions.NoSuchKey:
        raise OutsideFailed(KEY_NOT_IN_CLUSTER) from None
