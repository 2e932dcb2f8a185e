"""Multi-region keys of every kind, held in two regions, which tests of one run share."""

from functools import partial
from importlib.util import find_spec
from typing import Any, NamedTuple

import pytest

from shared.keys.specs import ALGORITHMS
from tests.running import eventually


class Family(NamedTuple):
    """One key in two regions."""

    key_id: str
    here: Any
    there: Any


class Families:
    """Makes each family when it is first asked for."""

    def __init__(self, here: Any, there: Any, other_region: str) -> None:
        self._here, self._there, self._other_region = here, there, other_region
        self._made: dict[tuple[str, str], Family] = {}

    def of(self, spec: str, usage: str) -> Family:
        family = self._made.get((spec, usage))
        if family is None:
            family = self._made[spec, usage] = self._make(spec, usage)
        return family

    def _make(self, spec: str, usage: str) -> Family:
        created = self._here.create_key(KeySpec=spec, KeyUsage=usage, MultiRegion=True)
        key_id = created["KeyMetadata"]["KeyId"]
        self._here.replicate_key(KeyId=key_id, ReplicaRegion=self._other_region)
        eventually(partial(self._there.describe_key, KeyId=key_id))
        return Family(key_id, self._here, self._there)


_needs_sm2 = pytest.mark.skipif(find_spec("gmssl_pyx") is None, reason="SM2 needs the packages of the extra sm2")


def every(usage: str) -> list[Any]:
    """(key spec, algorithm) of the usage, for parametrized tests."""
    return [
        pytest.param(spec, algorithm, marks=[_needs_sm2] if spec == "SM2" else [])
        for spec, usages in ALGORITHMS.items()
        if spec != "SYMMETRIC_DEFAULT"
        for algorithm in usages.get(usage, ())
    ]
