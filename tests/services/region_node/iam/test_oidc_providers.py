"""OIDC providers."""

import pytest

from shared.identity.errors import EntityAlreadyExists, NoSuchEntity
from tests.services.region_node.iam.asking import FakeIam
from tests.services.region_node.operations.fake_region import ACCOUNT

ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/issuer.example/tenant"
URL = "https://issuer.example/tenant"


@pytest.fixture
async def iam() -> FakeIam:
    made = FakeIam()
    created = await made.ask("CreateOpenIDConnectProvider", Url=URL, ClientIDList=["a"], ThumbprintList=["0" * 40])
    assert created["OpenIDConnectProviderArn"] == ARN
    return made


async def test_a_provider_is_told(iam: FakeIam) -> None:
    told = await iam.ask("GetOpenIDConnectProvider", OpenIDConnectProviderArn=ARN)
    assert (told["Url"], told["ClientIDList"], told["ThumbprintList"]) == (
        "issuer.example/tenant",
        ["a"],
        ["0" * 40],
    )
    assert (await iam.ask("ListOpenIDConnectProviders"))["OpenIDConnectProviderList"] == [{"Arn": ARN}]
    with pytest.raises(EntityAlreadyExists):
        await iam.ask("CreateOpenIDConnectProvider", Url=URL)


async def test_a_provider_is_changed(iam: FakeIam) -> None:
    provider = {"OpenIDConnectProviderArn": ARN}
    await iam.ask("AddClientIDToOpenIDConnectProvider", ClientID="b", **provider)
    await iam.ask("RemoveClientIDFromOpenIDConnectProvider", ClientID="a", **provider)
    await iam.ask("UpdateOpenIDConnectProviderThumbprint", ThumbprintList=["1" * 40], **provider)
    await iam.ask("TagOpenIDConnectProvider", Tags=[{"Key": "k", "Value": "v"}], **provider)
    told = await iam.ask("GetOpenIDConnectProvider", **provider)
    assert (told["ClientIDList"], told["ThumbprintList"]) == (["b"], ["1" * 40])
    assert told["Tags"] == (await iam.ask("ListOpenIDConnectProviderTags", **provider))["Tags"]
    await iam.ask("UntagOpenIDConnectProvider", TagKeys=["k"], **provider)
    assert "Tags" not in await iam.ask("GetOpenIDConnectProvider", **provider)


async def test_a_provider_is_deleted(iam: FakeIam) -> None:
    await iam.ask("DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=ARN)
    with pytest.raises(NoSuchEntity, match="OpenIDConnect Provider not found for arn"):
        await iam.ask("GetOpenIDConnectProvider", OpenIDConnectProviderArn=ARN)
