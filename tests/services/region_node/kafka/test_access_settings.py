"""What of the settings of a Kafka cluster does not fit together, and which of its files cannot be used."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from services.region_node.kafka.access import AccessFileUnusable, kafka_security
from services.region_node.settings.settings import KafkaSettings
from services.strict_settings import SettingsError
from tests.authority import Authority
from tests.running import ROOT

FILE = Path("file.pem")
LOGIN: dict[str, Any] = {"sasl_mechanism": "SCRAM-SHA-512", "user_name": "eu", "password_file": FILE}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"security_protocol": "SASL_SSL"}, "sasl_mechanism: security_protocol SASL_SSL needs it"),
        ({"security_protocol": "SASL_SSL", **LOGIN, "user_name": None}, "user_name: .* needs it"),
        ({"security_protocol": "SASL_PLAINTEXT", **LOGIN, "password_file": None}, "password_file: .* needs it"),
        ({"security_protocol": "SSL", **LOGIN}, "sasl_mechanism: security_protocol SSL has no use for it"),
        ({"user_name": "eu"}, "user_name: security_protocol PLAINTEXT has no use for it"),
        ({"certificate_authority_file": FILE}, "certificate_authority_file: .*PLAINTEXT has no use for it"),
        ({"certificate_file": FILE}, "certificate_file: .*PLAINTEXT has no use for it"),
        ({"security_protocol": "SSL", "private_key_file": FILE}, "private_key_file: needs a certificate_file"),
        ({"replication_factor": 1}, "must be at least 2, unless development is set, not 1"),
        ({"replication_factor": 0, "development": True}, "replication_factor: must be at least 1, not 0"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(settings: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        KafkaSettings("k:9092", **settings)


@pytest.mark.parametrize(
    ("settings", "replicas"),
    [
        ({}, 3),
        ({"replication_factor": 2}, 2),
        ({"development": True}, 1),
        ({"development": True, "replication_factor": 3}, 3),
    ],
)
def test_one_copy_takes_an_explicit_word(settings: dict[str, Any], replicas: int) -> None:
    assert KafkaSettings("k:9092", **settings).replicas == replicas


def test_files_that_are_missing_are_named_with_their_settings(tmp_path: Path) -> None:
    chain = Authority(tmp_path, "authority").chain_for("node-eu")
    gone = tmp_path / "gone.pem"
    for settings, setting in (
        (KafkaSettings("k:1", "SSL", gone), "certificate_authority_file"),
        (KafkaSettings("k:1", "SSL", None, gone), "certificate_file"),
        (KafkaSettings("k:1", "SSL", None, chain, gone), "certificate_file and private_key_file"),
        (KafkaSettings("k:1", "SASL_PLAINTEXT", **{**LOGIN, "password_file": gone}), "password_file"),
    ):
        with pytest.raises(AccessFileUnusable, match=rf"{setting}: .*gone\.pem cannot be read \(No such file"):
            kafka_security(settings)


def test_files_that_are_something_else_are_named_and_not_shown(tmp_path: Path) -> None:
    chain = Authority(tmp_path, "authority").chain_for("node-eu")
    strange = tmp_path / "strange.pem"
    strange.write_text("a secret that was put in the wrong file")
    other = Authority(tmp_path, "other").chain_for("node-us")
    for settings in (
        KafkaSettings("k:1", "SSL", strange),
        KafkaSettings("k:1", "SSL", None, strange),
        KafkaSettings("k:1", "SSL", None, chain, other),
    ):
        with pytest.raises(AccessFileUnusable, match="is not a matching PEM file") as refused:
            kafka_security(settings)
        assert "a secret" not in str(refused.value)


AT_A_TERMINAL = """
import os, pty, sys
from pathlib import Path
from services.region_node.kafka.access import AccessFileUnusable, kafka_security
from services.region_node.settings.settings import KafkaSettings
number, terminal = pty.fork()
if number == 0:
    try:
        kafka_security(KafkaSettings("k:1", "SSL", None, Path(sys.argv[1]), Path(sys.argv[2])))
    except AccessFileUnusable as refused:
        print("refused", refused, flush=True)
    os._exit(0)
try:
    while shown := os.read(terminal, 1000):
        sys.stdout.buffer.write(shown)
except OSError:  # so Linux says that the other end of a terminal is closed
    pass
"""


def test_a_sealed_private_key_is_refused_and_nobody_is_asked_for_its_passphrase(tmp_path: Path) -> None:
    """OpenSSL asks at the terminal of a process, if it has one."""
    chain, sealed = Authority(tmp_path, "authority").chain_for("node-eu"), tmp_path / "sealed.pem"
    sealing = BestAvailableEncryption(b"a passphrase")
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealing)
    sealed.write_bytes(key)
    line = [sys.executable, "-c", AT_A_TERMINAL, str(chain), str(sealed)]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert "refused certificate_file and private_key_file: " in done.stdout, done.stdout + done.stderr
