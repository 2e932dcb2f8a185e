"""How a bug is planted: one place of the real code is another while a block runs.

Owns the two ways. A method is replaced in its class; a function is given another's code, so that whoever has imported
it, or has it in a table, runs that: its names are then those of the module in which the bug is planted.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import FunctionType
from typing import Any, NamedTuple
from unittest.mock import patch

Planting = Callable[[], AbstractContextManager[Any]]


class Mutant(NamedTuple):
    """`says`: what the program does wrong; `plant`: does it while the context lasts.

    `worlds`: where it can show at all; none for everywhere.
    """

    says: str
    plant: Planting
    worlds: tuple[str, ...] = ()


def method(owner: type, name: str, by: Callable[..., Any]) -> Planting:
    return lambda: patch.object(owner, name, by)


@contextmanager
def _code(function: Callable[..., Any], by: Callable[..., Any]) -> Iterator[None]:
    if not isinstance(function, FunctionType) or not isinstance(by, FunctionType):
        raise TypeError("only functions have code to change")
    original, function.__code__ = function.__code__, by.__code__
    try:
        yield
    finally:
        function.__code__ = original


def code(function: Callable[..., Any], by: Callable[..., Any]) -> Planting:
    return lambda: _code(function, by)


def both(*plantings: Planting) -> Planting:
    @contextmanager
    def plant() -> Iterator[None]:
        with ExitStack() as stack:
            for planting in plantings:
                stack.enter_context(planting())
            yield

    return plant
