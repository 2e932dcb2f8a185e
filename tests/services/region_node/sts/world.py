"""Three regions that know each other: real keys, cards, tokens and signatures over views in memory, without a log.

botocore writes the forms and reads the XML.
"""

import inspect
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import botocore.session
from botocore.parsers import QueryParser
from botocore.serialize import create_serializer

from services.region_node.keys.region_keys import RegionKeys, make_region_keys
from services.region_node.keys.vault import RegionVault
from services.region_node.requests.call import Caller
from services.region_node.requests.routes import QUERY_ROUTES
from services.region_node.sts.issuing import SessionIssuer
from services.region_node.wire.authentication import Authenticator
from services.region_node.wire.session_tokens import SessionTokens
from services.region_node.wire.signed_request import parse
from shared.events import AccessKeyCreated, AccountCreated, Event, PeerAdmitted
from shared.identifiers import access_key_id
from shared.identity.events import RoleCreated
from shared.identity.policy_events import InlinePolicyPut
from tests.services.region_node.callers import user
from tests.services.region_node.operations.fake_region import ACCOUNT, OTHER_ACCOUNT, FakeRegion
from tests.services.region_node.wire.signed_requests import Sent, sign

HOME, STAND_BY, AWAY = REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")
KEYS: Mapping[str, RegionKeys] = {region: make_region_keys(region, 1, 1_700_000_000_000) for region in REGIONS}
ALICE_KEY = access_key_id(ACCOUNT, 7)
ALICE = user(ACCOUNT, access_key_id=ALICE_KEY)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ops"
MODEL: Any = botocore.session.get_session().get_service_model("sts")


def trust(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def letting(principal: object, *actions: str, **conditions: object) -> dict[str, object]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": actions or "sts:AssumeRole"}
    return {**statement, "Condition": conditions} if conditions else statement


HERE = {"AWS": ACCOUNT}
ANYBODY_HERE = trust(letting(HERE, "sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"))


class StsRegion:
    """One of them. `home` is that of `ACCOUNT`, `OTHER_ACCOUNT` lives in the last."""

    def __init__(self, region: str, stand_by: str | None = None) -> None:
        self.name, keys = region, KEYS[region]
        peers = {name: KEYS[name] for name in REGIONS if name != region}
        self.fake = FakeRegion(region, tuple(peers))
        self.view = self.fake.view
        vault = RegionVault(keys, 1, lambda: {name: theirs.card for name, theirs in peers.items()})
        self.fake.sessions = SessionIssuer(region, vault, keys.identity)
        tokens = SessionTokens(region, keys.identity.public_bytes, vault.open_secret, vault.open_sealed)
        self.authenticator = Authenticator(region, vault.open_secret, tokens)
        self.view.apply([PeerAdmitted(name, theirs.encoded_card) for name, theirs in peers.items()])
        self.fold(HOME, AccountCreated(ACCOUNT, HOME, "name", stand_by), AccessKeyCreated(ACCOUNT, "alice", ALICE_KEY))
        self.fold(AWAY, AccountCreated(OTHER_ACCOUNT, AWAY, "other"))

    def fold(self, origin: str, *events: Event) -> None:
        self.view.apply(events, origin=None if origin == self.name else origin)

    def add_role(self, policy: str = ANYBODY_HERE, *allowed: object, **options: Any) -> None:
        """The role `ops`, which may do what the statements say."""
        self.fold(HOME, RoleCreated(ACCOUNT, "ops", options.pop("role_id", "AROAOPSOPSOPSOPS"), policy, **options))
        if allowed:
            self.fold(HOME, InlinePolicyPut(ACCOUNT, "role/ops", "own", trust(*allowed)))

    async def ask(self, caller: Caller, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """The answer as botocore reads it. Errors: those of the operation."""
        written = create_serializer("query").serialize_to_request(parameters, MODEL.operation_model(operation))["body"]
        body = await self.send(caller, operation, urlencode(written).encode())
        shape = MODEL.operation_model(operation).output_shape
        return dict(QueryParser().parse({"status_code": 200, "headers": {}, "body": body}, shape))

    async def send(self, caller: Caller, operation: str, form: bytes) -> bytes:
        """The body of the answer to a form. Errors: those of the operation."""
        route = QUERY_ROUTES["sts", operation]
        request = route.decode(route.parse(form))
        call = self.fake.call(caller.account, None, operation, caller)
        answer = route.operation.handle(call, request)
        if inspect.isawaitable(answer):
            answer = await answer
        return route.render(answer, "request-1")

    async def assume(self, caller: Caller = ALICE, **parameters: Any) -> dict[str, Any]:
        """The credentials of a session of the role."""
        wanted = {"RoleArn": ROLE, "RoleSessionName": "deploy", **parameters}
        return dict((await self.ask(caller, "AssumeRole", **wanted))["Credentials"])

    def recognize(self, credentials: Mapping[str, Any], **options: Any) -> Caller:
        """Who signs with the credentials. Errors: those of the authenticator."""
        at = options.pop("at", self.view.time)
        return self.authenticated(self.signed(credentials, at=at, **options), at)

    def signed(self, credentials: Mapping[str, Any], **options: Any) -> Sent:
        return sign(
            access_key_id=options.pop("access_key_id", credentials["AccessKeyId"]),
            secret=credentials["SecretAccessKey"],
            token=credentials["SessionToken"],
            region=options.pop("region", self.name),
            **options,
        )

    def authenticated(self, sent: Sent, now: int) -> Caller:
        signed = parse(sent.method, sent.path, sent.query, sent.headers)
        return self.authenticator.authenticate(signed, sent.body, self.view, now)


def world(stand_by: str | None = None) -> dict[str, StsRegion]:
    """Every region knows the same, and the role `ops` that everybody of the account may assume."""
    regions = {name: StsRegion(name, stand_by) for name in REGIONS}
    for region in regions.values():
        region.add_role()
    return regions
