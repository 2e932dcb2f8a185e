"""Waiting until a region says that it is ready.

Owns asking /readyz over HTTP until it answers 200.
"""

import asyncio
import contextlib

from services.region_node.settings import Address

BETWEEN_SECONDS = 0.05
ANSWER_SECONDS = 2.0
SHOWN_CHARACTERS = 200


async def until_ready(address: Address) -> None:
    """Wait, without end, until the service at `address` is ready."""
    while await ask_ready(address) is not None:  # noqa: ASYNC110 - another process gets ready, without a sign
        await asyncio.sleep(BETWEEN_SECONDS)


async def ask_ready(address: Address) -> str | None:
    """None when it is ready; else why not, in words."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            status, body = await _get(address, "/readyz")
    except OSError as error:
        return f"does not answer ({type(error).__name__})"
    if status == 200:
        return None
    return body[:SHOWN_CHARACTERS] or f"answers {status}"


async def _get(address: Address, path: str) -> tuple[int, str]:
    reader, writer = await asyncio.open_connection(address.host, address.port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n".encode())
        head, _, body = (await reader.read()).decode(errors="replace").partition("\r\n\r\n")
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    status = head.split(" ", 2)[1:2]
    return (int(status[0]) if status and status[0].isdecimal() else 0), body.strip()
