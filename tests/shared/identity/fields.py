"""What the fields of identity events may hold, as strategies: few values, so that events meet."""

from typing import Any

from hypothesis import strategies as st

from shared.identity.model import User
from shared.identity.restating import restating

ACCOUNT = "111122223333"
GROUP_IDS = st.sampled_from(("AGPAONE", "AGPATWO"))
ENTITIES = st.sampled_from(
    ("user/user", "group/AGPAONE", "role/user", "policy/user", "oidc-provider/issuer.example.com", "role/none")
)
POLICY_ARNS = st.sampled_from((f"arn:aws:iam::{ACCOUNT}:policy/a/User", "arn:aws:iam::aws:policy/AdministratorAccess"))
TEXTS = st.text(max_size=5)
NAMES = st.sampled_from(("user", "User", "other"))
PAIRS = st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple)
REGIONS = st.sampled_from(("us-east-1", "eu-west-1", "ap-southeast-2"))

IDENTITY_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("user_name", "group_name", "role_name", "policy_name"), NAMES),
    "renamed_to": st.sampled_from(("", "other")),
    "path": st.sampled_from(("/", "/a/")),
    "entity": ENTITIES,
    "policy_arn": POLICY_ARNS,
    "boundary": st.none() | POLICY_ARNS,
    "attached": st.lists(POLICY_ARNS, max_size=2, unique=True).map(tuple),
    "group_id": GROUP_IDS,
    "groups": st.lists(GROUP_IDS, max_size=2, unique=True).map(tuple),
    "inline": PAIRS,
    "url": st.just("issuer.example.com"),
    **dict.fromkeys(("client_ids", "thumbprints"), st.lists(TEXTS, max_size=2).map(tuple)),
    "stand_by_region": st.none() | REGIONS,
    "held_in": st.lists(REGIONS, max_size=2, unique=True).map(tuple),
    "level": st.sampled_from(("root", "account", "nowhere")),
    "service_principal": st.sampled_from(("", "backup.example.com")),
    "max_session_seconds": st.integers(3_600, 43_200),
    "stream": st.sampled_from((f"user/{ACCOUNT}/user", f"role/{ACCOUNT}/user", f"service-control/{ACCOUNT}")),
    "version": st.integers(0, 4),
    **dict.fromkeys(("forced", "is_default"), st.booleans()),
}

RESTATED = st.sampled_from(
    (b"", b"junk", restating(ACCOUNT, f"user/{ACCOUNT}/user", User(ACCOUNT, "User", "AIDAONE", 5)).state)
)
"""What a home may say that a stream holds."""
