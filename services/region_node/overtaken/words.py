"""What an overtaken change would do, in words for the operator: one table of sentences."""

from collections.abc import Callable, Mapping
from typing import Any

from shared import events as e
from shared.grants.model import Grant
from shared.keys.condensing import events_of
from shared.keys.model import SharedChange

FORGOTTEN = "one of very many changes: read it in the region's shared log"
TOGETHER = "very many changes from {first} on, that can be dropped together: read them in the region's shared log"


def said_of(change: SharedChange, first: int) -> str:
    """One line. Nothing secret stands in it. `first`: the number of the first record that ends with it."""
    told = (_WORDS[type(event)](event) for event in events_of(change) if type(event) in _WORDS)
    return "; ".join(told) or (TOGETHER.format(first=first) if first < change.number and change.since else FORGOTTEN)


def said_of_grant(grant: Grant) -> str:
    return f"gives grant {grant.grant_id[:12]} to {grant.grantee}"


def _settings(event: e.KeySettingsShared) -> str:
    named = event.replicate.split()
    told = [f"{word} as they were there" for word in named] or ["nothing any more"]
    return f"has all regions follow: {', '.join(told)}"


_WORDS: Mapping[type[Any], Callable[[Any], str]] = {
    e.KeyReplicated: lambda event: f"gives the key to {event.replica_region}",
    e.KeyRotationEnabled: lambda event: f"rotates it every {event.period_days} days",
    e.KeyRotationDisabled: lambda _event: "rotates it no more",
    e.KeyRotationStarted: lambda event: f"gives it material {event.materials[0].material_id[:12]} to rotate to",
    e.KeyRotated: lambda event: f"rotates it to material {event.material_id[:12]}",
    e.KeyMaterialImported: lambda event: f"imports material {event.materials[0].material_id[:12]}",
    e.KeyMaterialDeleted: lambda event: f"takes material {event.material_id[:12]} back",
    e.PrimaryRegionUpdated: lambda event: f"makes {event.primary_region} the primary",
    e.KeyPromoted: lambda event: f"makes {event.primary_region} the primary, by force",
    e.KeySettingsShared: _settings,
    e.OvertakenSettled: lambda event: (
        f"{'does again' if event.done_again else 'drops'} change {event.number} of {event.region}"
    ),
}
