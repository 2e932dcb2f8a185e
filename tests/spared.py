"""Python's collector in a part of the suite: a plugin of pytest's, which `python -m tests` loads into every part.

Owns its settings. The tests of a part are hundreds of thousands of objects that live until its end; looking for cycles
among them, again and again, takes a tenth of what the tests compute.
"""

import gc

from services.processes.collector import spare_the_collector


def pytest_configure() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    gc.enable()
    spare_the_collector()
