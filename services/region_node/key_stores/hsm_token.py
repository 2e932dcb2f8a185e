"""One token of a PKCS #11 module: its session, its login, and the keys in it. Blocking; one thread alone may use it.

Owns the login, which PKCS #11 has once for a whole process and not for each session: a PIN that differs from the one of
the login under way is proved by a login of its own. A PIN that was refused is not tried again unless `prove` is called,
because a token locks its user out after some failed logins.
Source: OASIS PKCS #11 Cryptographic Token Interface Base Specification, version 2.40.
"""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pkcs11
from pkcs11 import exceptions
from pkcs11.types import Session

from services.region_node.key_stores.causes import Cause, OutsideFailed
from services.region_node.key_stores.cluster_causes import (
    CLUSTER_FAILED,
    MODULE_UNUSABLE,
    NO_HSM,
    PASSWORD_INCORRECT,
    USER_LOCKED_OUT,
    USER_NOT_FOUND,
)
from shared.secrets import Secret

Result = TypeVar("Result")

log = logging.getLogger(__name__)

_GONE = (
    exceptions.SessionHandleInvalid,
    exceptions.SessionClosed,
    exceptions.ObjectHandleInvalid,
    exceptions.KeyHandleInvalid,
    exceptions.UserNotLoggedIn,
    exceptions.DeviceRemoved,
    exceptions.DeviceError,
    exceptions.TokenNotPresent,
)
"""A session, a login or a key that was there and is not any more: begun again once."""
_CAUSES: Mapping[type[Exception], Cause] = {
    exceptions.NoSuchToken: NO_HSM,
    exceptions.TokenNotPresent: NO_HSM,
    exceptions.PinIncorrect: PASSWORD_INCORRECT,
    exceptions.PinInvalid: PASSWORD_INCORRECT,
    exceptions.PinLenRange: PASSWORD_INCORRECT,
    exceptions.PinLocked: USER_LOCKED_OUT,
    exceptions.UserPinNotInitialized: USER_NOT_FOUND,
}


class OpenToken:
    """A session of a user who is logged in, and the keys that were found in it."""

    def __init__(self, session: Session, pin: Secret) -> None:
        self.session, self.pin = session, pin
        self._keys: dict[str, Any] = {}

    def key(self, label: str) -> Any:
        """What it can do depends on its attributes, so it has no static type. Errors: exceptions.NoSuchKey."""
        if label not in self._keys:
            self._keys[label] = self.session.get_key(object_class=pkcs11.ObjectClass.SECRET_KEY, label=label)
        return self._keys[label]

    def forget(self, label: str) -> None:
        self._keys.pop(label, None)


class HsmToken:
    """The token `label` of `module`. A PIN is UTF-8."""

    def __init__(self, module: Path, label: str) -> None:
        self._module_file, self._label = module, label
        self._open: OpenToken | None = None
        self._refused: tuple[Secret, Cause] | None = None

    def within(self, pin: Secret, work: Callable[[OpenToken], Result]) -> Result:
        """What `work` returns. Errors: OutsideFailed; those of `work` that are not PKCS #11's."""
        try:
            try:
                return work(self._opened(pin))
            except _GONE:
                self.leave()
                return work(self._opened(pin))
        except exceptions.PKCS11Error as error:
            raise OutsideFailed(self._told(error)) from None

    def prove(self, pin: Secret) -> None:
        """Log in anew. Errors: OutsideFailed."""
        self._refused = None
        self.leave()
        self.within(pin, lambda _token: None)

    def leave(self) -> None:
        """Log out and end the session, as far as there is one."""
        token, self._open = self._open, None
        if token is not None:
            try:
                token.session.close()
            except exceptions.PKCS11Error:
                log.debug("a session had ended already", extra={"token": self._label})

    def _opened(self, pin: Secret) -> OpenToken:
        if self._open is not None and self._open.pin == pin:
            return self._open
        if self._refused is not None and self._refused[0] == pin:
            raise OutsideFailed(self._refused[1])
        self.leave()
        try:
            session = self._module().get_token(token_label=self._label).open(rw=True, user_pin=pin.reveal().decode())
        except exceptions.PKCS11Error as error:
            if (cause := _CAUSES.get(type(error))) in (PASSWORD_INCORRECT, USER_LOCKED_OUT) and cause is not None:
                self._refused = pin, cause
            raise
        self._open = OpenToken(session, pin)
        return self._open

    def _module(self) -> Any:
        try:
            return pkcs11.lib(str(self._module_file))
        except exceptions.PKCS11Error as error:
            log.error("a PKCS #11 module cannot be used", extra={"file": str(self._module_file), "reason": str(error)})
            raise OutsideFailed(MODULE_UNUSABLE) from None

    def _told(self, error: exceptions.PKCS11Error) -> Cause:
        cause = _CAUSES.get(type(error), CLUSTER_FAILED)
        reason = f"{type(error).__name__} {error}".strip()
        log.warning("a cluster of HSMs failed", extra={"token": self._label, "reason": reason})
        return cause
