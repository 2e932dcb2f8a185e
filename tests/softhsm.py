"""SoftHSM2: a real PKCS #11 module, which Debian ships, with tokens of the tests' own.

Without it the tests skip and say what was not tested; where `KEYTIDE_TEST_SOFTHSM=required` they fail instead. A
process reads the list of its tokens once, so that all tokens are made before any test opens the module.
"""

import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

MODULES = (
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"),
    Path("/usr/local/lib/softhsm/libsofthsm2.so"),
    Path("/opt/homebrew/lib/softhsm/libsofthsm2.so"),
)
PASSWORD = "kmsPswd1"
SPLIT_PASSWORD = "kmsuser:kmsPswd1"
TOKENS = {"keytide": PASSWORD, "handlers": PASSWORD, "live": PASSWORD, "other": SPLIT_PASSWORD}
"""Label of a token and its PIN."""


def installed() -> bool:
    """Whether the tests of this machine have a module; for those that can do with less."""
    return any(module.exists() for module in MODULES)


@cache
def softhsm_module() -> Path:
    """The module, with all of `TOKENS` made; the environment says where they are, also to child processes."""
    found = next((module for module in MODULES if module.exists()), None)
    if found is None:
        missing = "SoftHSM2 is not here: CloudHSM key stores are NOT TESTED (Debian: apt install softhsm2)"
        if os.environ.get("KEYTIDE_TEST_SOFTHSM") == "required":
            pytest.fail(missing)
        pytest.skip(missing)
    folder = Path(tempfile.mkdtemp(prefix="keytide-softhsm-"))
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    for token, pin in TOKENS.items():
        pins = ("--pin", pin, "--so-pin", "12345678")
        subprocess.run(
            ("softhsm2-util", "--init-token", "--free", "--label", token, *pins), check=True, capture_output=True
        )
    return found
