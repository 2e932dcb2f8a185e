"""A real Kubernetes API server on loopback: etcd, kube-apiserver, kube-controller-manager.

Owns their start and end. It validates, defaults and stores what a chart renders, and its controllers make the pods,
which admission may refuse. There is no scheduler and no kubelet: no pod ever runs.
"""

import json
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from services.local_kafka import tied_to_parent
from shared.crypto.entropy import random_bytes
from tests.chart.tools import Refused, run, tools
from tests.running import free_port, wait_until

START_SECONDS: Final = 90.0
LOOPBACK: Final = "127.0.0.1"
SERVICE_MONITOR: Final = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "servicemonitors.monitoring.coreos.com"},
    "spec": {
        "group": "monitoring.coreos.com",
        "names": {"kind": "ServiceMonitor", "plural": "servicemonitors"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}
"""The kind that the Prometheus operator brings, without its rules."""


class Cluster:
    """`folder`: an empty one, for everything that it writes."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._bin = folder, tools()
        self._etcd, self._peers, self._api, self._controllers = (free_port() + number for number in range(4))
        self._processes = ExitStack()
        self._environment = {"KUBECONFIG": str(folder / "kubeconfig"), "HELM_CACHE_HOME": str(folder / "helm")}

    def start(self) -> None:
        """Raises AssertionError with what a process has said that has ended."""
        self._write_credentials()
        self._run("etcd", *self._etcd_arguments())
        server = self._run("kube-apiserver", *self._server_arguments())
        wait_until(lambda: self._answers(server), "the API server answers", START_SECONDS)
        self._run("kube-controller-manager", *self._controller_arguments())
        self.apply(SERVICE_MONITOR)

    def stop(self) -> None:
        """The last one first: without etcd the API server does not end by itself."""
        self._processes.close()

    def kubectl(self, *arguments: str, given: str = "") -> str:
        """Errors: Refused."""
        return run((str(self._bin / "kubectl"), *arguments), given, **self._environment)

    def helm(self, *arguments: str) -> str:
        """Errors: Refused."""
        return run((str(self._bin / "helm"), *arguments), **self._environment)

    def apply(self, *objects: dict[str, Any]) -> None:
        for one in objects:
            self.kubectl("apply", "--filename", "-", given=json.dumps(one))

    def restricted(self, namespace: str) -> "Namespace":
        """A new namespace, in which Pod Security admits restricted pods alone."""
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": labels}})
        return Namespace(self, namespace)

    def _run(self, name: str, *arguments: str) -> "subprocess.Popen[bytes]":
        output = self._processes.enter_context((self._folder / f"{name}.log").open("wb"))
        command = tied_to_parent.command((str(self._bin / name), *arguments))
        process = subprocess.Popen(command, cwd=self._folder, stdin=subprocess.PIPE, stdout=output, stderr=output)
        self._processes.callback(process.wait)
        assert process.stdin is not None
        self._processes.callback(process.stdin.close)
        return process

    def _answers(self, server: "subprocess.Popen[bytes]") -> bool:
        assert server.poll() is None, (self._folder / "kube-apiserver.log").read_text()[-3000:]
        try:
            return self.kubectl("get", "--raw", "/readyz") == "ok"
        except Refused:
            time.sleep(0.2)
            return False

    def _write_credentials(self) -> None:
        key = generate_private_key(SECP256R1()).private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        )
        (self._folder / "accounts.key").write_bytes(key)
        token = random_bytes(16).hex()
        (self._folder / "tokens.csv").write_text(f"{token},admin,admin,system:masters\n")
        address = {"server": f"https://{LOOPBACK}:{self._api}", "insecure-skip-tls-verify": True}
        kubeconfig = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "local", "cluster": address}],
            "users": [{"name": "admin", "user": {"token": token}}],
            "contexts": [{"name": "local", "context": {"cluster": "local", "user": "admin"}}],
            "current-context": "local",
        }
        (self._folder / "kubeconfig").write_text(json.dumps(kubeconfig))

    def _etcd_arguments(self) -> Sequence[str]:
        clients, peers = f"http://{LOOPBACK}:{self._etcd}", f"http://{LOOPBACK}:{self._peers}"
        return (
            "--data-dir=etcd",
            "--unsafe-no-fsync",
            f"--listen-client-urls={clients}",
            f"--advertise-client-urls={clients}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=default={peers}",
        )

    def _server_arguments(self) -> Sequence[str]:
        return (
            f"--etcd-servers=http://{LOOPBACK}:{self._etcd}",
            f"--bind-address={LOOPBACK}",
            f"--secure-port={self._api}",
            "--cert-dir=certificates",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--endpoint-reconciler-type=none",
            "--authorization-mode=RBAC",
            "--token-auth-file=tokens.csv",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-key-file=accounts.key",
            "--service-account-signing-key-file=accounts.key",
        )

    def _controller_arguments(self) -> Sequence[str]:
        return (
            "--kubeconfig=kubeconfig",
            "--leader-elect=false",
            f"--bind-address={LOOPBACK}",
            f"--secure-port={self._controllers}",
            "--cert-dir=certificates",
            "--service-account-private-key-file=accounts.key",
        )


class Namespace:
    """What is asked in one namespace."""

    def __init__(self, cluster: Cluster, name: str) -> None:
        self._cluster, self.name = cluster, name

    def kubectl(self, *arguments: str, given: str = "") -> str:
        """Errors: Refused."""
        return self._cluster.kubectl("--namespace", self.name, *arguments, given=given)

    def helm(self, *arguments: str) -> str:
        """Errors: Refused."""
        return self._cluster.helm("--namespace", self.name, *arguments)

    def names(self, kind: str) -> set[str]:
        return set(self.kubectl("get", kind, "--output", "jsonpath={.items[*].metadata.name}").split())

    def get(self, kind: str, name: str) -> Any:
        """Errors: Refused."""
        return json.loads(self.kubectl("get", kind, name, "--output", "json"))
