"""What is killed in a drill: a region, a broker. Each is a context that holds the fault until it ends."""

import contextlib
from collections.abc import Iterator

from services.drill.overtaking import promote
from services.drill.stage import Stage


@contextlib.contextmanager
def region_loss(stage: Stage) -> Iterator[None]:
    """All of the region's processes die at once; what goes on elsewhere takes over."""
    stage.site.lose(stage.region)
    try:
        stage.note(f"{stage.region} is lost")
        promote(stage)
        yield
    finally:
        stage.site.bring_back(stage.region)


@contextlib.contextmanager
def broker_loss(stage: Stage) -> Iterator[None]:
    stage.site.kill_broker(stage.region)
    try:
        stage.note(f"the broker of {stage.region} is killed")
        yield
    finally:
        stage.site.bring_back_broker(stage.region)
