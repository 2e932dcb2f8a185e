"""The regions that an operator's command may ask, and what they know of accounts.

Owns which nodes there are in a directory (that of `keytide up`, or that of one region), whose word counts about an
account, and which region is asked to change it. A region whose files cannot be read hides nothing that others know.
"""

from collections.abc import Callable
from contextlib import closing
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple, TypeVar

from replication.state.state_store import Snapshot, StoreFailed
from replication.state.view import SnapshotView
from services.cli.faults import CannotStart, fault_line
from services.cli.region_state import state_of
from services.cli.regions_directory import founded
from services.front_door.settings import read_door_settings
from services.region_node.settings.settings import SETTINGS_FILE, NodeSettings, read_node_settings
from services.strict_settings import read_settings
from shared.identity.decide_accounts import access_keys
from shared.identity.model import AccessKey, Account, User
from shared.identity.naming import USER

Answer = TypeVar("Answer")


class KnownAccount(NamedTuple):
    """An account as `region` knows it, the number of its users, and all of its access keys."""

    region: str
    account: Account
    users: int
    access_keys: tuple[AccessKey, ...]


class OperatedRegions:
    """`names`: in their order, those too that are not here or whose files cannot be read; `unfit` says why.

    Errors: CannotStart for a directory of no regions; SettingsError.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.nodes: dict[str, NodeSettings] = {}
        self.unfit: dict[str, str] = {}
        made = founded(directory)
        self._is_founded = made is not None
        self.names = made.regions if made is not None else self._one_region()
        if made is not None:
            for region in made.regions:
                self._find(region)

    def _one_region(self) -> tuple[str, ...]:
        file = self._directory / SETTINGS_FILE
        if not file.exists():
            raise CannotStart(
                f"{self._directory} holds no regions; name the right --directory, or start them with: keytide up"
            )
        own = read_settings(NodeSettings, file)
        self.nodes[own.region] = read_node_settings(self._directory, own.region)
        return (own.region, *(peer.region for peer in own.peers))

    def _find(self, region: str) -> None:
        try:
            self.nodes[region] = read_node_settings(self._directory / region, region)
        except Exception as fault:
            line = fault_line(fault)
            if line is None:
                raise
            self.unfit[region] = line

    def node(self, region: str) -> NodeSettings:
        """Errors: CannotStart for a region that is not here."""
        if region in self.nodes:
            return self.nodes[region]
        if region in self.unfit:
            raise CannotStart(f"region {region}: {self.unfit[region]}")
        here = ", ".join(self.nodes) or "none"
        raise CannotStart(
            f"region {region} is not in {self._directory} (there: {here}); run the command where its directory is"
        )

    def known(self, account: str) -> KnownAccount:
        """Errors: CannotStart for an account that no region here knows."""
        for known in self.accounts:
            if known.account.account == account:
                return known
        unread = "".join(f"; {region} cannot be read: {why}" for region, why in self.unfit.items())
        raise CannotStart(f"no region in {self._directory} knows account {account}{unread}; see: keytide account list")

    def home(self, account: str) -> NodeSettings:
        """The node that changes the account. Errors: CannotStart."""
        return self.node(self.known(account).account.home_region)

    @cached_property
    def accounts(self) -> tuple[KnownAccount, ...]:
        """Every account, the oldest first."""
        found: dict[str, KnownAccount] = {}
        for region in self.nodes:
            for known in self.read(region, partial(_accounts, region)) or ():
                account = known.account.account
                found[account] = max(found.get(account, known), known, key=_weight)
        return tuple(sorted(found.values(), key=lambda known: (known.account.created_at, known.account.account)))

    def read(self, region: str, look: Callable[[int, Snapshot], Answer]) -> Answer | None:
        """What `look(partitions, snapshot)` finds in the region's state; None where that is not here or is broken."""
        settings = self.nodes.get(region)
        if settings is None:
            return None
        try:
            with closing(state_of(settings, "")) as store, store.read() as snapshot:
                return look(settings.partitions, snapshot)
        except StoreFailed as fault:
            self.unfit[region] = str(fault)
            return None

    def endpoint(self, region: str) -> str:
        """Where clients reach the region: the front door, or, in one region's own directory, its API."""
        return f"http://{read_door_settings(self._directory).listen if self._is_founded else self.node(region).api}"


def _weight(known: KnownAccount) -> tuple[int, bool]:
    """The greater epoch wins, and in it the word of the home itself."""
    return known.account.home_epoch, known.account.home_region == known.region


def _accounts(region: str, partitions: int, snapshot: Snapshot) -> list[KnownAccount]:
    view = SnapshotView(snapshot, partitions)
    return [
        KnownAccount(
            region,
            account,
            sum(isinstance(user, User) for user in view.entities(account.account, USER, "")),
            tuple(access_keys(view, account.account)),
        )
        for account in view.accounts()
    ]
