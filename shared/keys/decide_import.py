"""What happens when a client brings key material of its own, or takes it away again, and when it expires.

Owns the decisions about imported material. Each region of a multi-region key imports for itself: the primary says which
material there is, and a replica takes no other. The secret stays in its region; ids and descriptions are shared.
Source: AWS KMS Developer Guide, "Importing key material" and "Importing key material into multi-Region keys".
"""

from shared.decision import Decision, StateView
from shared.errors import NotFound
from shared.events import KeyMaterialDeleted, KeyMaterialImported, ReplicaMaterialImported
from shared.identifiers import key_stream
from shared.keys.commands import DeleteImportedKeyMaterial, ImportKeyMaterial, KeyName
from shared.keys.expiry import expiries
from shared.keys.importable import require_importable, symmetric_alone
from shared.keys.lifecycle import require
from shared.keys.lookup import arn_of, held_key
from shared.keys.model import Key, KeyMaterial
from shared.keys.specs import SYMMETRIC_DEFAULT


def import_key_material(command: ImportKeyMaterial, view: StateView) -> Decision:
    """The answer is the material's id. Errors: NotFound; those of the key's state; those of `require_importable`."""
    key = held_key(view, command.key)
    require("ImportKeyMaterial", key, arn_of(command.key))
    require_importable(command, key)
    known = key.material(command.material.material_id)
    pending = key.has_current_material if known is None or _comes_back(key, known, command) else known.pending
    imported = KeyMaterialImported(
        key.account, key.key_id, (command.material,), pending, command.valid_to, command.description
    )
    return Decision((imported,), _told(key, command.key.region, imported), answer=command.material.material_id)


def _comes_back(key: Key, known: KeyMaterial, command: ImportKeyMaterial) -> bool:
    """Whether what a promotion has overtaken is imported as new material."""
    return known.overtaken and command.key.region == key.primary_region


def _told(
    key: Key, region: str, imported: KeyMaterialImported
) -> tuple[KeyMaterialImported | ReplicaMaterialImported, ...]:
    """What the other regions hear: of the primary, which material there is; of a replica, that it has it now."""
    if not key.is_multi_region:
        return ()
    (material,) = imported.materials
    if region == key.primary_region:
        return (imported._replace(materials=(material._replace(wrapped=None),), valid_to=None),)
    known = key.material(material.material_id)
    if known is None or not known.pending:
        return ()
    return (ReplicaMaterialImported(key.account, key.key_id, region, known.material_id, known.created_at),)


def delete_imported_key_material(command: DeleteImportedKeyMaterial, view: StateView) -> Decision:
    """Nothing happens where it is gone already. The answer is the material's id, "" where there never was any.

    Errors: NotFound, also for an unknown material; those of the key's state; ValidationFailed.
    """
    key = held_key(view, command.key)
    require("DeleteImportedKeyMaterial", key, arn_of(command.key))
    material = _to_delete(command, key)
    if material is None:
        return Decision(())
    event = KeyMaterialDeleted(key.account, key.key_id, material.material_id)
    shared = _shared(key, command.key.region, (event,))
    events = (event,) if material.wrapped is not None or shared else ()
    return Decision(events, shared, answer=material.material_id)


def _to_delete(command: DeleteImportedKeyMaterial, key: Key) -> KeyMaterial | None:
    if command.material_id is None:
        return key.current_material if key.has_current_material else None
    if key.spec != SYMMETRIC_DEFAULT:
        raise symmetric_alone("KeyMaterialId")
    material = key.material(command.material_id)
    if material is None:
        raise NotFound(f"Key material '{command.material_id}' of KMS key {arn_of(command.key)} does not exist")
    return material


def expire_material(name: KeyName, view: StateView, now: int) -> Decision:
    """Everything of the key that has expired by `now` and is not recorded as gone yet."""
    recorded = view.state(key_stream(name.account, name.key_id))
    if not isinstance(recorded, Key):
        return Decision(())
    events = expiries(recorded, now)
    return Decision(events, _shared(recorded, name.region, events))


def _shared(key: Key, region: str, events: tuple[KeyMaterialDeleted, ...]) -> tuple[KeyMaterialDeleted, ...]:
    """The primary takes pending material back for all regions; everything else goes in one region alone."""
    pending = key.pending_material
    if pending is None or key.primary_region != region:
        return ()
    return tuple(event for event in events if event.material_id == pending.material_id)
