"""How a handler does its cryptography: at once where it is light, by a thread where it is not, or by another machine.

Owns the choice, and what a dry run is. Whatever a handler does here it has prepared before: the key is resolved, its
secret is opened, and what remains touches neither the state nor the vault.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple, NoReturn, TypeAlias, TypeVar

from services.region_node.operations.types.cryptography import DecryptRequest, ReEncryptRequest
from services.region_node.operations.weights import heaviest
from services.region_node.requests.call import Call
from services.region_node.worker.threads import Weight
from shared.errors import DryRunSucceeded

Response = TypeVar("Response", bound=tuple[Any, ...])
Eventual: TypeAlias = Response | Awaitable[Response]
"""A handler's response, now or later."""

_DRY_RUN = "The request would have succeeded, but the DryRun option is set."


def perform(call: Call, weight: Weight, respond: Callable[[], Response], *, dry_run: bool) -> Eventual[Response]:
    """What `respond` returns. In a dry run it is called too, so that everything wrong shows.

    Errors: those of `respond`; DryRunSucceeded; Throttled where the threads have too much to do.
    """
    work = partial(_rehearse, respond) if dry_run else respond
    return work() if weight is Weight.LIGHT else call.threads.run(weight, work)


class Here(NamedTuple):
    """A transformation that the worker does itself, as heavy as `weight`."""

    weight: Weight
    transform: Callable[[bytes], bytes]


class Elsewhere(NamedTuple):
    """A transformation that another machine takes part in."""

    transform: Callable[[bytes], Awaitable[bytes]]


Cipher: TypeAlias = Here | Elsewhere


def transform(
    call: Call, cipher: Cipher, data: bytes, respond: Callable[[bytes], Response], *, dry_run: bool
) -> Eventual[Response]:
    """What `respond` makes of the transformed `data`. Errors: those of `perform` and of `cipher`."""
    if isinstance(cipher, Here):
        change = cipher.transform
        return perform(call, cipher.weight, lambda: respond(change(data)), dry_run=dry_run)
    return _transform_elsewhere(cipher, data, respond, dry_run=dry_run)


async def _transform_elsewhere(
    cipher: Elsewhere, data: bytes, respond: Callable[[bytes], Response], *, dry_run: bool
) -> Response:
    response = respond(await cipher.transform(data))
    if dry_run:
        finish_dry_run()
    return response


def chained(call: Call, first: Cipher, second: Cipher) -> Cipher:
    """`first`, and `second` of what it gives."""
    if isinstance(first, Here) and isinstance(second, Here):
        inner, outer = first.transform, second.transform
        return Here(heaviest(first.weight, second.weight), lambda data: outer(inner(data)))

    async def both(data: bytes) -> bytes:
        return await _transformed(call, second, await _transformed(call, first, data))

    return Elsewhere(both)


async def _transformed(call: Call, cipher: Cipher, data: bytes) -> bytes:
    if isinstance(cipher, Here):
        return await call.threads.run(cipher.weight, partial(cipher.transform, data))
    return await cipher.transform(data)


def ignores_ciphertext(request: DecryptRequest | ReEncryptRequest) -> bool:
    """Whether the request is a dry run that needs no ciphertext."""
    return request.dry_run and "IGNORE_CIPHERTEXT" in request.dry_run_modifiers


def finish_dry_run() -> NoReturn:
    """Errors: DryRunSucceeded."""
    raise DryRunSucceeded(_DRY_RUN)


def _rehearse(respond: Callable[[], object]) -> NoReturn:
    respond()
    finish_dry_run()
