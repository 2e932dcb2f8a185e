"""Keys in a cluster of HSMs, through the real PKCS #11 module of SoftHSM2."""

import threading
from itertools import count

import pkcs11
import pytest

from services.region_node.key_stores.causes import OutsideFailed
from services.region_node.key_stores.cluster_causes import (
    CLUSTER_SILENT,
    KEY_NOT_IN_CLUSTER,
    MODULE_UNUSABLE,
    NO_HSM,
    PASSWORD_INCORRECT,
)
from services.region_node.key_stores.hsm_cluster import HsmCluster
from services.region_node.key_stores.settings import HsmClusterSettings
from shared.crypto.store_blob import ForeignCiphertext
from shared.errors import InvalidCiphertext
from shared.secrets import Secret
from tests.softhsm import PASSWORD, SPLIT_PASSWORD, softhsm_module

BOUND = b"bound"
_labels = (f"label-{number}" for number in count())


def cluster(
    password: str = PASSWORD, *, label: str = "keytide", seconds: float = 30.0, user: str | None = None
) -> HsmCluster:
    settings = HsmClusterSettings("cluster-2a23b4cdefg", softhsm_module(), label, user)
    return HsmCluster(settings, Secret(password.encode()), seconds)


async def cause_of(wrong: HsmCluster) -> object:
    with pytest.raises(OutsideFailed) as caught:
        await wrong.connect()
    return caught.value.cause


@pytest.fixture
async def label() -> str:
    made = next(_labels)
    await cluster().make_key(made)
    return made


@pytest.mark.parametrize("length", [1, 32, 4096])
async def test_what_was_encrypted_is_decrypted(label: str, length: int) -> None:
    made = await cluster().encrypt(label, bytes(length), BOUND)
    assert (len(made.initialization_vector), len(made.tag), len(made.ciphertext)) == (12, 16, length)
    assert await cluster().decrypt(label, made, BOUND) == bytes(length)


async def test_whatever_is_changed_is_one_opaque_error(label: str) -> None:
    made = await cluster().encrypt(label, b"attack at dawn", BOUND)
    changed = [
        made._replace(initialization_vector=b"v" * 12),
        made._replace(tag=bytes(16)),
        made._replace(ciphertext=b"x" + made.ciphertext[1:]),
        made._replace(ciphertext=made.ciphertext[1:]),
    ]
    for wrong in changed:
        with pytest.raises(InvalidCiphertext):
            await cluster().decrypt(label, wrong, BOUND)
    with pytest.raises(InvalidCiphertext):
        await cluster().decrypt(label, made, b"other")
    assert await cluster().decrypt(label, made, BOUND) == b"attack at dawn"


async def test_two_ciphertexts_of_one_plaintext_differ(label: str) -> None:
    assert await cluster().encrypt(label, b"x", BOUND) != await cluster().encrypt(label, b"x", BOUND)


async def test_a_key_cannot_be_read_or_taken_out(label: str) -> None:
    def attributes() -> dict[str, object]:
        return cluster()._token.within(
            Secret(PASSWORD.encode()),
            lambda token: {
                "extractable": token.key(label)[pkcs11.Attribute.EXTRACTABLE],
                "never extractable": token.key(label)[pkcs11.Attribute.NEVER_EXTRACTABLE],
                "sensitive": token.key(label)[pkcs11.Attribute.SENSITIVE],
                "private": token.key(label)[pkcs11.Attribute.PRIVATE],
                "length": token.key(label)[pkcs11.Attribute.VALUE_LEN],
                "wraps": token.key(label)[pkcs11.Attribute.WRAP],
            },
        )

    told = await cluster()._lane.run(attributes)
    assert told == {
        "extractable": False,
        "never extractable": True,
        "sensitive": True,
        "private": True,
        "length": 32,
        "wraps": False,
    }


async def test_a_key_that_was_destroyed_is_gone_and_may_be_destroyed_again(label: str) -> None:
    made = await cluster().encrypt(label, b"x", BOUND)
    await cluster().destroy_key(label)
    await cluster().destroy_key(label)
    for used in (cluster().decrypt(label, made, BOUND), cluster().encrypt(label, b"x", BOUND)):
        with pytest.raises(OutsideFailed) as caught:
            await used
        assert caught.value.cause == KEY_NOT_IN_CLUSTER


async def test_a_key_that_another_process_destroyed_is_not_in_the_cluster(label: str) -> None:
    await cluster().encrypt(label, b"x", BOUND)
    await cluster()._lane.run(
        lambda: cluster()._token.within(Secret(PASSWORD.encode()), lambda token: token.key(label).destroy())
    )
    with pytest.raises(OutsideFailed) as caught:
        await cluster().encrypt(label, b"x", BOUND)
    assert caught.value.cause == KEY_NOT_IN_CLUSTER


async def test_a_session_that_has_ended_is_begun_again(label: str) -> None:
    await cluster().encrypt(label, b"x", BOUND)
    await cluster()._lane.run(
        lambda: cluster()._token.within(Secret(PASSWORD.encode()), lambda token: token.session.close())
    )
    assert len((await cluster().encrypt(label, b"x", BOUND)).ciphertext) == 1


async def test_random_bytes_come_from_the_cluster() -> None:
    first, second = await cluster().random_bytes(1024), await cluster().random_bytes(1024)
    assert len(first) == len(second) == 1024
    assert first != second


async def test_a_wrong_password_is_no_login_even_while_somebody_is_logged_in() -> None:
    await cluster().connect()
    assert await cause_of(cluster("wrong-password")) == PASSWORD_INCORRECT
    await cluster().connect()


async def test_nobody_uses_a_key_by_the_login_of_another(label: str) -> None:
    made = await cluster().encrypt(label, b"x", BOUND)
    for used in (cluster("another-password").decrypt(label, made, BOUND), cluster("a-third-one").random_bytes(1)):
        with pytest.raises(OutsideFailed) as caught:
            await used
        assert caught.value.cause == PASSWORD_INCORRECT
    assert await cluster().decrypt(label, made, BOUND) == b"x"


async def test_a_password_that_was_refused_is_not_tried_again_by_cryptography(
    label: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token locks its user out after some failed logins."""
    wrong = cluster("wrong-password")
    assert await cause_of(wrong) == PASSWORD_INCORRECT
    monkeypatch.setattr(wrong._token, "_module", lambda: pytest.fail("it was tried again"))
    with pytest.raises(OutsideFailed) as caught:
        await wrong.encrypt(label, b"x", BOUND)
    assert caught.value.cause == PASSWORD_INCORRECT


async def test_a_pin_may_need_the_name_of_the_user() -> None:
    user, _, password = SPLIT_PASSWORD.partition(":")
    await cluster(password, label="other", user=user).connect()
    assert await cause_of(cluster(password, label="other")) == PASSWORD_INCORRECT


async def test_a_token_that_is_not_there_is_no_hsm() -> None:
    assert await cause_of(cluster(label="nowhere")) == NO_HSM


async def test_what_is_no_module_cannot_be_used() -> None:
    settings = HsmClusterSettings("cluster-2a23b4cdefg", softhsm_module().with_name("nothing.so"), "keytide")
    assert await cause_of(HsmCluster(settings, Secret(b"-"))) == MODULE_UNUSABLE


async def test_a_cluster_that_hangs_runs_out_of_time(label: str) -> None:
    released = threading.Event()
    hanging = cluster(seconds=0.05)
    with pytest.raises(OutsideFailed) as caught:
        await hanging._run(released.wait)
    assert caught.value.cause == CLUSTER_SILENT
    with pytest.raises(OutsideFailed):
        await hanging.encrypt(label, b"x", BOUND)
    released.set()
    await cluster().encrypt(label, b"x", BOUND)


async def test_what_is_shorter_than_any_ciphertext_is_refused(label: str) -> None:
    with pytest.raises(InvalidCiphertext):
        await cluster().decrypt(label, ForeignCiphertext(b"v" * 12, b"t" * 16, b""), BOUND)
