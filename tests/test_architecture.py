"""The architecture holds: who imports whom, what is pure, how long things are. The rules themselves are tried too."""

from pathlib import Path

import pytest

from tests.architecture_rules import MAY_IMPORT, ROOTS, breaches

REPOSITORY = Path(__file__).parents[1]
MODULES = sorted(path for root in ROOTS for path in (REPOSITORY / root).rglob("*.py"))
DOCUMENTED = '"""Owns x."""\n'


def test_the_tree_keeps_the_rules() -> None:
    found = [
        breach for path in MODULES for breach in breaches(path.relative_to(REPOSITORY).as_posix(), path.read_text())
    ]
    assert found == []


def test_every_folder_of_the_code_is_walked() -> None:
    assert {path.relative_to(REPOSITORY).parts[0] for path in MODULES} == set(MAY_IMPORT)


@pytest.mark.parametrize(
    ("path", "source", "breach"),
    [
        ("shared/a.py", "from replication.records.record import Record", "imports replication.records.record"),
        ("shared/a.py", "def f():\n    import services.cli", "imports services.cli"),
        ("replication/a.py", "import services.cli.main", "imports services.cli.main"),
        ("services/a.py", "from tests import x", "imports tests"),
        ("replication/a.py", "importlib.import_module('services.x')", "imports services.x"),
        ("shared/a.py", "from datetime import datetime\ndatetime.now()", "take `now`"),
        ("shared/a.py", "import datetime\ndatetime.datetime.now()", "take `now`"),
        ("shared/a.py", "import time", "take `now`"),
        ("shared/a.py", "import os", "imports os"),
        ("shared/a.py", "from os import urandom", "imports os"),
        ("shared/a.py", "import uuid\nuuid.uuid4()", "use shared/crypto/entropy.py"),
        ("shared/a.py", "import secrets", "use shared/crypto/entropy.py"),
        ("shared/a.py", "import random", "use shared/crypto/entropy.py"),
        ("shared/a.py", "open('file')", "no I/O"),
        ("services/a.py", "x = 1\n" * 300, "has 301 lines"),
        ("services/a.py", "def f():\n" + "    x = 1\n" * 60, "f has 61 lines"),
        ("services/key_utils.py", "", "name it for what it owns"),
        ("services/manager.py", "", "name it for what it owns"),
    ],
)
def test_a_planted_breach_is_found(path: str, source: str, breach: str) -> None:
    found = breaches(path, DOCUMENTED + source)
    assert len(found) == 1
    assert breach in found[0]


def test_a_module_without_a_docstring_is_found() -> None:
    assert breaches("services/a.py", "x = 1") == ["services/a.py:1: has no docstring: say what the module owns"]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("services/a.py", "import time\nfrom replication import record\nfrom shared import events"),
        ("replication/a.py", "import os\nimport replication.records.record"),
        ("shared/a.py", "from shared.secrets import Secret\nimport hashlib"),
        ("shared/crypto/entropy.py", "import os\nos.urandom(1)"),
        ("shared/a.py", "key.open(1)"),
    ],
)
def test_what_is_allowed_passes(path: str, source: str) -> None:
    assert breaches(path, DOCUMENTED + source) == []
