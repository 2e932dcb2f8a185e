"""Values that the chart takes and refuses: each refusal names the value and says what is wrong with it."""

from pathlib import Path

import pytest

from tests.chart.tools import ALONE, CHART, EXAMPLES, THREE_REGIONS, Refused, rendered, run, tools

REFUSED = (
    (ALONE, "region=Europe", "'/region': 'Europe' does not match pattern"),
    (ALONE, "regoin=eu-west-1", "additional properties 'regoin' not allowed"),
    (ALONE, "nodes={node-1,node-1}", "'/nodes': items at 0 and 1 are equal"),
    (ALONE, "nodes={Node_1}", "'/nodes/0': 'Node_1' does not match pattern"),
    (ALONE, "nodes={node-1,node-2}", "nodes: more than one need kafka"),
    (ALONE, "kafka.user_name=keytide", "missing property 'bootstrap'"),
    (ALONE, "kafka.bootstrap=kafka-1", "'/kafka/bootstrap': 'kafka-1' does not match pattern"),
    (ALONE, "kafka.replicas=3", "additional properties 'replicas' not allowed"),
    (THREE_REGIONS, "kafka.security_protocol=TLS", "'/kafka/security_protocol': value must be one of"),
    (ALONE, "kafka.bootstrap=k:1,kafka.password_file=p", "kafka.secret is not set"),
    (THREE_REGIONS, "peers.us-east-1.kafka.user_name=u", "'/peers/us-east-1/kafka': missing property 'bootstrap'"),
    (
        THREE_REGIONS,
        "peers.us-east-1.kafka.bootstrap=k:1,peers.us-east-1.kafka.password_file=p",
        "peers.us-east-1.kafka.secret is not set",
    ),
    (
        ALONE,
        "peers.eu-west-1.feeds[0].host=h,peers.eu-west-1.feeds[0].port=1",
        "peers: eu-west-1 is this region itself",
    ),
    (ALONE, "peers.us-east-1.card=AAAA", "at '/peers/us-east-1': 'anyOf' failed"),
    (THREE_REGIONS, "peers.us-east-1.card=no base64", "'/peers/us-east-1/card': 'no base64' does not match pattern"),
    (THREE_REGIONS, "peers.us-east-1.feeds[0].port=0", "'/peers/us-east-1/feeds/0/port': minimum: got 0, want 1"),
    (ALONE, "settings.worker=2", "'/settings': additional properties 'worker' not allowed"),
    (ALONE, "settings.workers=two", "'/settings/workers': got string, want integer"),
    (ALONE, "settings.log=embedded", "'/settings': additional properties 'log' not allowed"),
    (ALONE, "ingress.enabled=true,ingress.host=kms.example.com", "'/ingress/tlsSecret': minLength: got 0, want 1"),
    (ALONE, "volumes.keys.size=large", "'/volumes/keys/size': 'large' does not match pattern"),
    (ALONE, "image.digest=latest", "'/image/digest': 'latest' does not match pattern"),
    (ALONE, "service.type=ExternalName", "'/service/type': value must be one of"),
    (ALONE, "root.passphrase=open sesame", "'/root': additional properties 'passphrase' not allowed"),
)


@pytest.mark.parametrize(("example", "value", "said"), REFUSED, ids=[value for _, value, _ in REFUSED])
def test_a_wrong_value_is_refused_by_its_name(example: Path, value: str, said: str) -> None:
    with pytest.raises(Refused) as refused:
        rendered("--set", value, values=example)
    assert said in str(refused.value)


def test_a_release_says_which_region_it_is() -> None:
    with pytest.raises(Refused, match="'/region': ''"):
        run((str(tools() / "helm"), "template", "keytide", str(CHART)))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_without_a_blemish(example: Path) -> None:
    said = run((str(tools() / "helm"), "lint", "--strict", "--quiet", str(CHART), "--values", str(example)))
    assert said.strip() == ""


def test_an_older_kubernetes_is_refused() -> None:
    with pytest.raises(Refused, match="incompatible with Kubernetes"):
        rendered("--kube-version", "1.29.0")
