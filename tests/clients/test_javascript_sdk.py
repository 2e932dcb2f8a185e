"""The AWS SDK for JavaScript, as the npm registry has it, against two regions through the front door.

Its packages are pinned in `javascript/package-lock.json` and installed into a cache folder outside the tree. Without
Node.js and npm the tests skip and say what was not tested; where `KEYTIDE_TEST_NODE=required` they fail instead.
"""

import hashlib
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from services.processes.cache import cache_folder
from tests.running import ALONE, Running

SOURCES = Path(__file__).parent / "javascript"


@pytest.fixture(scope="module")
def packages() -> Path:
    """A folder with the script and its packages."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        missing = (
            "Node.js and npm are not here: the AWS SDK for JavaScript is NOT TESTED (Debian: apt install nodejs npm)"
        )
        if os.environ.get("KEYTIDE_TEST_NODE") == "required":
            pytest.fail(missing)
        pytest.skip(missing)
    lock = (SOURCES / "package-lock.json").read_bytes()
    folder = cache_folder(f"javascript-{hashlib.sha256(lock).hexdigest()[:16]}")
    folder.mkdir(parents=True, exist_ok=True)
    for file in SOURCES.iterdir():
        if file.is_file():
            shutil.copy(file, folder)
    if not (folder / "node_modules").exists():
        subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, check=True, timeout=100
        )
    return folder


@pytest.fixture(scope="module")
def answers(keytide: Running, packages: Path) -> dict[str, Any]:
    environment = {
        **os.environ,
        **ALONE,
        "AWS_ENDPOINT_URL_KMS": keytide.door,
        "AWS_ACCESS_KEY_ID": keytide.credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": keytide.credentials.secret.reveal().decode(),
    }
    run = subprocess.run(
        ["node", "two_regions.mjs"], cwd=packages, env=environment, capture_output=True, text=True, timeout=100
    )
    assert run.returncode == 0, run.stderr
    answered: dict[str, Any] = json.loads(run.stdout)
    return answered


def test_a_key_made_in_one_region_decrypts_in_the_other(answers: dict[str, Any]) -> None:
    assert answers["keyId"].startswith("mrk-")
    assert answers["replicaState"] == "Enabled"
    assert answers["plaintext"] == "attack at dawn"
    assert answers["decryptedBy"].startswith("arn:aws:kms:eu-west-1:")
    assert (answers["dataKeyBytes"], answers["dataKeyOpens"]) == (32, True)


def test_times_and_pages_are_read(answers: dict[str, Any]) -> None:
    assert abs(answers["created"] / 1000 - time.time()) < 600
    assert answers["aliases"] == [f"alias/javascript-{answers['keyId']}"]


def test_a_refusal_becomes_the_error_that_the_sdk_knows(answers: dict[str, Any]) -> None:
    refusal = answers["refusal"]
    assert (refusal["name"], refusal["status"]) == ("NotFoundException", 400)
    assert len(refusal["requestId"]) == 36
