"""A broker is a program of others: it gets nothing that opens keys."""

from pathlib import Path

import pytest

from services.local_kafka import jars
from services.local_kafka.broker import Broker
from services.processes.cache import cache_folder
from services.processes.command_line import PASSPHRASE_VARIABLE

DUMPS = '#!/bin/sh\nenv >> "$DUMPED"\n'


def test_a_broker_does_not_inherit_the_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    java, dumped = tmp_path / "java", tmp_path / "dumped"
    java.write_text(DUMPS)
    java.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("DUMPED", str(dumped))
    monkeypatch.setenv("KEYTIDE_CACHE", str(tmp_path))
    monkeypatch.setenv(PASSPHRASE_VARIABLE, "correct horse")
    cache_folder(f"kafka-{jars.version()}").mkdir()
    broker = Broker(tmp_path / "kafka")
    broker.format()
    broker.spawn()
    assert broker.process is not None
    broker.process.wait(30)
    broker.kill()
    lines = dumped.read_text().splitlines()
    assert sum(line.startswith("DUMPED=") for line in lines) == 2
    assert not [line for line in lines if "correct horse" in line or line.startswith(PASSPHRASE_VARIABLE)]
