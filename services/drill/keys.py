"""The keys that a drill works on.

Owns their making before the load begins, what is found of them in the end, and that nothing of them stays in regions
that go on.
"""

import base64
import itertools
import time
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from services.drill.calls import Kind, Outcome
from services.drill.client import Attempt, Client
from services.drill.faults import CannotDrill
from services.drill.site import Site
from services.drill.writes import Write

PLAINTEXT = base64.b64encode(b"a drill").decode()
COMMON_TAG = "drill"
DRILL_TAG = {"TagKey": "purpose", "TagValue": "keytide drill"}
REPLICATE_TAG = {"TagKey": "keytide:replicate", "TagValue": "tags"}
SYNCHRONOUS_TAG = {"TagKey": "keytide:synchronous", "TagValue": "1"}
NOT_THERE = "NotFoundException"
PATIENCE_SECONDS = 60.0
ASKING_SECONDS = 0.05


class Keys(NamedTuple):
    """Ids of multi-region keys that every region has: `steady` for cryptography, `common` with tags in common."""

    steady: str
    common: str


def make_keys(site: Site) -> Keys:
    """With replicas that answer in every region. Errors: CannotDrill."""
    home, *others = site.regions
    client = site.connect(home)
    made = [
        done(client, "CreateKey", MultiRegion=True, Tags=tags)["KeyMetadata"]["KeyId"]
        for tags in ([DRILL_TAG], [DRILL_TAG, REPLICATE_TAG, {"TagKey": COMMON_TAG, "TagValue": "0"}])
    ]
    for other, key in itertools.product(others, made):
        done(client, "ReplicateKey", KeyId=key, ReplicaRegion=other)
    for other, key in itertools.product(others, made):
        done(site.connect(other), "Encrypt", KeyId=key, Plaintext=PLAINTEXT)
    return Keys(*made)


def done(client: Client, operation: str, **parameters: Any) -> dict[str, Any]:
    """The answer of a call that has to succeed, asked until it does. Errors: CannotDrill."""
    name, deadline = f"drill/{time.monotonic_ns()}", time.monotonic() + PATIENCE_SECONDS
    while (attempt := client.attempt(name, operation, parameters)).outcome is not Outcome.OK:
        if time.monotonic() > deadline:
            raise CannotDrill(f"{operation} is not done within {PATIENCE_SECONDS:g} s: {attempt.code}")
        time.sleep(ASKING_SECONDS)
    return attempt.answer


def common_number(client: Client, keys: Keys) -> str | None:
    """The change in common that this region shows, or None where it does not answer."""
    attempt = client.attempt("drill/look", "ListResourceTags", {"KeyId": keys.common})
    if attempt.outcome is not Outcome.OK:
        return None
    found = [tag["TagValue"] for tag in attempt.answer["Tags"] if tag["TagKey"] == COMMON_TAG]
    return str(found[0]) if found else None


def primary_of(client: Client, keys: Keys) -> str | None:
    """The region that this one takes for the primary's, or None where it does not answer."""
    attempt = client.attempt("drill/look", "DescribeKey", {"KeyId": keys.common})
    if attempt.outcome is not Outcome.OK:
        return None
    return str(attempt.answer["KeyMetadata"]["MultiRegionConfiguration"]["PrimaryKey"]["Region"])


def found_of(site: Site, keys: Keys, writes: Iterable[Write], primary: str) -> dict[str, str]:
    """What is there in the end, by subject; of the key in common as `primary` shows it.

    Errors: CannotDrill where a region does not say.
    """
    clients = {region: site.connect(region) for region in site.regions}
    regions = {write.subject: write.region for write in writes if write.kind is not Kind.COMMON}
    kinds = {write.subject: write.kind for write in writes}
    states = {key: _state(clients[region], key, kinds[key]) for key, region in regions.items()}
    there = {key: state for key, state in states.items() if state is not None}
    return {**there, keys.common: common_number(clients[primary], keys) or "0"}


def unopened(site: Site, blobs: Iterable[str]) -> Iterator[str]:
    """Blobs, once for each region that does not open it."""
    tried = list(blobs)
    for region in site.regions:
        client = site.connect(region)
        for blob in tried:
            opened = client.attempt("drill/open", "Decrypt", {"CiphertextBlob": blob})
            if opened.answer.get("Plaintext") != PLAINTEXT:
                yield blob


def schedule_deletion(site: Site, keys: Keys, writes: Iterable[Write]) -> None:
    """Of everything that the drill has made and that is still there: seven days, the shortest time."""
    subjects = {write.subject: write.region for write in writes if write.kind is Kind.SYNCHRONOUS}
    places = [*subjects.items(), *itertools.product(keys, site.regions)]
    for key, region in places:
        parameters = {"KeyId": key, "PendingWindowInDays": 7}
        site.connect(region).attempt("drill/end", "ScheduleKeyDeletion", parameters)


def _state(client: Client, key: str, kind: Kind) -> str | None:
    """As `Write.value` says it. Of a multi-region key counts that it is there: a region built anew has it disabled."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        attempt = client.attempt("drill/find", "DescribeKey", {"KeyId": key})
        if attempt.outcome is Outcome.OK:
            state = str(attempt.answer["KeyMetadata"]["KeyState"])
            return "Enabled" if kind is Kind.SYNCHRONOUS else state
        if attempt.code == NOT_THERE:
            return None
        _require_time(deadline, attempt)


def _require_time(deadline: float, attempt: Attempt) -> None:
    if time.monotonic() > deadline:
        raise CannotDrill(f"a region does not tell what has become of a key: {attempt.code}")
    time.sleep(ASKING_SECONDS)
