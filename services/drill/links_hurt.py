"""What is done to the links between regions in a drill. Each is a context that holds the fault until it ends."""

import contextlib
from collections.abc import Iterator

from services.drill.overtaking import promote
from services.drill.stage import Stage


@contextlib.contextmanager
def partition(stage: Stage) -> Iterator[None]:
    stage.site.cut(stage.region)
    try:
        stage.note(f"{stage.region} is cut off")
        yield
    finally:
        stage.site.mend(stage.region)


@contextlib.contextmanager
def slow_link(stage: Stage) -> Iterator[None]:
    stage.site.slow(stage.region)
    try:
        stage.note(f"the links of {stage.region} are slow")
        yield
    finally:
        stage.site.mend(stage.region)


@contextlib.contextmanager
def returning_primary(stage: Stage) -> Iterator[None]:
    """The primary acts on while another takes over, and learns of it when it is back."""
    with partition(stage):
        promote(stage)
        yield
