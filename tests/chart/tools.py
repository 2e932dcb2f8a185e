"""Helm and kubectl as processes, and the chart as Helm renders it.

Owns where they are, and what is said where they are not. Without `KEYTIDE_TEST_KUBERNETES` the tests skip and say so;
with `required` they fail where the tools can be had neither from the cache nor by building them (`charts/prepare`).
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.running import ROOT

CHART: Final = ROOT / "charts" / "keytide"
EXAMPLES: Final = sorted((CHART / "examples").glob("*.yaml"))
ALONE, SEVERAL_NODES, THREE_REGIONS = EXAMPLES
RELEASE: Final = "keytide"
NAMESPACE: Final = "keys"


@cache
def tools() -> Path:
    """The folder of the binaries."""
    if "KEYTIDE_TEST_KUBERNETES" not in os.environ:
        pytest.skip("the chart is NOT TESTED here: make chart does it")
    return Path(run([str(ROOT / "charts" / "prepare")]).strip())


def run(command: Sequence[str], given: str = "", **environment: str) -> str:
    """What it prints. Raises Refused with what it says where it fails."""
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    if done.returncode != 0:
        raise Refused(done.stderr or done.stdout)
    return done.stdout


class Refused(Exception):
    """Helm or the API server has refused something; the message is all that was said."""


def rendered(*arguments: str, values: Path = ALONE) -> str:
    """The manifests, as Helm makes them without a cluster. `arguments`: of `helm template`. Errors: Refused."""
    place = ("template", RELEASE, str(CHART), "--namespace", NAMESPACE, "--values", str(values))
    return run((str(tools() / "helm"), *place, *arguments))


def documents(*arguments: str, values: Path = ALONE) -> list[dict[str, Any]]:
    """The same, taken apart."""
    return [document for document in yaml.safe_load_all(rendered(*arguments, values=values)) if document]


def one(kind: str, among: Sequence[dict[str, Any]], name: str = "") -> Any:
    """The only document of a kind, or the one of this name."""
    (found,) = (document for document in among if document["kind"] == kind and _has_name(document, name))
    return found


def pod(among: Sequence[dict[str, Any]]) -> Any:
    """The specification of the nodes' pods."""
    return one("StatefulSet", among)["spec"]["template"]["spec"]


def settings_files(among: Sequence[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """By pod."""
    for name, text in one("ConfigMap", among, f"{RELEASE}-settings")["data"].items():
        yield name.removesuffix(".json"), text


def _has_name(document: dict[str, Any], name: str) -> bool:
    return name in ("", document["metadata"]["name"])
