"""The keys of a region of one node, without another that is asked for them."""

from collections.abc import Mapping

from shared.secrets import Secret


class OwnCopy:
    """As `Copies`: whatever is kept stands here."""

    def __init__(self, own: str) -> None:
        self._own = frozenset((own,))

    def nodes(self) -> frozenset[str]:
        return self._own

    async def stand(self, _name: str, _key: Secret) -> frozenset[str]:
        return self._own

    async def fetch(self, _wanted: Mapping[str, bytes]) -> dict[str, Secret]:
        return {}

    async def is_lost(self, _name: str) -> bool:
        return True

    async def destroy(self) -> None:
        return None
