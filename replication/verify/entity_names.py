"""The checker's own reading of where identities are found, written apart from the indexes that the fold keeps."""

from collections.abc import Iterator

from shared.identity.model import AccessKey, Group, Role, User


def names_of_identity(state: object) -> Iterator[bytes]:
    """The index names of an access key, a user, a group or a role."""
    if isinstance(state, AccessKey):
        if state.service_principal == "":
            yield f"access-key-of/{state.account}/{state.user_name.lower()}|{state.access_key_id}".encode()
    elif isinstance(state, User):
        name = state.user_name.lower()
        yield from (f"member/{state.account}/{group}|{name}".encode() for group in state.groups)
        yield from _uses(state.account, f"user/{name}", state.attached, state.boundary)
    elif isinstance(state, Group):
        yield f"group-named/{state.account}/{state.group_name.lower()}|{state.group_id}".encode()
        yield from _uses(state.account, f"group/{state.group_id}", state.attached, None)
    elif isinstance(state, Role):
        yield from _uses(state.account, f"role/{state.role_name.lower()}", state.attached, state.boundary)


def _uses(account: str, entity: str, attached: tuple[str, ...], boundary: str | None) -> Iterator[bytes]:
    for index, arns in (("attached", attached), ("bounded", () if boundary is None else (boundary,))):
        for arn in arns:
            owner, name = arn.split(":")[4], arn.rpartition("/")[2].lower()
            yield f"{index}/{account}/{owner}/{name}|{entity}".encode()
