"""Whether this process traces. Owns that OpenTelemetry is loaded only where it does."""

import os
from typing import TYPE_CHECKING

from services.region_node.settings.settings import NodeSettings
from services.tracing.settings import chosen

if TYPE_CHECKING:
    from services.tracing.tracing import Tracing


def tracing_of(settings: NodeSettings, process: str) -> "Tracing | None":
    """Of the process with this name of the node. Errors: SettingsError."""
    choice = chosen(settings.tracing, os.environ)
    if choice is None:
        return None
    from services.tracing.tracing import Tracing

    return Tracing(choice, settings.region, settings.node, process)
