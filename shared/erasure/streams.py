"""The stream of every event about the keys that secrets rest on: the one table. What seals materials is their key's."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.erasure import events as e
from shared.identifiers import domain_stream, key_stream, peer_stream, secret_request_stream

ERASURE_STREAMS: Mapping[type[Any], Callable[[Any], str]] = {
    **dict.fromkeys((e.SealingKeyAnnounced, e.SealingKeyDestroyed), lambda event: peer_stream(event.region)),
    **dict.fromkeys((e.EpochOpened, e.EpochClosed, e.DomainKeyDestroyed), lambda event: domain_stream(event.bucket)),
    **dict.fromkeys(
        (e.SecretRequested, e.SecretRequestAnswered),
        lambda event: secret_request_stream(event.account, event.key_id, event.region),
    ),
    e.SecretRewrapped: lambda event: f"{event.kind}/{event.account}/{event.name}",
    e.SecretSealed: lambda event: key_stream(event.account, event.key_id),
}
