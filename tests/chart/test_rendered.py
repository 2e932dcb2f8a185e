"""What the chart makes of values: who is reached by whom, what stays, and what a container may do."""

from pathlib import Path
from typing import Any

import pytest

from tests.chart.tools import ALONE, EXAMPLES, RELEASE, SEVERAL_NODES, THREE_REGIONS, documents, one, pod

every_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)


@every_example
def test_a_pod_may_do_what_it_must_and_no_more(example: Path) -> None:
    spec = pod(documents(values=example))
    (container,) = spec["containers"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["limits"]["memory"]


def test_it_runs_as_the_user_of_the_image() -> None:
    context = pod(documents())["securityContext"]
    dockerfile = Path(__file__).parents[2] / "Dockerfile"
    assert f"--uid {context['runAsUser']} " in dockerfile.read_text()
    assert context["fsGroup"] == context["runAsGroup"] == context["runAsUser"]
    assert context["fsGroupChangePolicy"] == "OnRootMismatch"


@every_example
def test_state_and_keys_are_on_volumes_of_their_own_that_stay(example: Path) -> None:
    spec = one("StatefulSet", documents(values=example))["spec"]
    assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}
    assert [claim["metadata"]["name"] for claim in spec["volumeClaimTemplates"]] == ["state", "keys"]
    mounts = {mount["name"]: mount["mountPath"] for mount in spec["template"]["spec"]["containers"][0]["volumeMounts"]}
    assert (mounts["state"], mounts["keys"]) == ("/var/lib/keytide", "/var/lib/keytide/keys")


def test_what_an_upgrade_cannot_change_does_not_name_the_version_of_the_chart() -> None:
    spec = one("StatefulSet", documents())["spec"]
    unchangeable = [spec["selector"], spec["serviceName"], spec["volumeClaimTemplates"]]
    assert "0.1.0" not in str(unchangeable)


def test_a_root_that_was_made_cannot_be_exchanged_and_stays() -> None:
    first, second = (one("Secret", documents()) for _ in range(2))
    assert first["immutable"] is True
    assert first["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert len(first["data"]["passphrase"]) >= 57, "43 letters and digits, in base64"
    assert first["data"] != second["data"]


def test_a_root_of_ones_own_is_mounted_and_none_is_made() -> None:
    among = documents("--set", "root.key=word", values=THREE_REGIONS)
    assert not [document for document in among if document["kind"] == "Secret"]
    (root,) = (volume["secret"] for volume in pod(among)["volumes"] if volume["name"] == "root")
    assert root["secretName"] == "keytide-passphrase"
    assert root["items"] == [{"key": "word", "path": "passphrase"}]


def ready_or_not(among: list[dict[str, Any]]) -> dict[str, bool]:
    services = (document for document in among if document["kind"] == "Service")
    return {service["metadata"]["name"]: service["spec"]["publishNotReadyAddresses"] for service in services}


def test_nodes_and_peers_reach_what_is_not_ready() -> None:
    """A region gets ready by asking its peers, and a node by asking the others: each would wait for the other."""
    assert ready_or_not(documents(values=SEVERAL_NODES)) == {
        "keytide": False,
        "keytide-nodes": True,
        "keytide-feed-0": True,
        "keytide-feed-1": True,
        "keytide-feed-2": True,
    }


@pytest.mark.parametrize(
    ("example", "wanted", "expected"),
    [(ALONE, "null", True), (ALONE, "false", False), (SEVERAL_NODES, "null", False), (SEVERAL_NODES, "true", True)],
)
def test_clients_reach_the_only_node_ready_or_not_unless_said(example: Path, wanted: str, expected: bool) -> None:
    among = documents("--set", f"service.publishNotReadyAddresses={wanted}", values=example)
    assert ready_or_not(among)["keytide"] is expected


def test_each_node_has_a_feed_of_its_own() -> None:
    among = documents(values=SEVERAL_NODES)
    for number in range(3):
        selector = one("Service", among, f"keytide-feed-{number}")["spec"]["selector"]
        assert selector["statefulset.kubernetes.io/pod-name"] == f"{RELEASE}-{number}"
    assert "keytide-feed-0" not in ready_or_not(documents(values=ALONE)), "without peers nobody reads it"


def test_tls_for_clients_ends_at_the_ingress_and_only_the_api_is_behind_it() -> None:
    spec = one("Ingress", documents(values=THREE_REGIONS))["spec"]
    assert spec["tls"] == [{"hosts": ["kms.eu-west-1.example.com"], "secretName": "kms-tls"}]
    (path,) = spec["rules"][0]["http"]["paths"]
    assert (path["path"], path["pathType"]) == ("/", "Exact")
    assert not [document for document in documents(values=ALONE) if document["kind"] == "Ingress"]


def rules(direction: str, *arguments: str, values: Path) -> dict[tuple[Any, ...], Any]:
    """Who by port: None is everybody."""
    policy = one("NetworkPolicy", documents(*arguments, values=values))["spec"]
    other = {"ingress": "from", "egress": "to"}[direction]
    return {tuple(port["port"] for port in rule["ports"]): rule.get(other) for rule in policy[direction]}


def test_the_network_lets_clients_to_the_api_peers_to_the_feed_and_nodes_to_the_channel() -> None:
    own = [
        {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "keytide", "app.kubernetes.io/instance": RELEASE}}}
    ]
    found = rules("ingress", values=THREE_REGIONS)
    assert [selector["namespaceSelector"]["matchLabels"] for selector in found["http",]] == [
        {"kubernetes.io/metadata.name": "ingress-nginx"},
        {"kubernetes.io/metadata.name": "monitoring"},
    ]
    assert (found["channel",], found["feed",]) == (own, None)
    assert ("feed",) not in rules("ingress", values=ALONE)
    assert ("http",) not in rules("ingress", "--set-json", "networkPolicy.clients=[]", values=ALONE)


def test_a_pod_reaches_names_other_nodes_brokers_and_peers_alone() -> None:
    found = rules("egress", values=SEVERAL_NODES)
    assert list(found) == [(53, 53), ("channel",), (8200, 9093, 9094)]
    assert list(rules("egress", values=ALONE)) == [(53, 53), ("channel",)]


def test_a_node_that_is_appended_makes_no_other_one_begin_anew() -> None:
    def template(*arguments: str) -> Any:
        return one("StatefulSet", documents(*arguments, values=SEVERAL_NODES))["spec"]["template"]

    assert template() == template("--set", "nodes={node-1,node-2,node-3,node-4}")
    assert template() != template("--set", "settings.workers=5")


def test_a_card_makes_no_pod_begin_anew() -> None:
    with_card = documents("--set", "peers.us-east-1.card=AAAA", values=THREE_REGIONS)
    without = documents(values=THREE_REGIONS)
    assert one("ConfigMap", with_card, "keytide-cards")["binaryData"] == {"us-east-1": "AAAA"}
    assert one("StatefulSet", with_card) == one("StatefulSet", without)
    (cards,) = (volume["configMap"] for volume in pod(without)["volumes"] if volume["name"] == "cards")
    assert cards["optional"] is True, "what is not there yet keeps no pod from starting"
    assert {item["path"] for item in cards["items"]} == {"us-east-1/card", "ap-southeast-2/card"}


def test_in_maintenance_nothing_runs_and_nothing_is_probed() -> None:
    (container,) = pod(documents("--set", "maintenance=true"))["containers"]
    assert container["command"] == ["sleep", "infinity"]
    assert not [member for member in container if member == "args" or member.endswith("Probe")]


def test_every_node_is_scraped_by_itself() -> None:
    among = documents(values=SEVERAL_NODES)
    selected = one("ServiceMonitor", among)["spec"]["selector"]["matchLabels"]
    found = [d for d in among if d["kind"] == "Service" and selected.items() <= d["metadata"]["labels"].items()]
    assert [service["metadata"]["name"] for service in found] == ["keytide-nodes"]


@pytest.mark.parametrize(
    ("value", "image"),
    [("tag=", "keytide:0.1.0"), ("tag=7", "keytide:7"), (f"digest=sha256:{'0' * 64}", f"keytide@sha256:{'0' * 64}")],
)
def test_the_image_is_that_of_the_version_a_tag_or_a_digest(value: str, image: str) -> None:
    assert pod(documents("--set-string", f"image.{value}"))["containers"][0]["image"] == image


def test_several_releases_share_a_namespace() -> None:
    def names(*arguments: str) -> set[str]:
        return {f"{d['kind']} {d['metadata']['name']}" for d in documents(*arguments, values=SEVERAL_NODES)}

    assert not names() & names("--set", "fullnameOverride=other")
