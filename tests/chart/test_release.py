"""A release in a real API server: taken strictly, installed, upgraded, put back, removed, and what stays of it."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.chart.cluster import Cluster, Namespace
from tests.chart.tools import (
    ALONE,
    CHART,
    EXAMPLES,
    NAMESPACE,
    RELEASE,
    SEVERAL_NODES,
    THREE_REGIONS,
    Refused,
    rendered,
)
from tests.running import wait_until

pytestmark = pytest.mark.timeout(300)
VOLUMES: Final = {f"state-{RELEASE}-0", f"keys-{RELEASE}-0"}
ROOT_SECRET: Final = f"{RELEASE}-root"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture
def namespace(cluster: Cluster, request: pytest.FixtureRequest) -> Namespace:
    return cluster.restricted(request.node.name.replace("_", "-")[:60].rstrip("-"))


def install(namespace: Namespace, *arguments: str, values: Path = ALONE) -> None:
    namespace.helm("install", RELEASE, str(CHART), "--values", str(values), *arguments)


def upgrade(namespace: Namespace, *arguments: str, values: Path = ALONE) -> None:
    namespace.helm("upgrade", RELEASE, str(CHART), "--values", str(values), *arguments)


def until(condition: Callable[[], bool], what: str) -> None:
    """Each look is a process."""

    def looked() -> bool:
        time.sleep(0.2)
        return condition()

    wait_until(looked, what)


def until_pods(namespace: Namespace, *numbers: int) -> None:
    expected = {f"{RELEASE}-{number}" for number in numbers}
    until(lambda: namespace.names("pods") == expected, f"the pods are {expected}")


def settings_in_use(namespace: Namespace) -> str:
    """Of which settings the pod is made."""
    try:
        return str(namespace.get("pod", f"{RELEASE}-0")["metadata"]["annotations"]["checksum/settings"])
    except Refused:
        return ""


def root(namespace: Namespace) -> Any:
    return namespace.get("secret", ROOT_SECRET)["data"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_server_knows_every_member(example: Path, cluster: Cluster) -> None:
    cluster.kubectl("create", "namespace", f"{NAMESPACE}-{example.stem}")
    manifests = rendered("--namespace", f"{NAMESPACE}-{example.stem}", values=example)
    taken = cluster.kubectl("apply", "--dry-run=server", "--validate=strict", "--filename", "-", given=manifests)
    kinds = [line.removeprefix("kind: ") for line in manifests.splitlines() if line.startswith("kind: ")]
    assert kinds.count("StatefulSet") == 1
    assert [line.endswith("(server dry run)") for line in taken.splitlines()] == [True] * len(kinds)


def test_a_release_is_installed_upgraded_put_back_and_removed(namespace: Namespace) -> None:
    install(namespace)
    until_pods(namespace, 0)
    first, made = settings_in_use(namespace), root(namespace)
    upgrade(namespace, "--set", "settings.workers=3")
    until(lambda: settings_in_use(namespace) not in ("", first), "the pod is made of the new settings")
    assert '"workers": 3' in str(namespace.get("configmap", f"{RELEASE}-settings")["data"])
    namespace.helm("rollback", RELEASE, "1")
    until(lambda: settings_in_use(namespace) == first, "the pod is made of the former settings")
    assert "workers" not in str(namespace.get("configmap", f"{RELEASE}-settings")["data"])
    assert root(namespace) == made
    namespace.helm("uninstall", RELEASE, "--wait")
    until_pods(namespace)
    assert not namespace.names("statefulsets,services,networkpolicies,poddisruptionbudgets")
    assert namespace.names("persistentvolumeclaims") == VOLUMES
    assert root(namespace) == made
    install(namespace)
    assert root(namespace) == made, "the keys that stayed are sealed under it"


def test_volumes_whose_root_is_gone_get_no_other(namespace: Namespace) -> None:
    install(namespace)
    until_pods(namespace, 0)
    namespace.helm("uninstall", RELEASE, "--wait")
    namespace.kubectl("delete", "secret", ROOT_SECRET)
    with pytest.raises(Refused, match=f"the volume keys-{RELEASE}-0 is there, and the Secret {ROOT_SECRET}"):
        install(namespace)
    namespace.kubectl("create", "secret", "generic", "copy", "--from-literal=passphrase=of the copy")
    install(namespace, "--set", "root.existingSecret=copy")


def test_a_root_is_not_exchanged_by_who_renders_without_the_cluster(namespace: Namespace) -> None:
    install(namespace)
    made = root(namespace)
    with pytest.raises(Refused, match="field is immutable when `immutable` is set"):
        namespace.kubectl("apply", "--filename", "-", given=rendered("--namespace", namespace.name))
    assert root(namespace) == made


def test_nodes_come_and_go_and_their_volumes_stay(namespace: Namespace) -> None:
    install(namespace, "--set", "nodes={node-1}", values=SEVERAL_NODES)
    until_pods(namespace, 0)
    before = namespace.get("pod", f"{RELEASE}-0")["metadata"]["uid"]
    upgrade(namespace, "--set", "nodes={node-1,node-2}", values=SEVERAL_NODES)
    until_pods(namespace, 0, 1)
    upgrade(namespace, "--set", "nodes={node-1}", values=SEVERAL_NODES)
    until_pods(namespace, 0)
    assert namespace.get("pod", f"{RELEASE}-0")["metadata"]["uid"] == before
    assert namespace.names("persistentvolumeclaims") == VOLUMES | {f"state-{RELEASE}-1", f"keys-{RELEASE}-1"}


def test_volumes_are_resized_beside_the_running_pod(namespace: Namespace) -> None:
    install(namespace)
    until_pods(namespace, 0)
    before = namespace.get("pod", f"{RELEASE}-0")["metadata"]["uid"]
    larger = ("--set", "volumes.state.size=40Gi")
    with pytest.raises(Refused, match=r"spec\.volumeClaimTemplates: .*field is immutable"):
        upgrade(namespace, *larger)
    namespace.kubectl("delete", "statefulset", RELEASE, "--cascade=orphan")
    upgrade(namespace, *larger)
    (template, _) = namespace.get("statefulset", RELEASE)["spec"]["volumeClaimTemplates"]
    assert template["spec"]["resources"]["requests"]["storage"] == "40Gi"
    until(lambda: namespace.get("statefulset", RELEASE)["status"].get("replicas") == 1, "the pod is adopted")
    assert namespace.get("pod", f"{RELEASE}-0")["metadata"]["uid"] == before


def test_the_notes_say_what_is_to_be_done(namespace: Namespace) -> None:
    install(namespace, values=THREE_REGIONS)
    notes = namespace.helm("get", "notes", RELEASE)
    assert "waits for the cards of: ap-southeast-2, us-east-1." in notes
    assert "https://kms.eu-west-1.example.com" in notes
    assert "KEEP A COPY" not in notes, "the root is a Secret of their own"
    cards = ",".join(f"peers.{region}.card=AAAA" for region in ("ap-southeast-2", "us-east-1"))
    upgrade(namespace, "--set", cards, values=THREE_REGIONS)
    assert "waits for" not in namespace.helm("get", "notes", RELEASE)


def test_the_notes_have_the_root_copied_and_the_nodes_join(namespace: Namespace) -> None:
    install(namespace, values=SEVERAL_NODES)
    notes = namespace.helm("get", "notes", RELEASE)
    assert f"get secret --namespace {namespace.name} {ROOT_SECRET}" in notes
    assert "--from-file=node-3=token" in notes


def test_what_is_not_restricted_gets_no_pod(namespace: Namespace) -> None:
    """That the namespace does refuse pods, so that those of the other tests were admitted for what they are."""
    outside = '{"name": "machine", "hostPath": {"path": "/"}}'
    install(namespace, "--set-json", f"extraVolumes=[{outside}]")
    until(lambda: "violates PodSecurity" in namespace.kubectl("get", "events"), "the pod is refused")
    assert not namespace.names("pods")
