"""The table of what the published vectors try, held against the algorithms there are and the vectors that run."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib import import_module
from itertools import chain
from typing import TypeAlias

from shared.crypto.key_material import IMPORTABLE
from shared.keys.specs import ALGORITHMS
from tests.clients import test_boto3_wycheproof as over_api
from tests.vectors.coverage import COVERAGE
from tests.vectors.published import Vector, of_keys
from tests.vectors.sources import AGREED, ALL, CODED, ENCRYPTED, OTHERS, SIGNED, Source
from tests.vectors.wycheproof.table import FILES

Pair: TypeAlias = tuple[str, str]

PUBLISHED = {*SIGNED, *ENCRYPTED, *AGREED, *CODED}
WYCHEPROOF_OVER_API = {*over_api.OAEP, *over_api.ECDH, *(f"hmac_sha{bits}" for bits in over_api.HMAC)}
BESIDE = {"aes_kwp", "aes_cbc_pkcs5"}
"""Files of Wycheproof that try what is no algorithm of a key: the import, and the answer to an enclave."""
REFUSED = {"rsa_pss_2048_sha256_mgf1_0", "rsa_pss_2048_sha256_mgf1sha1_20", "rsa_pss_4096_sha512_mgf1_32"}
"""Files of signatures that AWS's rule on salts and masks refuses, all of them."""


def tried(over_api: bool) -> Mapping[Pair, set[str]]:
    """(key spec, algorithm) -> the sources with a vector of it that has to be taken."""
    found = defaultdict(set)
    tables = (of(SIGNED, over_api), of(ENCRYPTED, over_api), of(AGREED, over_api), of(CODED, over_api))
    for pair, name in chain(*tables):
        found[pair].add(name)
    return found


def of(table: Mapping[str, Source[Vector]], over_api: bool) -> Iterator[tuple[Pair, str]]:
    for name, source in table.items():
        for group in of_keys(source.read(), source.keys if over_api else ALL):
            yield from {((one.spec, one.algorithm), name) for one in group if getattr(one, "genuine", True)}


def test_every_algorithm_of_every_key_spec_is_in_the_table() -> None:
    pairs = {
        (spec, algorithm)
        for spec, usages in ALGORITHMS.items()
        for algorithms in usages.values()
        for algorithm in algorithms
    }
    assert set(COVERAGE) == pairs


def test_the_table_tells_what_is_tried() -> None:
    by_function, over_api = tried(over_api=False), tried(over_api=True)
    for pair, coverage in COVERAGE.items():
        assert PUBLISHED.intersection(coverage.functions) == by_function.get(pair, set()), pair
        assert PUBLISHED.intersection(coverage.api) == over_api.get(pair, set()), pair


def test_what_is_missing_has_a_reason_and_nothing_else_has() -> None:
    for pair, coverage in COVERAGE.items():
        assert bool(coverage.missing) is not bool(coverage.functions and coverage.api), pair
        assert pair[0] in IMPORTABLE or not coverage.api, pair


def test_every_source_runs_and_is_in_the_table() -> None:
    functions = {name for coverage in COVERAGE.values() for name in coverage.functions}
    api = {name for coverage in COVERAGE.values() for name in coverage.api}
    assert functions <= {*PUBLISHED, *OTHERS, *FILES}
    assert {*PUBLISHED, *OTHERS} - {"NIST AES-KWP"} <= functions
    assert api - PUBLISHED == WYCHEPROOF_OVER_API
    for place in OTHERS.values():
        module, _, name = place.partition(".")
        assert callable(getattr(import_module(f"tests.vectors.{module}"), name))


def test_every_file_of_wycheproof_that_runs_is_in_the_table() -> None:
    named = {name for coverage in COVERAGE.values() for name in coverage.functions}
    assert set(FILES) - named == BESIDE | REFUSED
