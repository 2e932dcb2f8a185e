"""Grant tokens: a region reads its own and nobody else's, and no changed one."""

import base64
import hmac

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import InvalidGrantToken
from shared.grants.commands import GrantName
from shared.grants.token import GrantTokens
from shared.keys.commands import KeyName
from shared.secrets import Secret

REGION, ACCOUNT = "us-east-1", "111122223333"
KEY = Secret(b"the key of the region's records.")
TOKENS = GrantTokens(REGION, KEY)
GRANT = GrantName(KeyName(REGION, ACCOUNT, "mrk-1234abcd12ab34cd56ef1234567890ab"), "ab" * 32)
TOKEN = TOKENS.issue(GRANT)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
RELEASED = (
    "AU0cCB3SvR1um8kBFggo_LlYI58Wu812DZhlmaH9U9Am5YWtWEnhdzF2GEXGsvCGCtUJPozUwc6VrSiKfnRUj-5MgFgkL3a0x5ha"
    "n_XpaNSNcYqZ4-wdSzmIvrade2zK6GtdbIXIw17EbhqxMLUzm-doINOkOKFTYiEpAP0qgnGVr4J1ow-WoYpAeutBBs5mpAMb"
)
"""Made by the first version: later ones go on reading it."""


def refused(token: str, tokens: GrantTokens = TOKENS) -> bool:
    with pytest.raises(InvalidGrantToken) as error:
        tokens.read(token)
    return error.value.message == "The grant token is not valid."


def test_a_region_reads_its_own_tokens() -> None:
    assert TOKENS.read(TOKEN) == GRANT
    assert GrantTokens(REGION, KEY).read(TOKEN) == GRANT
    assert TOKENS.read(RELEASED) == GRANT


def test_each_token_is_another_and_all_name_the_grant() -> None:
    tokens = {TOKENS.issue(GRANT) for _ in range(50)}
    assert len(tokens) == 50
    assert {TOKENS.read(token) for token in tokens} == {GRANT}


def test_a_token_is_opaque_and_short() -> None:
    assert set(TOKEN) <= set(ALPHABET)
    assert len(TOKEN) == 196
    assert ACCOUNT not in TOKEN
    assert "ab" * 32 not in TOKEN


@pytest.mark.parametrize(
    "tokens", [GrantTokens("eu-west-1", KEY), GrantTokens(REGION, Secret(b"another key of another region..."))]
)
def test_a_foreign_region_refuses_it(tokens: GrantTokens) -> None:
    assert refused(TOKEN, tokens)


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from(ALPHABET))
def test_no_changed_character_is_taken(place: int, character: str) -> None:
    changed = TOKEN[:place] + character + TOKEN[place + 1 :]
    assert changed == TOKEN or refused(changed)


def test_no_flipped_bit_is_taken() -> None:
    for place, character in enumerate(TOKEN):
        for bit in range(6):
            flipped = ALPHABET[ALPHABET.index(character) ^ (1 << bit)]
            assert refused(TOKEN[:place] + flipped + TOKEN[place + 1 :])


@given(st.integers(0, len(TOKEN) - 1))
def test_no_part_of_a_token_is_taken(length: int) -> None:
    assert refused(TOKEN[:length])


@pytest.mark.parametrize("token", [TOKEN + "=", TOKEN + "A", TOKEN + "\n", " " + TOKEN, TOKEN + TOKEN, "ü", "=", "A"])
def test_no_other_text_is_taken(token: str) -> None:
    assert refused(token)


def test_the_other_alphabet_of_base64_is_not_taken() -> None:
    token = next(token for token in iter(lambda: TOKENS.issue(GRANT), None) if {"-", "_"} <= set(token))
    assert refused(token.replace("-", "+"))
    assert refused(token.replace("_", "/"))


def test_the_form_is_as_documented() -> None:
    """Opened once more with the primitives alone."""
    secret, info = KEY.reveal(), b"keytide/grant-token/1"
    first = hmac.digest(secret, info + b"\x01", "sha256")
    cipher = AESSIV(first + hmac.digest(secret, first + info + b"\x02", "sha256"))
    content = base64.urlsafe_b64decode(RELEASED)
    plaintext = cipher.decrypt(content[17:], [content[:1], REGION.encode(), content[1:17]])
    assert plaintext.decode() == f"{ACCOUNT}/{GRANT.key.key_id}/{GRANT.grant_id}"


@given(st.text() | st.text(ALPHABET, max_size=8192))
def test_junk_is_refused(junk: str) -> None:
    assert refused(junk)
