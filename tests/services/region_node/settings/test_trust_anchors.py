"""The roots of attestation documents, as a node reads them at its start."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.region_node.requests.settings import AttestationSettings
from services.region_node.settings.settings import NodeSettings
from services.region_node.settings.trust_anchors import read_attestation_rules
from services.strict_settings import SettingsError
from tests.nitro.enclave import Enclave
from tests.services.region_node.settings.test_settings import settings

NOW = 1_790_000_000_000
ENCLAVE, OTHER = Enclave(NOW), Enclave(NOW)
ROOTS = (ENCLAVE.root, OTHER.root)


def naming(directory: Path, *paths: Path, maximum_age_seconds: int = 300) -> NodeSettings:
    return replace(settings(directory), attestation=AttestationSettings(paths, maximum_age_seconds))


def test_no_root_is_trusted_until_one_is_named(tmp_path: Path) -> None:
    assert read_attestation_rules(replace(settings(tmp_path), attestation=AttestationSettings())) == ((), 300_000)


def test_roots_are_read_from_the_nodes_directory_or_an_absolute_path(tmp_path: Path) -> None:
    absolute = tmp_path / "elsewhere" / "other.pem"
    absolute.parent.mkdir()
    absolute.write_bytes(OTHER.root.pem)
    (tmp_path / "root.pem").write_bytes(ENCLAVE.root.pem)
    rules = read_attestation_rules(naming(tmp_path, Path("root.pem"), absolute, maximum_age_seconds=60))
    assert rules == (tuple(root.certificate for root in ROOTS), 60_000)


def test_a_file_may_hold_several_roots(tmp_path: Path) -> None:
    (tmp_path / "roots.pem").write_bytes(b"".join(root.pem for root in ROOTS))
    anchors = read_attestation_rules(naming(tmp_path, Path("roots.pem"))).anchors
    assert anchors == tuple(root.certificate for root in ROOTS)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is no root certificate in PEM: "),
        (b"noise", "is no root certificate in PEM: "),
        (ENCLAVE.root.der, "is no root certificate in PEM: "),
        (ENCLAVE.path[1].pem, "is no root certificate in PEM: it has not signed itself"),
        (ENCLAVE.root.pem + ENCLAVE.path[1].pem, "is no root certificate in PEM: it has not signed itself"),
        (None, "cannot be read: No such file or directory"),
    ],
    ids=["empty", "noise", "DER", "an intermediate", "an intermediate beside a root", "no file"],
)
def test_a_file_that_holds_no_root_is_named(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "root.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError) as fault:
        read_attestation_rules(naming(tmp_path, path))
    assert str(fault.value).startswith(f"attestation.trust_anchors: {path}: {reason}")
