"""Stands in for what a region's processes do, so that `keytide up` is tested alone.

Owns the scripted worker, replicator, auditor and bootstrap. Python imports this module at the start of every process
that has its folder in PYTHONPATH; from then on the four names lead here.
"""

import base64
import importlib
import os
import signal
import sys
import types
from typing import Any


def serve(*arguments: Any) -> None:
    importlib.import_module("scripted_answers").serve(*arguments)


def work(*_: Any) -> None:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.pause()


async def create_administrator(settings: Any, _stand_by: Any) -> tuple[str, str, Any, tuple[str, ...]]:
    from shared.secrets import Secret

    former = ("AKIAFORMER",) if (settings.directory / "created").exists() else ()
    return "000000000000", "AKIASCRIPTED", Secret(base64.b64encode(b"scripted")), former


def stand_in(name: str, **members: Any) -> None:
    module = types.ModuleType(name)
    vars(module).update(members)
    sys.modules[name] = module


stand_in("services.region_node.worker.worker", main=serve)
stand_in("services.region_node.replicator.process", main=work)
stand_in("services.audit.auditor_process", main=work)
stand_in("services.region_node.operator.bootstrap", create_administrator=create_administrator)
