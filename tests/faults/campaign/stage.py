"""One fault from beginning to end, under load: before it, while it lasts, after it, and what holds once all is still.

Owns the order of a stage, and the making of the keys that it works on.
"""

import time
from collections.abc import Hashable, Iterator
from typing import Any, NamedTuple

from services.drill.calls import Outcome
from services.drill.client import Client
from tests.faults.campaign.asking import MADE, PLAINTEXT, TAG, Subject, policy
from tests.faults.campaign.calls import Calls, Register, number_of
from tests.faults.campaign.delay import Probe, Sample, tag_value
from tests.faults.campaign.faults import Fault
from tests.faults.campaign.load import Keys, Load
from tests.faults.campaign.lost_region import overtaken
from tests.faults.campaign.measured import PATIENCE_SECONDS, Measured
from tests.faults.campaign.site import Site

ASKING_SECONDS = 0.05
BLOBS_TRIED = 20
SUBJECTS = 2
"""Keys under test of each region."""


class Stage(NamedTuple):
    """`began` to `mended` the fault lasted, until `ended` the load. `differing`: what is not the same everywhere."""

    fault: Fault
    region: str
    started: float
    began: float
    mended: float
    ended: float
    samples: tuple[Sample, ...]
    initial: dict[Register, Hashable]
    differing: list[str]
    measured: Measured


def run_stage(site: Site, calls: Calls, fault: Fault, region: str, seconds: float, seed: int) -> Stage:
    """`seconds` each before the fault, while it lasts and after it. Errors: TimeoutError where a region stays away."""
    keys, common = _made(site, calls)
    started = time.monotonic()
    near, far = (site.connect(place) for place in site.regions[:2])
    load, probe = Load(calls, site.connect, keys, seed).start(), Probe(calls, near, far, common).start()
    time.sleep(seconds)
    began = time.monotonic()
    with fault.injure(site, region) as measured:
        time.sleep(seconds)
        mended = time.monotonic()
    time.sleep(seconds)
    _until_all_serve(site, calls, keys.steady)
    probe.stop()
    load.stop()
    ended = time.monotonic()
    load.look_at_everything()
    _until(lambda: all(site.records_behind(place) == 0 for place in site.regions), "the regions are level")
    initial = {register: value for rows in keys.subjects.values() for row in rows for register, value in _at(row)}
    least = number_of(probe.acknowledged[-1])
    if fault.at_home and overtaken(site):
        least = 0  # what was acknowledged there is in effect, or listed
    differing = [*_not_opened(site, calls, load.blobs), *_not_in_common(site, calls, common, least)]
    samples = tuple(probe.samples)
    return Stage(fault, region, started, began, mended, ended, samples, initial, differing, measured)


def _at(subject: Subject) -> list[tuple[Register, Hashable]]:
    return list(subject.initial().items())


def _made(site: Site, calls: Calls) -> tuple[Keys, str]:
    """Fresh keys, and one whose tags all regions have in common."""
    home, *others = site.regions
    client = site.connect(home)
    steady = done(calls, client, "CreateKey", MultiRegion=True)["KeyMetadata"]["KeyId"]
    shared = [{"TagKey": "keytide:replicate", "TagValue": "tags"}, {"TagKey": TAG, "TagValue": MADE}]
    common = done(calls, client, "CreateKey", MultiRegion=True, Tags=shared)["KeyMetadata"]["KeyId"]
    for other in others:
        for key in (steady, common):
            done(calls, client, "ReplicateKey", KeyId=key, ReplicaRegion=other)
    _until_all_serve(site, calls, steady)
    _until_all_serve(site, calls, common)
    return Keys({place: tuple(_subjects(site, calls, place)) for place in site.regions}, steady), common


def _subjects(site: Site, calls: Calls, region: str) -> list[Subject]:
    client = site.connect(region)
    made = [done(calls, client, "CreateKey", Description=MADE, Tags=_TAGS)["KeyMetadata"] for _ in range(SUBJECTS)]
    found = []
    for number, (here, other) in enumerate(zip(made, made[::-1], strict=True)):
        account, key = here["AWSAccountId"], here["KeyId"]
        done(calls, client, "PutKeyPolicy", KeyId=key, PolicyName="default", Policy=policy(account, MADE))
        alias = f"alias/campaign-{key}-{number}"
        done(calls, client, "CreateAlias", AliasName=alias, TargetKeyId=key)
        found.append(Subject(region, account, key, other["KeyId"], alias))
    return found


_TAGS = [{"TagKey": TAG, "TagValue": MADE}]


def done(calls: Calls, client: Client, operation: str, **parameters: Any) -> dict[str, Any]:
    """The answer of a call that has to succeed; retried as one command. Errors: TimeoutError."""
    name, deadline = calls.name(), time.monotonic() + PATIENCE_SECONDS
    while (attempt := client.attempt(name, operation, parameters)).outcome is not Outcome.OK:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{operation} answers {attempt.code}: {attempt.answer}")
        time.sleep(ASKING_SECONDS)
    return attempt.answer


def _until_all_serve(site: Site, calls: Calls, key: str) -> None:
    for region in site.regions:
        done(calls, site.connect(region), "Encrypt", KeyId=key, Plaintext=PLAINTEXT)
        done(calls, site.connect(region), "CreateKey")


def _until(condition: Any, what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {PATIENCE_SECONDS:g} s: {what}")
        time.sleep(ASKING_SECONDS)


def _not_opened(site: Site, calls: Calls, blobs: dict[str, list[str]]) -> Iterator[str]:
    """Blobs of any region that one cannot open."""
    for region in site.regions:
        client = site.connect(region)
        for source, sealed in blobs.items():
            for blob in sealed[-BLOBS_TRIED:]:
                opened = client.attempt(calls.name(), "Decrypt", {"CiphertextBlob": blob})
                if opened.answer.get("Plaintext") != PLAINTEXT:
                    yield f"{region} does not open a blob of {source}: {opened.code}"


def _not_in_common(site: Site, calls: Calls, common: str, least: int) -> Iterator[str]:
    """Where the key's tags differ, or are older than the change with the number `least`, which was acknowledged."""
    found = {region: tag_value(site.connect(region), calls.name(), common) for region in site.regions}
    if len(set(found.values())) > 1 or min(map(number_of, found.values())) < least:
        yield f"tags of {common}: {found}, of which {least} is acknowledged"
