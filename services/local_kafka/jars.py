"""Kafka's jars, resolved once by Maven into a cache folder outside the source tree.

Owns the version, the folder and the complaint about a missing tool.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from services.plain_fault import PlainFault
from services.processes.cache import cache_folder
from services.processes.command_line import bare_environment

HERE: Final = Path(__file__).resolve().parent
COPY_DEPENDENCIES: Final = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
PACKAGE_OF: Final = {"java": "openjdk-17-jre-headless", "mvn": "maven"}
POM_NAMESPACE: Final = "{http://maven.apache.org/POM/4.0.0}"


class MissingTool(PlainFault):
    """A program that the broker needs is not installed, or could not do its work; the message says what to install."""


def require_tool(name: str) -> str:
    """The path of the program. Errors: MissingTool."""
    found = shutil.which(name)
    if found is None:
        raise MissingTool(f"a Kafka broker needs `{name}`: install {PACKAGE_OF[name]}")
    return found


def version() -> str:
    """The version of Kafka that pom.xml names."""
    pom = ElementTree.parse(HERE / "pom.xml")  # noqa: S314 - our own file
    found = pom.findtext(f".//{POM_NAMESPACE}kafka.version")
    if found is None:
        raise ValueError("pom.xml names no kafka.version")
    return found


def jars() -> Path:
    """The folder that holds Kafka's jars, resolved (about 55 MB) when it is not there yet. Errors: MissingTool."""
    folder = cache_folder(f"kafka-{version()}")
    if not folder.exists():
        _resolve(folder)
    return folder


def _resolve(folder: Path) -> None:
    """Resolve into a folder beside, then rename: what exists is complete, also when two do it at the same time."""
    maven = require_tool("mvn")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="resolving-") as beside:
        fresh = Path(beside) / "jars"
        arguments = ["-q", "-B", "-f", str(HERE / "pom.xml"), COPY_DEPENDENCIES]
        scope = ["-DincludeScope=runtime", f"-DoutputDirectory={fresh}"]
        command, environment = [maven, *arguments, *scope], bare_environment()
        finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if finished.returncode != 0:
            raise MissingTool(f"Maven could not resolve Kafka's jars:\n{finished.stdout[-2000:]}")
        if not folder.exists():
            fresh.rename(folder)
