"""The root: what a region's key files are sealed under. It stands in no log and in no backup of the keys.

Owns its two forms: a file of 32 random bytes that only its owner may read, and a passphrase (scrypt, RFC 7914, with
N = 2^17, r = 8, p = 1: 128 MiB and half a second), from the environment or from a file that it names, as a container
is given its secrets. Each gives, with the salt beside the keys, the key that seals.
"""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from services.durable_file import place_new_file
from services.plain_fault import PlainFault
from services.processes.command_line import PASSPHRASE_FILE_VARIABLE, PASSPHRASE_VARIABLE
from shared.crypto.entropy import random_bytes
from shared.secrets import Secret

ROOT_LENGTH = 32
SHORTEST_PASSPHRASE = 12


class KeysUnavailable(PlainFault):
    """The keys cannot be made or opened. The message names the file and says what to do."""


class Root(Protocol):
    """`description` names it for people, without showing anything of it."""

    @property
    def description(self) -> str: ...

    def sealing_key(self, salt: bytes) -> Secret:
        """32 bytes, the same for the same salt."""


class RootFile:
    """The content of a root file."""

    def __init__(self, description: str, content: Secret) -> None:
        self.description = description
        self._content = content

    def sealing_key(self, salt: bytes) -> Secret:
        return Secret(HKDF(SHA256(), ROOT_LENGTH, salt, b"keytide/root").derive(self._content.reveal()))


class RootPassphrase:
    """A passphrase, as a person or a secret store gave it."""

    def __init__(self, description: str, passphrase: Secret) -> None:
        """Errors: KeysUnavailable for a passphrase of less than 12 bytes."""
        if len(passphrase.reveal()) < SHORTEST_PASSPHRASE:
            raise KeysUnavailable(f"{description} is too short: take at least {SHORTEST_PASSPHRASE} characters.")
        self.description = description
        self._passphrase = passphrase

    def sealing_key(self, salt: bytes) -> Secret:
        return Secret(Scrypt(salt, ROOT_LENGTH, n=2**17, r=8, p=1).derive(self._passphrase.reveal()))


def create_root_file(path: Path) -> None:
    """Write a fresh root file, mode 0600. Errors: KeysUnavailable if there is one already, or it cannot be written."""
    try:
        place_new_file(path, random_bytes(ROOT_LENGTH))
    except FileExistsError:
        raise KeysUnavailable(f"{path} exists already: it is kept. Remove it only if no keys rest on it.") from None
    except OSError as failure:
        raise KeysUnavailable(f"{path} cannot be written: {failure.strerror}.") from None


def read_root_file(path: Path) -> RootFile:
    """Errors: KeysUnavailable if the file is missing, not 32 bytes long, or open to others than its owner."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(ROOT_LENGTH + 1)
    except OSError as failure:
        raise KeysUnavailable(
            f"{path} cannot be read: {failure.strerror}. Restore the root from your copy of it."
        ) from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeysUnavailable(f"{path} is open to others than its owner. Check who had access, then: chmod 600 {path}")
    if len(content) != ROOT_LENGTH:
        raise KeysUnavailable(f"{path} does not hold {ROOT_LENGTH} bytes. Restore the root from your copy of it.")
    return RootFile(str(path), Secret(content))


def rests_on_passphrase(environment: Mapping[str, str]) -> bool:
    """Whether the root is a passphrase, and no root file is used."""
    return PASSPHRASE_VARIABLE in environment or PASSPHRASE_FILE_VARIABLE in environment


def find_root(environment: Mapping[str, str], root_file: Path) -> Root:
    """The root as configured: the environment's passphrase or that of the file it names, else the root file.

    Errors: KeysUnavailable, also where the environment has both.
    """
    if not rests_on_passphrase(environment):
        return read_root_file(root_file)
    passphrase, file = environment.get(PASSPHRASE_VARIABLE), environment.get(PASSPHRASE_FILE_VARIABLE)
    if passphrase is None:
        return _read_passphrase(Path(file or ""))
    if file is not None:
        raise KeysUnavailable(f"{PASSPHRASE_VARIABLE} and {PASSPHRASE_FILE_VARIABLE} are both set: unset one.")
    return RootPassphrase(PASSPHRASE_VARIABLE, Secret(passphrase.encode()))


def found_root(environment: Mapping[str, str], root_file: Path) -> Root:
    """The same for new keys: a root file that is not there, and is wanted, is made. Errors: KeysUnavailable."""
    if not rests_on_passphrase(environment) and not root_file.exists():
        create_root_file(root_file)
    return find_root(environment, root_file)


def _read_passphrase(path: Path) -> RootPassphrase:
    """The file's content without the line's end, which editors and `echo` put there."""
    try:
        content = path.read_bytes()
    except OSError as failure:
        raise KeysUnavailable(
            f"{path}, which {PASSPHRASE_FILE_VARIABLE} names, cannot be read: {failure.strerror}."
        ) from None
    return RootPassphrase(f"the passphrase in {path}", Secret(content.rstrip(b"\r\n")))
