"""What a pod is started with, read and used by the program itself: so chart and program cannot part."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.cli.main import _parser
from services.cli.node.settling import settled
from services.cli.up.progress import Progress
from services.processes.command_line import PASSPHRASE_FILE_VARIABLE
from services.region_node.keys.key_files import open_keys
from services.region_node.settings.settings import Address, KafkaSettings, NodeSettings
from services.strict_settings import read_settings
from tests.chart.tools import (
    ALONE,
    EXAMPLES,
    RELEASE,
    SEVERAL_NODES,
    THREE_REGIONS,
    documents,
    pod,
    settings_files,
)


def settings(folder: Path, *arguments: str, values: Path) -> dict[str, NodeSettings]:
    """By pod, as the program reads them. Errors: SettingsError."""
    return dict(_read(folder, documents(*arguments, values=values)))


def _read(folder: Path, rendered: list[dict[str, Any]]) -> Iterator[tuple[str, NodeSettings]]:
    for name, text in settings_files(rendered):
        file = folder / f"{name}.json"
        file.write_text(text)
        yield name, read_settings(NodeSettings, file)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_every_pod_has_settings_that_the_program_takes(example: Path, tmp_path: Path) -> None:
    found = settings(tmp_path, values=example)
    assert list(found) == [f"{RELEASE}-{number}" for number in range(len(found))]
    assert {one.region for one in found.values()} == {"eu-west-1"}


def test_a_region_by_itself_keeps_its_log_and_has_no_channel(tmp_path: Path) -> None:
    (alone,) = settings(tmp_path, values=ALONE).values()
    assert (alone.log, alone.channel, alone.peers, alone.joined) == ("embedded", None, (), False)


def test_node_1_founds_the_region_and_every_other_joins_it(tmp_path: Path) -> None:
    found = settings(tmp_path, values=SEVERAL_NODES).values()
    assert [(one.node, one.joined) for one in found] == [("node-1", False), ("node-2", True), ("node-3", True)]
    assert [str(one.channel) for one in found] == [
        f"keytide-{number}.keytide-nodes.keys.svc.cluster.local:8300" for number in range(3)
    ]


def test_where_node_1_was_lost_its_pod_joins_as_another(tmp_path: Path) -> None:
    found = settings(tmp_path, "--set", "nodes={node-4,node-2,node-3}", values=SEVERAL_NODES)
    assert all(one.joined for one in found.values())


def test_a_peer_is_read_at_its_feeds_in_their_order_and_at_its_cluster(tmp_path: Path) -> None:
    (peer,) = settings(tmp_path, values=SEVERAL_NODES)[f"{RELEASE}-0"].peers
    assert peer.feed == Address("keytide-0.us-east-1.example.com", 8200)
    assert peer.other_feeds == (Address("keytide-1.us-east-1.example.com", 8200),)
    assert isinstance(peer.kafka, KafkaSettings)
    assert peer.kafka.private_key_file == Path("/etc/keytide-kafka/us-east-1/tls.key")


@pytest.mark.parametrize("example", [THREE_REGIONS, SEVERAL_NODES], ids=lambda path: path.stem)
def test_files_of_a_cluster_lie_where_its_secret_is_mounted(example: Path, tmp_path: Path) -> None:
    rendered = documents(values=example)
    mounts = {Path(mount["mountPath"]): mount["name"] for mount in pod(rendered)["containers"][0]["volumeMounts"]}
    secrets = {volume["name"]: volume.get("secret", {}).get("secretName") for volume in pod(rendered)["volumes"]}
    (first, *_) = dict(_read(tmp_path, rendered)).values()
    clusters = [(first.log, "keytide-kafka"), *((peer.kafka, "keytide-kafka-us-east-1") for peer in first.peers)]
    for cluster, secret in clusters:
        if isinstance(cluster, KafkaSettings):
            assert cluster.certificate_authority_file is not None
            assert secrets[mounts[cluster.certificate_authority_file.parent]] == secret


def test_what_else_is_set_goes_into_the_file_as_it_is(tmp_path: Path) -> None:
    first = settings(tmp_path, values=SEVERAL_NODES)[f"{RELEASE}-0"]
    assert (first.workers, first.synchronous.regions, first.quotas.keys_per_account) == (4, 1, 200_000)


class Mounted:
    """A pod's container without a container: its mounts are folders under `root`."""

    def __init__(self, root: Path, *arguments: str, values: Path) -> None:
        self._root = root
        rendered = documents(*arguments, values=values)
        self.container = pod(rendered)["containers"][0]
        for mount in self.container["volumeMounts"]:
            self.path(mount["mountPath"]).mkdir(parents=True)
        for name, text in settings_files(rendered):
            self.path(f"/etc/keytide/{name}.json").write_text(text)

    def path(self, inside: str) -> Path:
        return self._root / inside.removeprefix("/")

    def words(self, name: str) -> list[str]:
        """The command line in the pod of this name."""
        words = [word.replace("$(POD_NAME)", name) for word in self.container["args"]]
        return [word.replace("=/", f"={self._root}/") for word in words]


def test_a_pod_founds_its_region_with_what_is_mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounted = Mounted(
        tmp_path, "--set", "peers.sa-east-1.feeds[0].host=h,peers.sa-east-1.feeds[0].port=1", values=ALONE
    )
    environment = {entry["name"]: entry.get("value") for entry in mounted.container["env"]}
    passphrase = mounted.path(environment[PASSPHRASE_FILE_VARIABLE])
    passphrase.write_text("a passphrase of a Secret")
    monkeypatch.setenv(PASSPHRASE_FILE_VARIABLE, str(passphrase))
    mounted.path("/var/lib/keytide-cards/sa-east-1").mkdir()
    mounted.path("/var/lib/keytide-cards/sa-east-1/card").write_bytes(b"its card")
    node = settled(_parser().parse_args(mounted.words(f"{RELEASE}-0")), Progress())
    assert node.directory == mounted.path("/var/lib/keytide")
    assert open_keys(node).encoded_card == node.card_file.read_bytes()
    assert (mounted.path("/var/lib/keytide/keys") / "eu-west-1").is_dir(), "the keys are on their own volume"
    assert not node.root_file.exists(), "the root is on no volume"
    assert node.peer_card_file("sa-east-1").read_bytes() == b"its card"


def test_an_administrator_is_asked_for_where_it_is_set(tmp_path: Path) -> None:
    for value, expected in (("http://keytide", "http://keytide"), ("", None)):
        mounted = Mounted(tmp_path / (value[:4] or "none"), "--set", f"administrator={value}", values=ALONE)
        assert _parser().parse_args(mounted.words(f"{RELEASE}-0")).administrator == expected
