"""The round of the delivery, put together for a node's auditor."""

from collections.abc import Awaitable, Callable
from functools import partial

from services.audit.delivery.delivery_round import DeliveryRound
from services.audit.delivery.digest_keys import Announcing
from services.audit.delivery.progress import ProgressFile
from services.audit.delivery.stores import store_of
from services.audit.delivery_settings import DeliverySettings
from services.audit.trail.books import TrailBooks
from services.audit.trail.trail import Trail
from services.region_node.keys.region_keys import RegionKeys
from services.region_node.settings.settings import NodeSettings

PROGRESS = "delivered"


def delivery_round(
    delivery: DeliverySettings,
    settings: NodeSettings,
    keys: RegionKeys,
    trail: Trail,
    append: Callable[[bytes], Awaitable[None]],
    now: Callable[[], int],
) -> DeliveryRound:
    """Of the one node of a region whose settings have `audit.delivery`."""
    placed = delivery.placed(settings.directory)
    progress = ProgressFile(settings.trail_directory.parent / PROGRESS)
    announced = Announcing(keys.cabinet, TrailBooks(settings.trail_directory), append, now)
    return DeliveryRound(placed, settings.region, trail, progress, partial(store_of, placed), announced, now)
