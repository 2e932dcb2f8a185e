"""Where a region's keys are kept, for whoever adds and destroys some: the interface, and one that keeps them in memory.

Owns `Cabinet` and the names in it. The one on disk is `services/region_node/key_cabinet.py`; the one here serves keys
that were never written down.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from shared.secrets import Secret


def domain_file(bucket: int, epoch: int) -> str:
    return f"domain.{bucket}.{epoch}"


def sealing_file(number: int) -> str:
    return f"sealing.{number}"


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
