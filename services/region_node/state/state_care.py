"""What becomes of a state that cannot be read: it is set aside, and the log gives it again.

Owns the suspicion (kept in a file, for it may be the last act of the process that met the damage), the proof, and the
setting aside. Nobody has the state open then: the supervisor does it before it starts its children. Neither the log nor
the keys are ever touched, and where the log cannot be opened either, nothing is; only a state whose building was broken
off goes at once, for nobody was ever served from it.

A file that is shorter than its own count of pages need not be damaged: LMDB may never have written pages at the end
that it had already freed. So reading it through decides, in a process of its own, which a damaged file may end.
"""

import logging
import shutil
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import lmdb

from replication.log.embedded_environment import EmbeddedEnvironment
from replication.log.embedded_log import LIMIT_BYTES
from replication.log.event_log import LogError
from replication.sharing.publication import local_log
from replication.state.lmdb_store import LmdbStore
from replication.state.state_store import TABLES, StoreFailed
from replication.state.unsettled import is_unsettled
from services.processes.child import describe_exit
from services.processes.command_line import keytide_environment
from services.region_node.settings.settings import NodeSettings

STATE_FILE = "data.mdb"
SUSPICION_FILE = "state.suspected"
ASIDE = "state.damaged-"
ASIDE_MOST = 2
"""States that are kept aside; older ones go."""

log = logging.getLogger(__name__)


def suspect(settings: NodeSettings, damage: str = "") -> None:
    """Have the state looked at before the node's children start again. `damage`, where known, needs no proof."""
    with suppress(OSError):  # without it the state is met damaged again
        _suspicion(settings).write_text(damage)


def is_suspected(settings: NodeSettings) -> bool:
    return _suspicion(settings).exists()


def care_for_state(settings: NodeSettings) -> bool:
    """Set the state aside where it is damaged. No process may have it open. True: it was looked at, and can be read."""
    directory, damage = settings.state_directory, ""
    if is_unsettled(directory):
        log.warning("the building of the state was broken off; it is built again from the log")
        shutil.rmtree(directory)
    looks = (directory / STATE_FILE).exists() and (is_suspected(settings) or _may_be_cut(directory))
    if looks:
        damage = _known_damage(settings) or unreadable(directory)
        if damage:
            _set_aside(settings, damage)
        else:
            log.info("the state was looked at and can be read")
    _suspicion(settings).unlink(missing_ok=True)
    return looks and not damage


def unreadable(directory: Path) -> str:
    """Why the state cannot be read through, or "". Blocks for as long as reading takes."""
    command = (sys.executable, "-P", "-m", "services.region_node.state.state_care", str(directory))
    environment = keytide_environment(opens_keys=False)
    reading = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if reading.returncode == 0:
        return ""
    said = reading.stderr.strip().splitlines()
    return said[-1] if said and reading.returncode > 0 else f"reading it {describe_exit(reading.returncode)}"


def _known_damage(settings: NodeSettings) -> str:
    return _suspicion(settings).read_text() if is_suspected(settings) else ""


def _may_be_cut(directory: Path) -> bool:
    """Whether pages are missing at the file's end, or its first pages are not LMDB's."""
    try:
        with closing(lmdb.open(str(directory), readonly=True, create=False, lock=False)) as environment:
            pages, page_bytes = environment.info()["last_pgno"] + 1, environment.stat()["psize"]
    except lmdb.Error:
        return True
    return (directory / STATE_FILE).stat().st_size < pages * page_bytes


def _set_aside(settings: NodeSettings, damage: str) -> None:
    if obstacle := _log_obstacle(settings):
        extra = {"state": damage, "log": obstacle}
        log.error("the state is damaged, and the log cannot give it again: nothing was touched", extra=extra)
        return
    directory = settings.state_directory
    aside = directory.with_name(f"{ASIDE}{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}")
    directory.rename(aside)
    extra = {"damage": damage, "kept": str(aside)}
    log.error("the state is damaged and was set aside; it is built again from the log", extra=extra)
    for old in sorted(directory.parent.glob(f"{ASIDE}*"))[:-ASIDE_MOST]:
        shutil.rmtree(old)


def _log_obstacle(settings: NodeSettings) -> str:
    """Why an embedded log cannot be opened, or "". Of Kafka the replicator will say it."""
    if settings.log != "embedded":
        return ""
    names = {local_log(settings.region): settings.partitions}
    try:
        EmbeddedEnvironment.open(settings.log_directory, names, readonly=True, limit_bytes=LIMIT_BYTES).close()
    except LogError as error:
        return str(error)
    return ""


def _suspicion(settings: NodeSettings) -> Path:
    return settings.directory / SUSPICION_FILE


def _read_through(directory: Path) -> None:
    """Touch every row. Errors: StoreFailed; on damage the process may also end here."""
    with closing(LmdbStore(directory, writer=False)) as store, store.read() as snapshot:
        for table in TABLES:
            for _ in snapshot.scan(table, b"", b""):
                pass


if __name__ == "__main__":
    try:
        _read_through(Path(sys.argv[1]))
    except StoreFailed as failed:
        sys.exit(str(failed))
