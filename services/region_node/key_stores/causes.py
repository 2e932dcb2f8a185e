"""Why a machine outside the region did not do its part, and what each operation makes of it.

Owns `Cause` and the one error that carries it. Cryptography answers every cause with KMSInvalidStateException and the
cause's text: what a machine says beside the name of its error goes to nobody.
"""

from typing import NamedTuple

from shared.errors import KeytideError
from shared.key_stores.errors import KeyStoreInvalidState


class Cause(NamedTuple):
    """`connection_error`: the ConnectionErrorCode of an attempt to connect that failed for it.

    `on_store`: what CreateCustomKeyStore and UpdateCustomKeyStore answer; `on_key`: what CreateKey answers.
    """

    text: str
    connection_error: str
    on_store: type[KeytideError] = KeyStoreInvalidState
    on_key: type[KeytideError] = KeyStoreInvalidState


class OutsideFailed(Exception):
    """A machine outside the region did not do its part."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.text)
        self.cause = cause
