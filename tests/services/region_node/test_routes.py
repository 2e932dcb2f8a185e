"""From `X-Amz-Target` to an operation, and what of a request a record may tell."""

import pytest

from services.region_node.operations.table import OPERATIONS
from services.region_node.routes import ROUTES


@pytest.mark.parametrize("target", [b"", b"TrentService.", b"TrentService.Nothing", b"Other.Encrypt", b"Encrypt"])
def test_a_name_that_nobody_knows_leads_nowhere(target: bytes) -> None:
    assert target not in ROUTES


def test_every_operation_has_a_route() -> None:
    assert [route.operation for route in ROUTES.values()] == list(OPERATIONS.values())


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
