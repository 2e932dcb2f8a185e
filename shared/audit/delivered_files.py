"""The files that are delivered, in CloudTrail's layout: log files with events, and digest files that vouch for them.

Owns names and contents. All follows from what is delivered, so that delivering again writes the same bytes under the
same names. Hashes are those of what the gzip holds.
Source: AWS CloudTrail User Guide, "Finding your CloudTrail log files", "CloudTrail digest file structure".
"""

import gzip
import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from shared.crypto.digest_key import ALGORITHM
from shared.times import instant

HASH_ALGORITHM = "SHA-256"
UNIQUE_LETTERS = 16
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class Placement(NamedTuple):
    """Where an account's files go. `trail`: the name by which validate-logs looks for them; `prefix` "" for none."""

    bucket: str
    prefix: str
    trail: str
    region: str
    account: str

    def under(self, kind: str, end: int) -> str:
        day = _time(end).strftime("%Y/%m/%d")
        return f"{self.prefix and self.prefix + '/'}AWSLogs/{self.account}/{kind}/{self.region}/{day}"


class LogFile(NamedTuple):
    """One that is delivered. `oldest`, `newest`: times of its events, in milliseconds."""

    key: str
    content: bytes
    oldest: int
    newest: int


class Previous(NamedTuple):
    """The digest file that the next one rests on. `digest` is the SHA-256 of its content; it and `signature` in hex."""

    bucket: str
    key: str
    digest: str
    signature: str


class Period(NamedTuple):
    """`number`: of the signed digest whose entries are delivered; `start`, `end` in milliseconds."""

    number: int
    start: int
    end: int


def log_file(place: Placement, period: Period, part: int, events: Sequence[tuple[int, dict[str, Any]]]) -> LogFile:
    """Times and events, in the order of their arrival; at least one. `part`: from 1, of the account in the period."""
    content = _json({"Records": [event for _, event in events]})
    minute = _time(period.end).strftime("%Y%m%dT%H%MZ")
    unique = _unique(f"{place.account}/{place.region}/{period.number}/{part}")
    name = f"{place.account}_CloudTrail_{place.region}_{minute}_{unique}.json.gz"
    times = [time for time, _ in events]
    return LogFile(f"{place.under('CloudTrail', period.end)}/{name}", content, min(times), max(times))


def digest_key(place: Placement, end: int) -> str:
    """The name of a digest file. Keytide's trails have their own region as home."""
    second = _time(end).strftime("%Y%m%dT%H%M%SZ")
    name = f"{place.account}_CloudTrail-Digest_{place.region}_{place.trail}_{place.region}_{second}.json.gz"
    return f"{place.under('CloudTrail-Digest', end)}/{name}"


def digest_content(
    place: Placement, period: Period, files: Sequence[tuple[str, str, int, int]], previous: Previous | None, key: str
) -> bytes:
    """`files`: key, hash, oldest and newest of each log file; `key`: the fingerprint of what signs the digest."""
    bucket, before, digest, signature = previous or (None, None, None, None)
    return _json(
        {
            "awsAccountId": place.account,
            "digestStartTime": instant(period.start),
            "digestEndTime": instant(period.end),
            "digestS3Bucket": place.bucket,
            "digestS3Object": digest_key(place, period.end),
            "digestPublicKeyFingerprint": key,
            "digestSignatureAlgorithm": ALGORITHM,
            "newestEventTime": max((instant(newest) for *_, newest in files), default=None),
            "oldestEventTime": min((instant(oldest) for *_, oldest, _ in files), default=None),
            "previousDigestS3Bucket": bucket,
            "previousDigestS3Object": before,
            "previousDigestHashValue": digest,
            "previousDigestHashAlgorithm": HASH_ALGORITHM if previous else None,
            "previousDigestSignature": signature,
            "logFiles": [
                {
                    "s3Bucket": place.bucket,
                    "s3Object": name,
                    "hashValue": hashed,
                    "hashAlgorithm": HASH_ALGORITHM,
                    "newestEventTime": instant(newest),
                    "oldestEventTime": instant(oldest),
                }
                for name, hashed, oldest, newest in files
            ],
        }
    )


def string_to_sign(place: Placement, period: Period, content: bytes, previous: Previous | None) -> bytes:
    """What the signature of a digest file covers; the word null stands for no previous signature."""
    before = "null" if previous is None else previous.signature
    name = f"{place.bucket}/{digest_key(place, period.end)}"
    return f"{instant(period.end)}\n{name}\n{content_hash(content)}\n{before}".encode()


def content_hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def packed(content: bytes) -> bytes:
    """As gzip, without the time at which it was made."""
    return gzip.compress(content, mtime=0)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _unique(name: str) -> str:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest())
    letters = []
    for _ in range(UNIQUE_LETTERS):
        number, letter = divmod(number, len(LETTERS))
        letters.append(LETTERS[letter])
    return "".join(letters)


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds // 1000, UTC)
