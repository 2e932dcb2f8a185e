"""What a region knows of accounts and who is in them. Times are milliseconds.

All of it is immutable and encoded by position: fields are only appended, with defaults. An ARN follows from path and
name, and changes with them; a unique id (`AIDA…`, `AGPA…`, `AROA…`, `ANPA…`) never does and is never given twice.
Source: IAM User Guide, "IAM identifiers".
"""

from typing import NamedTuple, TypeAlias

Pairs: TypeAlias = tuple[tuple[str, str], ...]
"""Tags, or inline policies: (name, value or document), in the order of the names."""

ACTIVE, INACTIVE = "Active", "Inactive"
DEFAULT_SESSION_SECONDS = 3_600


class Account(NamedTuple):
    """`home_region` accepts the account's changes; with `home_epoch` it is the pair of which the greater one wins.

    `stand_by_region` holds the secrets of its access keys besides, and is where the home moves to. A change of the
    account or of its multi-region keys is answered once `synchronous_regions` other regions have adopted it.

    `taken`: each take-over, as `shared/identity/overtaken.py` reads it. `settled`: of what they have overtaken, the
    records whose end a home has decided: region, number, whether the change was done again, and which record says so.
    """

    account: str
    home_region: str
    name: str
    created_at: int
    home_epoch: int = 0
    stand_by_region: str | None = None
    synchronous_regions: int = 0
    taken: tuple[tuple[str, int, str, int], ...] = ()
    settled: tuple[tuple[str, int, bool, str, int], ...] = ()

    @property
    def arn(self) -> str:
        """The root user's, which stands for the account in policies."""
        return f"arn:aws:iam::{self.account}:root"


class User(NamedTuple):
    """`inline`: its own policies. `attached`, `boundary`: ARNs of managed ones. `groups`: their unique ids, sorted."""

    account: str
    user_name: str
    user_id: str
    created_at: int
    path: str = "/"
    tags: Pairs = ()
    inline: Pairs = ()
    attached: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    boundary: str | None = None

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:user{self.path}{self.user_name}"


class Group(NamedTuple):
    """Who is in it, its members say: see `members_index`."""

    account: str
    group_id: str
    group_name: str
    path: str
    created_at: int
    inline: Pairs = ()
    attached: tuple[str, ...] = ()

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:group{self.path}{self.group_name}"


class Role(NamedTuple):
    """`trust_policy`: who may assume it."""

    account: str
    role_name: str
    role_id: str
    created_at: int
    trust_policy: str
    path: str = "/"
    description: str = ""
    max_session_seconds: int = DEFAULT_SESSION_SECONDS
    tags: Pairs = ()
    inline: Pairs = ()
    attached: tuple[str, ...] = ()
    boundary: str | None = None

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:role{self.path}{self.role_name}"


class PolicyVersion(NamedTuple):
    """`number` 3 is what clients call `v3`."""

    number: int
    created_at: int
    document: str


class Policy(NamedTuple):
    """A customer managed policy. `versions` in the order of their numbers; `newest` counts those that are gone too."""

    account: str
    policy_name: str
    policy_id: str
    created_at: int
    updated_at: int
    default: int
    newest: int
    versions: tuple[PolicyVersion, ...]
    path: str = "/"
    description: str = ""
    tags: Pairs = ()

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:policy{self.path}{self.policy_name}"

    @property
    def document(self) -> str:
        """What is in force: that of the default version."""
        return next(version.document for version in self.versions if version.number == self.default)


class OidcProvider(NamedTuple):
    """An issuer of identity tokens that roles may trust. `url` is without its `https://`, as in the ARN."""

    account: str
    url: str
    created_at: int
    client_ids: tuple[str, ...] = ()
    thumbprints: tuple[str, ...] = ()
    tags: Pairs = ()

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:oidc-provider/{self.url}"


class ServiceControl(NamedTuple):
    """The service control policies of an account: (level, name, document), the levels root first, then by name."""

    account: str
    policies: tuple[tuple[str, str, str], ...]


class SigningKeys(NamedTuple):
    """Derived SigV4 region keys: 32 bytes a date from `first_date` (YYYYMMDD), wrapped together."""

    first_date: str
    days: int
    wrapped: bytes


class AccessKey(NamedTuple):
    """`wrapped` (the secret) stands in the regions `held_in` alone; elsewhere `signing_keys` verify.

    `issued` tells the home region until when each other region has been given signing keys: (region, first date, days).
    An empty `user_name` is the root user's, or a service's where `service_principal` names one.
    """

    account: str
    user_name: str
    access_key_id: str
    created_at: int
    wrapped: bytes | None
    signing_keys: SigningKeys | None
    issued: tuple[tuple[str, str, int], ...]
    status: str = ACTIVE
    service_principal: str = ""
    held_in: tuple[str, ...] = ()

    @property
    def is_active(self) -> bool:
        return self.status == ACTIVE


class Peer(NamedTuple):
    """A peer region and its pinned card; of the region itself, what it has told of its sealing keys.

    `sealing_destroyed`: (node, number) for each node of the own region that has destroyed its private sealing keys up
    to that number.
    """

    region: str
    card: bytes
    admitted_at: int
    sealing_number: int = 1
    announced_at: int = 0
    sealing_destroyed: tuple[tuple[str, int], ...] = ()


Identity: TypeAlias = Account | User | Group | Role | Policy | OidcProvider | ServiceControl | AccessKey
PolicyHolder: TypeAlias = User | Group | Role
"""What policies are attached to."""
