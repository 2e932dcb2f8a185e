"""Where a region's keys are kept, for whoever adds and destroys some: the interface, and one that keeps them in memory.

Owns `Cabinet` and the names in it. The one on disk is `services/region_node/keys/key_cabinet.py`; the one here serves
keys that were never written down.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from shared.secrets import Secret

FRESH = "fresh."
FRESH_BYTES = 16
"""Of a fingerprint, in a file's name."""


def domain_file(bucket: int, epoch: int) -> str:
    return f"domain.{bucket}.{epoch}"


def sealing_file(number: int) -> str:
    return f"sealing.{number}"


def fresh_file(name: str, known_by: bytes) -> str:
    """Of a key of that fingerprint which waits to become the key `name`: see `fresh_keys.py`."""
    return f"{FRESH}{name}.{known_by[:FRESH_BYTES].hex()}"


def fresh_in(names: Iterable[str]) -> list[tuple[str, str]]:
    """What each fresh key waits to become, and the name of its file, in the order of the files' names."""
    found = sorted(name for name in names if name.startswith(FRESH))
    return [(file.removeprefix(FRESH).rpartition(".")[0], file) for file in found]


def numbers_in(kind: str, names: Iterable[str]) -> list[tuple[int, ...]]:
    """The numbers in the names of the files of one kind. Errors: ValueError."""
    prefix = f"{kind}."
    return [
        tuple(int(part) for part in name.removeprefix(prefix).split(".")) for name in names if name.startswith(prefix)
    ]


class Cabinet(Protocol):
    """Secrets by the names of their files."""

    def names(self) -> list[str]:
        """Of all that is kept."""

    def open(self, name: str) -> Secret: ...

    def add(self, name: str, secret: Secret) -> None:
        """It is durable when this returns."""

    def destroy(self, names: Collection[str]) -> None:
        """For good. What is not there any more is no fault."""


class MemoryCabinet:
    """Lasts as long as the process."""

    def __init__(self, secrets: Mapping[str, Secret]) -> None:
        self._secrets = dict(secrets)

    def names(self) -> list[str]:
        return list(self._secrets)

    def open(self, name: str) -> Secret:
        return self._secrets[name]

    def add(self, name: str, secret: Secret) -> None:
        self._secrets[name] = secret

    def destroy(self, names: Collection[str]) -> None:
        for name in names:
            self._secrets.pop(name, None)


def waiting_for(name: str, cabinet: Cabinet) -> list[Secret]:
    """The fresh keys that wait to become the key `name`, in the order of their fingerprints."""
    return [cabinet.open(file) for wanted, file in fresh_in(cabinet.names()) if wanted == name]
