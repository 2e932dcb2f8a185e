"""The AWS SDK for JavaScript, as the npm registry has it, against two regions through the front door.

The tests themselves are those of `javascript/*.test.mjs`, run by Node's own runner. The SDK's packages are pinned in
`javascript/package-lock.json` and installed into a cache folder outside the tree. Without Node.js and npm the tests
skip and say what was not tested; where `KEYTIDE_TEST_NODE=required` they fail instead.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from services.processes.cache import cache_folder
from tests.running import ALONE, Running

SOURCES = Path(__file__).parent / "javascript"
TESTS = sorted(file.name for file in SOURCES.glob("*.test.mjs"))


@pytest.fixture(scope="module")
def packages() -> Path:
    """A folder with the SDK's packages."""
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
    if not (folder / "node_modules").exists():
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SOURCES / name, folder)
        subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, check=True, timeout=100
        )
    return folder


@pytest.fixture(scope="module")
def sources(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tests, which find the packages beside them."""
    folder = tmp_path_factory.mktemp("javascript")
    for file in SOURCES.glob("*.mjs"):
        shutil.copy(file, folder)
    (folder / "node_modules").symlink_to(packages / "node_modules")
    return folder


@pytest.mark.parametrize("file", TESTS)
def test_the_sdk_finds_what_it_knows_from_aws(file: str, keytide: Running, sources: Path) -> None:
    environment = {
        **os.environ,
        **ALONE,
        "AWS_ENDPOINT_URL_KMS": keytide.door,
        "AWS_ACCESS_KEY_ID": keytide.credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": keytide.credentials.secret.reveal().decode(),
    }
    command = ["node", "--test", "--test-reporter=tap", file]
    run = subprocess.run(command, cwd=sources, env=environment, capture_output=True, text=True, timeout=100)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "# fail 0" in run.stdout
    assert "# pass 0" not in run.stdout
