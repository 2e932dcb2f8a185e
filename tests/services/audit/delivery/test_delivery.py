"""Entries as files in CloudTrail's layout: what stands where, what is done again, and what the AWS CLI says of it."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.audit.delivery import period_files
from services.audit.delivery.delivery_round import DeliveryRound
from services.audit.delivery.digest_keys import Announcing, make_digest_key, public_digest_keys
from services.audit.delivery.progress import ProgressFile
from services.audit.delivery.stores import NotDelivered, store_of
from services.audit.delivery_settings import DeliverySettings
from services.audit.proof.digest_round import LOST_MILLISECONDS
from services.audit.trail.books import TrailBooks
from services.region_node.keys.cabinet import MemoryCabinet
from services.strict_settings import SettingsError
from tests.services.audit.delivery.bucket_server import BucketServer, bucket_server
from tests.services.audit.making import OTHER, OWN, batch, entry, key_arn
from tests.services.audit.proof.region_proof import HOUR, START, RegionProof
from tests.shared.audit.proven_trail import REGION

CREDENTIALS = "[default]\naws_access_key_id = AKIATEST\naws_secret_access_key = secret\n"
DAY = datetime.fromtimestamp(START / 1000, UTC).strftime("%Y/%m/%d")


class Delivering:
    """A trail and the round that delivers from it."""

    def __init__(self, directory: Path, settings: DeliverySettings) -> None:
        self.proof, self.settings, self._directory = RegionProof(directory), settings, directory
        self.cabinet = MemoryCabinet({})
        make_digest_key(self.cabinet)
        self.begin()

    def begin(self) -> None:
        """As at the start of a process."""
        books = TrailBooks(self.proof.directory)
        announced = Announcing(self.cabinet, books, self.proof.append, lambda: self.proof.now)
        self.round = DeliveryRound(
            self.settings, REGION, self.proof.trail, ProgressFile(self._directory / "delivered"),
            lambda: store_of(self.settings), announced, lambda: self.proof.now,
        )  # fmt: skip

    def happen(self, *numbers: int, account: str = OWN, at: int = START, resources: tuple[str, ...] = ()) -> None:
        made = [entry(number, time=at + number, account=account, resources=resources) for number in numbers]
        frame = self.proof.chain.frame(*made)
        self.proof.records.extend(one.record for one in batch([frame]))
        self.proof.take_up()

    async def steps(self, count: int = 12) -> None:
        for _ in range(count):
            await self.round.run()
            self.proof.take_up()


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Delivering]:
    made = Delivering(tmp_path, DeliverySettings(directory=tmp_path / "files"))
    yield made
    made.proof.close()


@pytest.fixture
def server() -> Iterator[BucketServer]:
    with bucket_server() as made:
        yield made


@pytest.fixture
def remote(tmp_path: Path, server: BucketServer) -> Iterator[Delivering]:
    credentials = tmp_path / "credentials"
    credentials.write_text(CREDENTIALS)
    made = Delivering(
        tmp_path,
        DeliverySettings(bucket="trails", endpoint=server.url, prefix="here", credentials_file=credentials),
    )
    yield made
    made.proof.close()


def files(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()
    }


def events(content: bytes) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = json.loads(gzip.decompress(content))["Records"]
    return records


async def test_entries_are_delivered_in_cloudtrails_layout(local: Delivering, tmp_path: Path) -> None:
    local.happen(1, 2)
    await local.proof.pass_hour()
    await local.steps()
    names = list(files(tmp_path / "files"))
    (log,) = (name for name in names if "/CloudTrail/" in name)
    assert log.startswith(f"AWSLogs/{OWN}/CloudTrail/{REGION}/{DAY}/{OWN}_CloudTrail_{REGION}_")
    assert [event["requestID"] for event in events(files(tmp_path / "files")[log])] == ["request-1", "request-2"]
    digests = [name for name in names if name.endswith("Z.json.gz")]
    assert len(digests) == 2
    assert all(f"{name}.signature" in names for name in digests)


async def test_a_call_across_accounts_is_in_the_trails_of_both(local: Delivering, tmp_path: Path) -> None:
    local.happen(1, resources=(key_arn(1, OTHER),))
    await local.proof.pass_hour()
    await local.steps()
    found = [events(content)[0] for name, content in files(tmp_path / "files").items() if "/CloudTrail/" in name]
    assert [event["recipientAccountId"] for event in found] == [OWN, OTHER]
    assert found[0]["sharedEventID"] == found[1]["sharedEventID"]
    assert found[0]["eventID"] != found[1]["eventID"]


async def test_only_accounts_that_are_named_are_delivered(tmp_path: Path) -> None:
    made = Delivering(tmp_path, DeliverySettings(directory=tmp_path / "files", accounts=(OTHER,)))
    made.happen(1)
    await made.proof.pass_hour()
    await made.steps()
    names = list(files(tmp_path / "files"))
    assert names
    assert all(name.startswith(f"AWSLogs/{OTHER}/CloudTrail-Digest/") for name in names)
    made.proof.close()


async def test_what_was_cut_off_is_delivered_again_byte_by_byte(
    local: Delivering, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(period_files, "PART_EVENTS", 2)
    for number in range(5):
        local.happen(number, number + 100)
    await local.proof.pass_hour()
    await local.steps(3)
    local.begin()
    await local.steps()
    once = files(tmp_path / "files")
    assert sum("/CloudTrail/" in name for name in once) == 5
    (tmp_path / "delivered").unlink()
    local.begin()
    await local.steps()
    assert files(tmp_path / "files") == once


def request_ids(directory: Path) -> list[str]:
    logs = [content for name, content in files(directory).items() if "/CloudTrail/" in name]
    return sorted(event["requestID"] for content in logs for event in events(content))


async def test_a_trail_that_was_made_anew_of_a_shorter_log_is_delivered_from_where_it_was(tmp_path: Path) -> None:
    settings = DeliverySettings(directory=tmp_path / "files")
    first = Delivering(tmp_path, settings)
    for number in range(6):
        first.happen(number)
    await first.proof.pass_hour()
    await first.steps()
    first.happen(6, at=START + HOUR)  # it waits for its digest when the trail is lost
    first.proof.close()
    shutil.rmtree(tmp_path / "trail")
    anew = Delivering(tmp_path, settings)
    anew.cabinet, anew.proof.chain, anew.proof.now = first.cabinet, first.proof.chain, first.proof.now
    anew.begin()
    anew.proof.writer.skip("log", 0)
    anew.proof.records.extend(first.proof.records[4:])
    anew.proof.take_up()
    anew.happen(7, at=START + HOUR)
    await anew.proof.pass_hour()
    await anew.steps(30)
    assert request_ids(tmp_path / "files") == [f"request-{number}" for number in range(8)]
    anew.proof.close()


async def test_digests_that_have_begun_anew_are_delivered_at_once(tmp_path: Path) -> None:
    settings = DeliverySettings(directory=tmp_path / "files")
    first = Delivering(tmp_path, settings)
    for number in range(3):
        first.happen(number, at=START + number * HOUR)
        await first.proof.pass_hour()
    await first.steps(30)
    first.proof.close()
    for lost in ("trail", "mark"):
        (tmp_path / lost).rename(tmp_path / f"{lost}.lost")
    anew = Delivering(tmp_path, settings)
    anew.proof.now = first.proof.now + HOUR
    anew.happen(9, at=START + 5 * HOUR)
    await anew.proof.pass_hour()
    await anew.steps(30)
    assert request_ids(tmp_path / "files") == ["request-0", "request-1", "request-2", "request-9"]
    anew.proof.close()


async def test_what_is_not_proven_yet_waits(local: Delivering, tmp_path: Path) -> None:
    local.happen(1)
    await local.proof.pass_hour()
    local.happen(2, at=START + 2 * HOUR)
    await local.steps()
    logs = [content for name, content in files(tmp_path / "files").items() if "/CloudTrail/" in name]
    assert [event["requestID"] for content in logs for event in events(content)] == ["request-1"]
    await local.proof.pass_hour()
    await local.steps()
    assert sum("/CloudTrail/" in name for name in files(tmp_path / "files")) == 2


async def test_a_bucket_that_refuses_is_tried_again_later(
    remote: Delivering, server: BucketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(period_files, "PART_EVENTS", 1)
    server.broken = True
    remote.happen(1)
    await remote.proof.pass_hour()
    await remote.round.run()
    remote.proof.take_up()
    with pytest.raises(NotDelivered, match="AccessDenied"):
        await remote.steps()
    await remote.steps()
    assert (server.puts, remote.round.figures()["delivery_failures"]) == (0, 1)
    server.broken = False
    remote.proof.now -= 60_000  # as a clock that was ahead
    await remote.steps()
    logs = [stored.body for path, stored in server.objects.items() if "/CloudTrail/" in path]
    assert [event["requestID"] for body in logs for event in events(body)] == ["request-1"]
    assert remote.round.figures()["delivery_waiting"] == 0


async def test_the_public_key_is_announced_once(local: Delivering) -> None:
    await local.proof.pass_hour()
    await local.steps()
    local.begin()
    await local.steps()
    (key,) = public_digest_keys(local.proof.writer.books)
    assert (key.start, len(key.fingerprint)) == (START, 32)


async def test_while_the_key_is_not_announced_what_waits_is_told(local: Delivering) -> None:
    await local.proof.pass_hour()
    await local.round.run()
    assert local.round.figures()["delivery_waiting"] == 2


async def test_an_announcement_that_was_lost_is_made_again(local: Delivering) -> None:
    await local.proof.pass_hour()
    await local.round.run()
    local.proof.records.pop()
    local.proof.now += LOST_MILLISECONDS - 1
    await local.steps()
    assert public_digest_keys(local.proof.writer.books) == []
    local.proof.now += 1
    await local.steps()
    assert len(public_digest_keys(local.proof.writer.books)) == 1
    assert local.round.figures()["delivery_waiting"] == 0


def validated(server: BucketServer, *more: str) -> str:
    """What `aws cloudtrail validate-logs` says."""
    arn = f"arn:aws:cloudtrail:{REGION}:{OWN}:trail/keytide"
    start = datetime.fromtimestamp((START - HOUR) / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    command = [
        *(sys.executable, "-m", "awscli", "cloudtrail", "validate-logs", "--region", REGION, "--trail-arn", arn),
        *("--start-time", start, "--s3-bucket", "trails", "--s3-prefix", "here", "--verbose", *more),
    ]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "AWS_ENDPOINT_URL": server.url,
        "AWS_ACCESS_KEY_ID": "AKIATEST",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return ran.stdout + ran.stderr


async def test_the_aws_cli_validates_what_was_delivered(remote: Delivering, server: BucketServer) -> None:
    """The CLI in earnest; only S3 and ListPublicKeys are the test's own."""
    remote.happen(1, 2)
    await remote.proof.pass_hour()
    remote.happen(3, at=START + HOUR)
    await remote.proof.pass_hour()
    await remote.steps(30)
    server.keys = list(public_digest_keys(remote.proof.writer.books))
    told = validated(server)
    assert "3/3 digest files valid" in told, told
    assert "2/2 log files valid" in told, told
    (path, stored), *_ = ((path, one) for path, one in server.objects.items() if "/CloudTrail/" in path)
    server.objects[path] = stored._replace(body=gzip.compress(b'{"Records":[]}'))
    server.objects.pop(sorted(path for path in server.objects if "/CloudTrail-Digest/" in path)[1])
    told = validated(server)
    assert "2/3 digest files valid, 1/3 digest files INVALID" in told, told
    assert "1/2 log files valid, 1/2 log files INVALID" in told, told


@pytest.mark.parametrize(
    ("change", "told"),
    [({"directory": None}, "a directory or a bucket"), ({"bucket": "b"}, "not both"), ({"prefix": "/a"}, "prefix")],
)
def test_settings_that_cannot_be_meant_are_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        replace(DeliverySettings(directory=Path("files")), **change)
