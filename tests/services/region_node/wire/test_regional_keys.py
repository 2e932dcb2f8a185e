"""Bundles of signing keys: each service's key stands where it was issued, whatever services there were then."""

import pytest

from services.region_node.wire.regional_keys import REGIONAL_KEYS, regional_key, regional_keys, services_of
from services.region_node.wire.sigv4 import region_key, service_key

SECRET, REGION = b"s" * 40, "eu-west-1"
DATES = ["20261126", "20261127", "20261128"]
BUNDLE = regional_keys(SECRET, DATES, REGION)


@pytest.mark.parametrize("service", REGIONAL_KEYS)
@pytest.mark.parametrize("place", range(len(DATES)))
def test_every_service_has_its_key_for_every_date(service: str, place: int) -> None:
    expected = service_key(region_key(SECRET, DATES[place], REGION), service)
    assert regional_key(BUNDLE, len(DATES), place, service) == expected


@pytest.mark.parametrize("service", ["kms", "sts"])
def test_a_bundle_from_before_a_service_was_there_has_the_keys_of_the_others(service: str) -> None:
    earlier = b"".join(service_key(region_key(SECRET, date, REGION), each) for date in DATES for each in ("kms", "sts"))
    assert services_of(earlier, len(DATES)) == ("kms", "sts")
    assert regional_key(earlier, len(DATES), 1, service) == regional_key(BUNDLE, len(DATES), 1, service)
    assert regional_key(earlier, len(DATES), 1, "cloudtrail") is None


@pytest.mark.parametrize("length", [0, 32, 95, 96, 3 * 32 * 4, 3 * 32 * 3 + 1])
def test_a_bundle_of_no_known_form_has_no_keys(length: int) -> None:
    assert services_of(bytes(length), len(DATES)) is None
    assert regional_key(bytes(length), len(DATES), 0, "kms") is None


def test_iam_has_none() -> None:
    assert regional_key(BUNDLE, len(DATES), 0, "iam") is None
