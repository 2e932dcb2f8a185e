"""One fault from beginning to end, under load: before it, while it lasts, after it, and what holds once all is still.

Owns the order of a stage, and the making of the keys that it works on.
"""

import time
from collections.abc import Hashable
from typing import Any, NamedTuple

from tests.faults.campaign.asking import MADE, PLAINTEXT, TAG, Subject, policy
from tests.faults.campaign.calls import Calls, Outcome, Register
from tests.faults.campaign.client import Client
from tests.faults.campaign.delay import Probe, Sample, tag_values
from tests.faults.campaign.faults import Fault, wait
from tests.faults.campaign.load import Keys, Load
from tests.faults.campaign.site import Site

PATIENCE_SECONDS = 90.0
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
    converged_seconds: float
    differing: list[str]


def run_stage(site: Site, calls: Calls, fault: Fault, region: str, seconds: float, seed: int) -> Stage:
    """`seconds` each before the fault, while it lasts and after it. Errors: TimeoutError where a region stays away."""
    keys, common = _made(site, calls)
    started = time.monotonic()
    near, far = (site.connect(place) for place in site.regions[:2])
    load, probe = Load(calls, site.connect, keys, seed).start(), Probe(calls, near, far, common).start()
    wait(seconds)
    began = time.monotonic()
    with fault.injure(site, region):
        wait(seconds)
        mended = time.monotonic()
    wait(seconds)
    _until_all_serve(site, calls, keys.steady)
    probe.stop()
    load.stop()
    ended = time.monotonic()
    load.look_at_everything()
    _until(lambda: all(site.records_behind(place) == 0 for place in site.regions), "the regions are level")
    initial = {register: value for rows in keys.subjects.values() for row in rows for register, value in _at(row)}
    differing = _differing(site, calls, load.blobs, common)
    samples = tuple(probe.samples)
    return Stage(fault, region, started, began, mended, ended, samples, initial, time.monotonic() - ended, differing)


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


def _differing(site: Site, calls: Calls, blobs: dict[str, list[str]], common: str) -> list[str]:
    """Blobs of any region that one cannot open, and tags in common that are not."""
    found = []
    clients = {region: site.connect(region) for region in site.regions}
    tags = {region: frozenset(tag_values(client, calls.name(), common)) for region, client in clients.items()}
    if len(set(tags.values())) > 1:
        found.append(f"tags of {common}: {tags}")
    for region, client in clients.items():
        for source, sealed in blobs.items():
            for blob in sealed[-BLOBS_TRIED:]:
                opened = client.attempt(calls.name(), "Decrypt", {"CiphertextBlob": blob})
                if opened.answer.get("Plaintext") != PLAINTEXT:
                    found.append(f"{region} does not open a blob of {source}: {opened.code}")
    return found
