"""What happens when a client brings key material of its own, or takes it away, and when it expires."""

import pytest

from shared.errors import (
    IncorrectKeyMaterial,
    InvalidKeyState,
    KeytideError,
    NotFound,
    UnsupportedOperation,
    ValidationFailed,
)
from shared.events import KeyMaterialDeleted, KeyMaterialImported, MaterialBorn
from shared.keys.commands import (
    CreateKey,
    DeleteImportedKeyMaterial,
    ImportKeyMaterial,
    KeyName,
    RotateKeyOnDemand,
    ScheduleKeyDeletion,
)
from shared.keys.decide_deletion import schedule_key_deletion
from shared.keys.decide_import import delete_imported_key_material, expire_material, import_key_material
from shared.keys.decide_rotation import rotate_on_demand
from shared.keys.due import due_at
from shared.keys.model import Key
from tests.shared.keys.examples import (
    ACCOUNT,
    ARN,
    IMPORTABLE,
    KEY_ID,
    NAME,
    REGION,
    SINGLE,
    view_with,
)
from tests.shared.memory_view import MemoryView

NOW = MemoryView(REGION).time
REPLICA, THIRD = "eu-west-1", "ap-southeast-2"
FIRST, SECOND, OTHER = "ab" * 32, "cd" * 32, "ef" * 32
NEW, EXISTING = "NEW_KEY_MATERIAL", "EXISTING_KEY_MATERIAL"
HMAC = IMPORTABLE._replace(spec="HMAC_256", usage="GENERATE_VERIFY_MAC")


def bringing(material_id: str, name: KeyName = NAME, **options: object) -> ImportKeyMaterial:
    born = MaterialBorn(material_id, name.key_id, NOW, f"{name.region} {material_id[:2]}".encode())
    return ImportKeyMaterial(name, born)._replace(**options)  # type: ignore[arg-type]


def imported(view: MemoryView, material_id: str, **options: object) -> MemoryView:
    view.apply(import_key_material(bringing(material_id, **options), view).events)  # type: ignore[arg-type]
    return view


def rotated(view: MemoryView) -> MemoryView:
    view.apply(rotate_on_demand(RotateKeyOnDemand(NAME, NOW), view, None).events)
    return view


def key_in(view: MemoryView) -> Key:
    key = view.key(ACCOUNT, KEY_ID)
    assert key is not None
    return key


def ids(key: Key) -> list[str]:
    return [material.material_id for material in key.materials]


def test_the_first_material_is_current_at_once() -> None:
    decision = import_key_material(bringing(FIRST, description="first", valid_to=NOW + 5), view_with(IMPORTABLE))
    (event,) = decision.events
    assert isinstance(event, KeyMaterialImported)
    assert (event.pending, event.valid_to, event.description) == (False, NOW + 5, "first")
    assert (decision.shared_events, decision.answer) == ((), FIRST)
    key = key_in(imported(view_with(IMPORTABLE), FIRST))
    assert (key.state, key.current_material.material_id) == ("Enabled", FIRST)


def test_later_material_waits_for_its_rotation() -> None:
    view = imported(imported(view_with(IMPORTABLE), FIRST), SECOND, import_type=NEW)
    assert (key_in(view).current_material.material_id, key_in(view).state) == (FIRST, "Enabled")
    rotated(view)
    assert (key_in(view).current_material.material_id, key_in(view).pending_material) == (SECOND, None)


def test_a_key_with_imported_material_rotates_to_what_is_pending_and_to_nothing_else() -> None:
    view = imported(view_with(IMPORTABLE), FIRST)
    with pytest.raises(InvalidKeyState) as refusal:
        rotated(view)
    assert refusal.value.message == f"No available key material pending rotation for the key: {ARN}."


@pytest.mark.parametrize("import_type", [None, EXISTING])
def test_material_is_imported_again_with_another_end(import_type: str | None) -> None:
    view = imported(view_with(IMPORTABLE), FIRST, valid_to=NOW + 5, description="kept")
    imported(view, FIRST, import_type=import_type, expected_id=FIRST)
    material = key_in(view).current_material
    assert (ids(key_in(view)), material.valid_to, material.description) == ([FIRST], None, "kept")


def test_a_key_is_enabled_only_with_all_of_its_material() -> None:
    view = rotated(imported(imported(view_with(IMPORTABLE), FIRST), SECOND, import_type=NEW))
    for material_id in (FIRST, SECOND):
        view.apply(delete_imported_key_material(DeleteImportedKeyMaterial(NAME, material_id), view).events)
    assert key_in(view).state == "PendingImport"
    imported(view, SECOND)
    assert key_in(view).state == "PendingImport"
    imported(view, FIRST)
    assert (key_in(view).state, key_in(view).current_material.material_id) == ("Enabled", SECOND)


@pytest.mark.parametrize(
    ("command", "before", "material_id", "options", "error", "text"),
    [
        (SINGLE, (), FIRST, {}, UnsupportedOperation, "origin is AWS_KMS which is not valid for this operation."),
        (IMPORTABLE, (), FIRST, {"import_type": EXISTING}, IncorrectKeyMaterial, "is not associated with KMS key"),
        (IMPORTABLE, (FIRST,), SECOND, {}, IncorrectKeyMaterial, "is not associated with KMS key"),
        (IMPORTABLE, (FIRST,), FIRST, {"import_type": NEW}, IncorrectKeyMaterial, "is already associated with"),
        (
            IMPORTABLE,
            (FIRST,),
            FIRST,
            {"expected_id": SECOND},
            IncorrectKeyMaterial,
            "which KeyMaterialId does not name",
        ),
        (IMPORTABLE, (), FIRST, {"expected_id": FIRST}, ValidationFailed, "KeyMaterialId cannot be specified when"),
        (IMPORTABLE, (FIRST, SECOND), SECOND, {"import_type": NEW}, IncorrectKeyMaterial, "is already associated with"),
        (
            IMPORTABLE,
            (FIRST, SECOND),
            OTHER,
            {"import_type": NEW},
            InvalidKeyState,
            f"New key material (id: {OTHER}) cannot be imported into KMS key {ARN}, "
            f"because another key material (id: {SECOND}) is pending rotation.",
        ),
        (HMAC, (FIRST,), SECOND, {}, IncorrectKeyMaterial, "is not associated with KMS key"),
        (HMAC, (), FIRST, {"import_type": NEW}, ValidationFailed, "ImportType is only supported for symmetric"),
        (HMAC, (), FIRST, {"description": "d"}, ValidationFailed, "KeyMaterialDescription is only supported for"),
        (HMAC, (FIRST,), FIRST, {"expected_id": FIRST}, ValidationFailed, "KeyMaterialId is only supported for"),
    ],
)
def test_what_import_refuses(
    command: CreateKey,
    before: tuple[str, ...],
    material_id: str,
    options: dict[str, object],
    error: type[KeytideError],
    text: str,
) -> None:
    view = view_with(command)
    for earlier in before:
        imported(view, earlier, import_type=NEW if earlier == SECOND else None)
    with pytest.raises(error) as refusal:
        imported(view, material_id, **options)
    assert text in refusal.value.message


def test_material_of_other_keys_is_fixed_and_can_be_imported_again() -> None:
    view = imported(view_with(HMAC), FIRST)
    view.apply(delete_imported_key_material(DeleteImportedKeyMaterial(NAME, None), view).events)
    assert (key_in(view).state, ids(key_in(imported(view, FIRST)))) == ("PendingImport", [FIRST])
    assert key_in(view).state == "Enabled"


def test_nothing_is_imported_into_a_key_that_is_going() -> None:
    view = imported(view_with(IMPORTABLE), FIRST)
    view.apply(schedule_key_deletion(ScheduleKeyDeletion(NAME, 7, NOW), view).events)
    with pytest.raises(InvalidKeyState, match="is pending deletion"):
        import_key_material(bringing(FIRST), view)
    view.apply(delete_imported_key_material(DeleteImportedKeyMaterial(NAME, None), view).events)
    assert (key_in(view).state, key_in(view).current_material.wrapped) == ("PendingDeletion", None)


def deletion(view: MemoryView, material_id: str | None = None) -> tuple[tuple[object, ...], str]:
    decision = delete_imported_key_material(DeleteImportedKeyMaterial(NAME, material_id), view)
    return decision.events, decision.answer


def test_deletion_takes_the_current_material_unless_another_is_named() -> None:
    view = rotated(imported(imported(view_with(IMPORTABLE), FIRST), SECOND, import_type=NEW))
    assert deletion(view) == ((KeyMaterialDeleted(ACCOUNT, KEY_ID, SECOND),), SECOND)
    assert deletion(view, FIRST) == ((KeyMaterialDeleted(ACCOUNT, KEY_ID, FIRST),), FIRST)


def test_what_is_gone_is_not_deleted_twice() -> None:
    assert deletion(view_with(IMPORTABLE)) == ((), "")
    view = imported(view_with(IMPORTABLE), FIRST)
    view.apply(delete_imported_key_material(DeleteImportedKeyMaterial(NAME, None), view).events)
    assert deletion(view) == ((), FIRST)


def test_pending_material_can_be_taken_back_and_other_material_brought() -> None:
    view = imported(imported(view_with(IMPORTABLE), FIRST), SECOND, import_type=NEW)
    view.apply(delete_imported_key_material(DeleteImportedKeyMaterial(NAME, SECOND), view).events)
    assert (key_in(view).state, ids(key_in(view))) == ("Enabled", [FIRST])
    assert ids(key_in(imported(view, OTHER, import_type=NEW))) == [FIRST, OTHER]


def test_what_deletion_refuses() -> None:
    with pytest.raises(NotFound, match=f"Key material '{OTHER}'"):
        deletion(imported(view_with(IMPORTABLE), FIRST), OTHER)
    with pytest.raises(ValidationFailed, match="KeyMaterialId is only supported"):
        deletion(imported(view_with(HMAC), FIRST), FIRST)
    with pytest.raises(UnsupportedOperation, match="origin is AWS_KMS"):
        deletion(view_with(SINGLE))


def test_what_expires_is_enforced_at_once_and_recorded_by_the_timer() -> None:
    view = imported(view_with(IMPORTABLE), FIRST, valid_to=NOW + 5)
    assert expire_material(NAME, view, NOW + 4).events == ()
    assert due_at(key_in(view), REGION) == NOW + 5
    view.time = NOW + 5
    assert key_in(view).state == "PendingImport"
    decision = expire_material(NAME, view, view.time)
    assert decision.events == (KeyMaterialDeleted(ACCOUNT, KEY_ID, FIRST, expired=True),)
    view.apply(decision.events)
    assert expire_material(NAME, view, view.time).events == ()
    assert due_at(key_in(view), REGION) is None
    assert key_in(imported(view, FIRST)).state == "Enabled"


def test_several_materials_that_expire_together_go_in_one_record() -> None:
    view = imported(view_with(IMPORTABLE), FIRST, valid_to=NOW + 5)
    imported(view, SECOND, import_type=NEW, valid_to=NOW + 5)
    assert len(expire_material(NAME, view, NOW + 5).events) == 2


def test_new_material_may_follow_pending_material_that_has_expired() -> None:
    view = imported(imported(view_with(IMPORTABLE), FIRST), SECOND, import_type=NEW, valid_to=NOW + 5)
    view.time = NOW + 5
    imported(view, OTHER, import_type=NEW)
    assert ids(key_in(view)) == [FIRST, OTHER]
    assert expire_material(NAME, view, view.time).events == ()
