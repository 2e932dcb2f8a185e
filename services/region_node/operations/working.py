"""How a handler does its cryptography: at once where it is light, by a thread where it is not.

Owns the choice, and what a dry run is. Whatever a handler does here it has prepared before: the key is resolved, its
secret is opened, and what remains touches neither the state nor the vault.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NoReturn, TypeAlias, TypeVar

from services.region_node.call import Call
from services.region_node.operations.types.cryptography import DecryptRequest, ReEncryptRequest
from services.region_node.threads import Weight
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


def ignores_ciphertext(request: DecryptRequest | ReEncryptRequest) -> bool:
    """Whether the request is a dry run that needs no ciphertext."""
    return request.dry_run and "IGNORE_CIPHERTEXT" in request.dry_run_modifiers


def finish_dry_run() -> NoReturn:
    """Errors: DryRunSucceeded."""
    raise DryRunSucceeded(_DRY_RUN)


def _rehearse(respond: Callable[[], object]) -> NoReturn:
    respond()
    finish_dry_run()
