"""Answers to those who wait for their writes."""

import asyncio
from collections.abc import Iterable

from replication.writing.draft import Answer


def answer_all(waiting: Iterable[asyncio.Future[Answer]], verdict: str, text: str) -> None:
    """The same to all: something that has no place in the log."""
    for one in waiting:
        answer_one(one, Answer(verdict, text, 0))


def answer_one(waiting: asyncio.Future[Answer], answer: Answer) -> None:
    if not waiting.done():  # whoever asked may have gone
        waiting.set_result(answer)
