"""The operator's list of machines outside, and what is found in it."""

from pathlib import Path
from typing import Any

import pytest

from services.region_node.key_stores.key_stores import open_machines
from services.region_node.key_stores.settings import ExternalKeyStoreSettings, HsmClusterSettings, OutsideMachines
from services.strict_settings import SettingsError

ACCOUNT, OTHER = "111122223333", "444455556666"
PROXY = ExternalKeyStoreSettings("https://proxy.example.com")
CLUSTER = HsmClusterSettings("cluster-2a23b4cdefg", Path("module.so"), "token")


def test_a_proxy_is_connected_to_where_its_entry_says() -> None:
    assert PROXY.target() == ("proxy.example.com", 443)
    assert ExternalKeyStoreSettings("https://a.example.com", "10.0.0.1:8443").target() == ("10.0.0.1", 8443)
    assert ExternalKeyStoreSettings("https://a.example.com", "[::1]:8443").target() == ("::1", 8443)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"endpoint": "http://proxy.example.com"}, "is no endpoint"),
        ({"endpoint": "https://"}, "is no endpoint"),
        ({"endpoint": "https://a", "address": "a"}, "is no host:port"),
        ({"endpoint": "https://a", "address": "a:0"}, "is no host:port"),
        ({"endpoint": "https://a", "address": ":443"}, "is no host:port"),
        ({"endpoint": "https://a", "address": "a:70000"}, "is no host:port"),
        ({"endpoint": "https://a", "answer_milliseconds": 0}, "at least 1"),
    ],
)
def test_an_entry_that_says_nothing_sensible_is_refused(members: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        ExternalKeyStoreSettings(**members)


def test_a_cluster_has_the_form_of_its_id() -> None:
    with pytest.raises(SettingsError, match="is no cluster"):
        HsmClusterSettings("my-cluster", Path("module.so"), "token")


def test_files_are_found_from_the_directory_of_the_node(tmp_path: Path) -> None:
    placed = ExternalKeyStoreSettings("https://a", certificate_authority_file=Path("a.pem")).placed(tmp_path)
    assert placed.certificate_authority_file == tmp_path / "a.pem"
    assert PROXY.placed(tmp_path) == PROXY
    cluster = HsmClusterSettings(CLUSTER.cluster, Path("/lib/module.so"), "token", trust_anchor_file=Path("b.pem"))
    assert cluster.placed(tmp_path).module == Path("/lib/module.so")
    assert cluster.placed(tmp_path).trust_anchor_file == tmp_path / "b.pem"


def test_an_entry_is_for_every_account_or_for_those_that_it_names() -> None:
    named = ExternalKeyStoreSettings("https://named.example.com", accounts=(ACCOUNT,))
    clusters = (CLUSTER, HsmClusterSettings("cluster-3b34c5defgh", Path("module.so"), "token", accounts=(ACCOUNT,)))
    machines = OutsideMachines((PROXY, named), clusters)
    assert machines.proxy(OTHER, "https://PROXY.example.com") == PROXY
    assert machines.proxy(ACCOUNT, "https://named.example.com") == named
    assert machines.proxy(OTHER, "https://named.example.com") is None
    assert machines.proxy(ACCOUNT, None) is None
    assert machines.cluster(OTHER, CLUSTER.cluster) == CLUSTER
    assert machines.cluster(ACCOUNT, "cluster-3b34c5defgh") == clusters[1]
    assert machines.cluster(OTHER, "cluster-3b34c5defgh") is None
    assert machines.cluster(ACCOUNT, None) is None


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_certificate_that_cannot_be_used_is_said_at_the_start(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "certificate.pem"
    if content is not None:
        file.write_text(content)
    proxy = ExternalKeyStoreSettings("https://a", certificate_authority_file=file)
    cluster = HsmClusterSettings(CLUSTER.cluster, Path("module.so"), "token", trust_anchor_file=file)
    for machines in (OutsideMachines((proxy,)), OutsideMachines((), (cluster,))):
        with pytest.raises(SettingsError, match="certificate"):
            open_machines(machines)
