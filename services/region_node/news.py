"""A sign that something has happened, for everybody who waits at the moment."""

import asyncio


class News:
    """Ask for `next` before looking, and wait for that: what happens between the two is not missed."""

    def __init__(self) -> None:
        self.next = asyncio.Event()

    def tell(self) -> None:
        """Wake whoever waits."""
        self.next.set()
        self.next = asyncio.Event()


async def happens(news: asyncio.Event, seconds: float) -> None:
    """Wait for the news, at most so long."""
    try:
        async with asyncio.timeout(seconds):
            await news.wait()
    except TimeoutError:
        return
