"""The machines of a runbook: one a region, and the desk at which somebody sits.

Owns what stands for them. A machine is a folder in which its absolute paths lie (`/etc`, `/var`, …), an address of its
own in the loopback network (so that ports are those of the page), and one shell that goes on from command to command.
`keytide` is this checkout's; `systemctl` and `scp` are stand-ins that start processes and copy files between the
folders. There is no TLS in front of the API: `https://kms.REGION.example.com` is the node's own port.
"""

import os
import random
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from tests.runbooks.console import DESK, EACH, Command, File
from tests.runbooks.shell import Ended, Shell
from tests.running import ALONE, ROOT, THREE_REGIONS, all_processes

SHIMS: Final = Path(__file__).parent / "stand_ins"
PROGRAM: Final = Path(__file__).parent / "keytide"
VERSIONS: Final = ("1.0", "1.1")
"""That the machines have under /opt: both are this checkout."""
FOLDERS: Final = (
    *("etc/keytide", "etc/systemd/system", "mnt/safe", "opt", "root", "run", "srv"),
    *("var/backups", "var/lib", "var/log"),
)
_PATH: Final = re.compile(r"(?<![\w.:/~-])/(?=(?:etc|mnt|opt|root|run|srv|var)/)")


class Machine:
    """One of them; the desk is one, too."""

    def __init__(self, name: str, folder: Path, addresses: Mapping[str, str]) -> None:
        self.name, self.folder = name, folder
        self._addresses = addresses
        self._make_folders()
        self._shell = Shell(folder / "root", self._environment())

    def here(self, text: str) -> str:
        """A page's text with the addresses and paths of this machine."""
        for page, own in self._addresses.items():
            text = text.replace(page, own)
        return _PATH.sub(f"{self.folder}/", text)

    def place(self, file: File) -> None:
        """Write a file of the page."""
        path = self.folder / file.path.replace("~", "root").lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.here(file.content))

    def run(self, command: str) -> Ended:
        """Type it, and wait for its end. The output has the page's paths. Raises TimeoutError."""
        status, output = self._shell.run(self.here(command))
        return Ended(status, output.replace(str(self.folder), ""))

    def close(self) -> None:
        """End the shell, and all that was started on the machine."""
        folder = str(self.folder)
        for process in all_processes():
            if folder in process.command_line or process.group == self._shell.group:
                with suppress(ProcessLookupError):
                    os.kill(process.number, signal.SIGKILL)
        self._shell.close()

    def _make_folders(self) -> None:
        for folder in FOLDERS:
            (self.folder / folder).mkdir(parents=True)
        for version in VERSIONS:
            program = self.folder / f"opt/keytide-{version}/bin"
            program.mkdir(parents=True)
            shutil.copy(PROGRAM, program)

    def _environment(self) -> dict[str, str]:
        path = [str(SHIMS), str(self.folder / "opt/keytide/bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
        own = {
            "PATH": os.pathsep.join(path),
            "HOME": str(self.folder / "root"),
            "MACHINES": str(self.folder.parent),
            "MACHINE": str(self.folder),
            "REGION": self.name,
            "KEYTIDE_DIRECTORY": str(self.folder / "var/lib/keytide"),
            "STAND_IN_PYTHON": sys.executable,
            "PYTHONPATH": str(ROOT),
        }
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "KEYTIDE_"))}
        return {**inherited, **ALONE, **own}


class Machines:
    """All of them."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="kt"))  # a socket's path may be 103 bytes long
        network = random.randrange(10, 250)
        own = {region: f"127.{network}.{number}.1" for number, region in enumerate(THREE_REGIONS, 1)}
        sites = {f"10.0.{number}.1": address for number, address in enumerate(own.values(), 1)}
        sites |= {f"https://kms.{region}.example.com": f"http://{address}:8100" for region, address in own.items()}
        self._machines = {
            name: Machine(name, self._folder / name, {"127.0.0.1": own.get(name, "127.0.0.1"), **sites})
            for name in (*THREE_REGIONS, DESK)
        }

    def named(self, name: str) -> list[Machine]:
        """The one of this name, or each region's."""
        return [self._machines[one] for one in (THREE_REGIONS if name == EACH else (name,))]

    def place(self, file: File) -> None:
        """Where the page says, on each machine that it says."""
        for machine in self.named(file.machine):
            machine.place(file)

    def run(self, command: Command) -> list[tuple[Machine, Ended]]:
        """How it has ended, where it was typed: on several machines at once."""
        machines = self.named(command.machine)
        with ThreadPoolExecutor() as pool:
            return list(zip(machines, pool.map(lambda machine: machine.run(command.text), machines), strict=True))

    def close(self) -> None:
        for machine in self._machines.values():
            machine.close()
        shutil.rmtree(self._folder)
