"""From `X-Amz-Target` to an operation, and what of a request a record may tell."""

import pytest

from services.region_node.cloudtrail.table import CLOUDTRAIL_OPERATIONS
from services.region_node.operations.own_table import OWN_OPERATIONS
from services.region_node.operations.request_quotas import REQUESTS_PER_SECOND
from services.region_node.operations.table import OPERATIONS
from services.region_node.requests.routes import QUERY_ROUTES, ROUTES
from services.region_node.wire.form import parse_form


@pytest.mark.parametrize("target", [b"", b"TrentService.", b"TrentService.Nothing", b"Other.Encrypt", b"Encrypt"])
def test_a_name_that_nobody_knows_leads_nowhere(target: bytes) -> None:
    assert target not in ROUTES


def test_every_operation_has_a_route() -> None:
    tables = (OPERATIONS, OWN_OPERATIONS, CLOUDTRAIL_OPERATIONS)
    assert [route.operation for route in ROUTES.values()] == [row for table in tables for row in table.values()]


def test_every_table_is_recorded_under_its_own_service() -> None:
    services = ("kms", "keytide", "cloudtrail")
    tables = zip(services, (OPERATIONS, OWN_OPERATIONS, CLOUDTRAIL_OPERATIONS), strict=True)
    assert [route.service for route in ROUTES.values()] == [service for service, table in tables for _ in table]


def test_nothing_sensitive_is_told_by_a_record_however_deep_it_lies() -> None:
    route = ROUTES[b"TrentService.CreateCustomKeyStore"]
    document = {
        "CustomKeyStoreName": "name",
        "CloudHsmClusterId": "cluster-2a23b4cdefg",
        "KeyStorePassword": "secret-password",
        "XksProxyAuthenticationCredential": {"AccessKeyId": "A" * 20, "RawSecretAccessKey": "s" * 43},
    }
    told = route.parameters(document, route.decode(document))
    assert told == {"CustomKeyStoreName": "name", "CloudHsmClusterId": "cluster-2a23b4cdefg"}


def test_what_a_form_says_is_told_by_a_record_but_for_its_policies() -> None:
    route = QUERY_ROUTES["iam", "CreateRole"]
    form = parse_form(b"RoleName=ops&AssumeRolePolicyDocument=%7B%7D&Tags.member.1.Key=k&Tags.member.1.Value=v&Other=1")
    told = route.parameters(form, route.decode(form))
    assert told == {"RoleName": "ops", "Tags": [{"Key": "k", "Value": "v"}]}


def test_every_operation_of_iam_and_sts_counts_against_its_service() -> None:
    assert {(service, route.counted_as) for (service, _), route in QUERY_ROUTES.items()} == {
        ("iam", "IAM"),
        ("sts", "STS"),
    }
    assert {"IAM", "STS"} <= REQUESTS_PER_SECOND.keys()
