"""Which material a client may bring to which key: new, or known to it.

Owns the refusals. Symmetric keys take new material after their first, one at a time, until a rotation makes it current;
the material of every other key is fixed for ever. Source: AWS KMS API reference, ImportKeyMaterial.
"""

from shared.errors import IncorrectKeyMaterial, InvalidKeyState, ValidationFailed
from shared.keys.commands import ImportKeyMaterial
from shared.keys.decide_primary import require_not_replica
from shared.keys.lookup import arn_of
from shared.keys.model import Key
from shared.keys.specs import SYMMETRIC_DEFAULT

NEW = "NEW_KEY_MATERIAL"
EXISTING = "EXISTING_KEY_MATERIAL"


def symmetric_alone(member: str) -> ValidationFailed:
    """The refusal of a member that says which of several materials is meant."""
    return ValidationFailed(f"{member} is only supported for symmetric encryption KMS keys.")


def require_importable(command: ImportKeyMaterial, key: Key) -> None:
    """Errors: ValidationFailed, UnsupportedOperation, IncorrectKeyMaterial, InvalidKeyState."""
    if key.spec != SYMMETRIC_DEFAULT:
        _require_no_choice(command)
    if _import_type(command, key) == NEW:
        _require_new(command, key)
    else:
        _require_existing(command, key)


def _require_no_choice(command: ImportKeyMaterial) -> None:
    members = {
        "ImportType": command.import_type,
        "KeyMaterialDescription": command.description,
        "KeyMaterialId": command.expected_id,
    }
    for member, value in members.items():
        if value is not None:
            raise symmetric_alone(member)


def _import_type(command: ImportKeyMaterial, key: Key) -> str:
    return command.import_type or (EXISTING if key.has_current_material else NEW)


def _require_new(command: ImportKeyMaterial, key: Key) -> None:
    material_id, arn, pending = command.material.material_id, arn_of(command.key), key.pending_material
    if command.expected_id is not None:
        raise ValidationFailed(f"KeyMaterialId cannot be specified when ImportType is {NEW}.")
    require_not_replica(key, command.key)
    known = key.material(material_id)
    if known is not None and not known.overtaken:
        raise IncorrectKeyMaterial(f"Key material (id: {material_id}) is already associated with KMS key {arn}.")
    if pending is not None:
        raise InvalidKeyState(
            f"New key material (id: {material_id}) cannot be imported into KMS key {arn}, "
            f"because another key material (id: {pending.material_id}) is pending rotation."
        )


def _require_existing(command: ImportKeyMaterial, key: Key) -> None:
    material_id, known = command.material.material_id, key.material(command.material.material_id)
    if known is None:
        raise IncorrectKeyMaterial(
            f"Key material (id: {material_id}) is not associated with KMS key {arn_of(command.key)}."
        )
    if command.expected_id not in (None, material_id):
        raise IncorrectKeyMaterial(f"The key material has the id {material_id}, which KeyMaterialId does not name.")
    is_replica = key.primary_region not in (None, command.key.region)
    if is_replica and command.description not in (None, known.description):
        raise ValidationFailed(
            "The description of key material is that of the primary key; import it there to change it."
        )
