"""The secrets of this region that an event carries, wrapped.

Owns which events carry any, what each is bound to, and how they are exchanged for the same under another domain key.
"""

from collections.abc import Callable, Iterator

from services.region_node.keys.vault import access_key_binding, key_store_binding, material_binding
from shared.events import AccessKeyCreated, Event, WithMaterials
from shared.key_stores.events import KeyStoreCreated, KeyStoreUpdated

Exchange = Callable[[str, str, bytes], bytes]
"""(account, binding, wrapped): what is to stand in its place."""


def wrapped_in(event: Event) -> Iterator[bytes]:
    """Every wrapped secret of the event."""
    if isinstance(event, WithMaterials):
        yield from (material.wrapped for material in event.materials if material.wrapped is not None)
    elif isinstance(event, AccessKeyCreated | KeyStoreCreated | KeyStoreUpdated) and event.wrapped is not None:
        yield event.wrapped


def exchanged(event: Event, exchange: Exchange) -> Event:
    """The event with another form of each of its secrets."""
    if isinstance(event, WithMaterials):
        materials = tuple(
            material
            if material.wrapped is None
            else material._replace(
                wrapped=exchange(
                    event.account,
                    material_binding(event.account, event.key_id, material.material_id),
                    material.wrapped,
                )
            )
            for material in event.materials
        )
        return event._replace(materials=materials)
    if isinstance(event, AccessKeyCreated) and event.wrapped is not None:
        binding = access_key_binding(event.account, event.access_key_id)
        return event._replace(wrapped=exchange(event.account, binding, event.wrapped))
    if isinstance(event, KeyStoreCreated | KeyStoreUpdated) and event.wrapped is not None:
        binding = key_store_binding(event.account, event.key_store_id)
        return event._replace(wrapped=exchange(event.account, binding, event.wrapped))
    return event
