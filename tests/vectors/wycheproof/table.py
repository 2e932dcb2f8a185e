"""The one table of Wycheproof's files: how each is tried, and which are not, and why."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from tests.vectors.wycheproof import secrets, signatures
from tests.vectors.wycheproof.outcome import CONTEXT, EXPANDED, NOT_OFFERED, TRIED, Document

Check: TypeAlias = Callable[[Document, Document], str]

FILES: Final[Mapping[str, tuple[Check, Mapping[str, int]]]] = {
    "rsa_signature_2048_sha256": (signatures.rsa_pkcs1, {TRIED: 259}),
    "rsa_signature_2048_sha384": (signatures.rsa_pkcs1, {TRIED: 258}),
    "rsa_signature_2048_sha512": (signatures.rsa_pkcs1, {TRIED: 259}),
    "rsa_signature_3072_sha256": (signatures.rsa_pkcs1, {TRIED: 259}),
    "rsa_signature_3072_sha384": (signatures.rsa_pkcs1, {TRIED: 259}),
    "rsa_signature_3072_sha512": (signatures.rsa_pkcs1, {TRIED: 260}),
    "rsa_signature_4096_sha256": (signatures.rsa_pkcs1, {TRIED: 258}),
    "rsa_signature_4096_sha384": (signatures.rsa_pkcs1, {TRIED: 259}),
    "rsa_signature_4096_sha512": (signatures.rsa_pkcs1, {TRIED: 259}),
    "rsa_pss_2048_sha256_mgf1_0": (signatures.rsa_pss, {TRIED: 103}),
    "rsa_pss_2048_sha256_mgf1_32": (signatures.rsa_pss, {TRIED: 108}),
    "rsa_pss_2048_sha256_mgf1sha1_20": (signatures.rsa_pss, {TRIED: 108}),
    "rsa_pss_2048_sha384_mgf1_48": (signatures.rsa_pss, {TRIED: 141}),
    "rsa_pss_3072_sha256_mgf1_32": (signatures.rsa_pss, {TRIED: 108}),
    "rsa_pss_4096_sha256_mgf1_32": (signatures.rsa_pss, {TRIED: 108}),
    "rsa_pss_4096_sha384_mgf1_48": (signatures.rsa_pss, {TRIED: 141}),
    "rsa_pss_4096_sha512_mgf1_32": (signatures.rsa_pss, {TRIED: 177}),
    "rsa_pss_4096_sha512_mgf1_64": (signatures.rsa_pss, {TRIED: 179}),
    "ecdsa_secp256r1_sha256": (signatures.ecdsa, {TRIED: 484}),
    "ecdsa_secp384r1_sha384": (signatures.ecdsa, {TRIED: 504}),
    "ecdsa_secp521r1_sha512": (signatures.ecdsa, {TRIED: 542}),
    "ecdsa_secp256k1_sha256": (signatures.ecdsa, {TRIED: 476}),
    "rsa_pss_misc": (signatures.rsa_pss, {NOT_OFFERED: 60, TRIED: 90}),
    "ed25519": (signatures.ed25519, {TRIED: 151}),
    "mldsa_44_verify": (signatures.ml_dsa_verify, {TRIED: 180}),
    "mldsa_44_sign_seed": (signatures.ml_dsa_seed, {TRIED: 85, CONTEXT: 1}),
    "mldsa_44_sign_noseed": (signatures.ml_dsa_expanded, {TRIED: 68, CONTEXT: 1, EXPANDED: 4}),
    "mldsa_65_verify": (signatures.ml_dsa_verify, {TRIED: 210}),
    "mldsa_65_sign_seed": (signatures.ml_dsa_seed, {TRIED: 104, CONTEXT: 1}),
    "mldsa_65_sign_noseed": (signatures.ml_dsa_expanded, {TRIED: 73, CONTEXT: 1, EXPANDED: 4}),
    "mldsa_87_verify": (signatures.ml_dsa_verify, {TRIED: 241}),
    "mldsa_87_sign_seed": (signatures.ml_dsa_seed, {TRIED: 95, CONTEXT: 1}),
    "mldsa_87_sign_noseed": (signatures.ml_dsa_expanded, {TRIED: 64, CONTEXT: 1, EXPANDED: 4}),
    "rsa_oaep_2048_sha1_mgf1sha1": (secrets.rsa_oaep, {TRIED: 36}),
    "rsa_oaep_2048_sha256_mgf1sha256": (secrets.rsa_oaep, {TRIED: 37}),
    "rsa_oaep_3072_sha256_mgf1sha256": (secrets.rsa_oaep, {TRIED: 37}),
    "rsa_oaep_4096_sha256_mgf1sha256": (secrets.rsa_oaep, {TRIED: 37}),
    "rsa_oaep_misc": (secrets.rsa_oaep, {NOT_OFFERED: 377, TRIED: 18}),
    "ecdh_secp256r1": (secrets.ecdh, {TRIED: 612}),
    "ecdh_secp384r1": (secrets.ecdh, {TRIED: 1047}),
    "ecdh_secp521r1": (secrets.ecdh, {TRIED: 916}),
    "hmac_sha224": (secrets.hmac, {TRIED: 172}),
    "hmac_sha256": (secrets.hmac, {TRIED: 174}),
    "hmac_sha384": (secrets.hmac, {TRIED: 174}),
    "hmac_sha512": (secrets.hmac, {TRIED: 174}),
    "mlkem_512": (secrets.ml_kem, {TRIED: 200}),
    "mlkem_512_keygen_seed": (secrets.ml_kem, {TRIED: 100}),
    "mlkem_768": (secrets.ml_kem, {TRIED: 201}),
    "mlkem_768_keygen_seed": (secrets.ml_kem, {TRIED: 100}),
    "mlkem_1024": (secrets.ml_kem, {TRIED: 202}),
    "mlkem_1024_keygen_seed": (secrets.ml_kem, {TRIED: 100}),
}
"""File (without `_test.json`) -> the check of one case, and how many cases come out how."""

NOT_TRIED: Final[Mapping[str, str]] = {
    r"ecdsa_.*_p1363": "signatures in another encoding than DER",
    r"ecdsa_.*_bitcoin": "Bitcoin's own rule, that s is small",
    r"ecdsa_secp(256r1|256k1|384r1|521r1)_.*": "a hash that AWS does not pair with the curve",
    r"(ecdsa|ecdh)_(brainpool|secp160|secp192|secp224).*": "a curve that no key spec has",
    r"ecdh_.*_ecpoint": "public keys in another form than SubjectPublicKeyInfo",
    r"ecdh_secp256k1": "AWS agrees on no key over this curve",
    r"ec_prime_order_curves": "parameters of curves, no operation",
    r"ed448|x25519.*|x448.*|dsa_.*|primality": "an algorithm that no key spec has",
    r"hmac_(sha1|sha3_.*|sha512_.*|sm3)": "a hash that no HMAC key spec has",
    r"rsa_pkcs1_.*": "RSAES-PKCS1-v1_5, which AWS does not offer",
    r"rsa_oaep_.*": "a hash or mask that AWS does not offer",
    r"rsa_pss_.*_params": "public keys bound to their PSS parameters, which AWS does not make",
    r"rsa_pss_.*|rsa_signature_.*": "a hash or key size that AWS does not offer",
    r"mlkem_.*_encaps": "encapsulation to foreign keys and with given randomness: the product does neither",
    r"mlkem_.*_semi_expanded_decaps": "expanded private keys, where the product keeps seeds",
    r"(a128|a192|a256|c2sp|aead|aegis|aes|aria|ascon|camellia|chacha20|hkdf|kmac|morus|pbes2|pbkdf2|seed|siphash|sm4|vmac"
    r"|xchacha20).*": "no algorithm of an asymmetric, HMAC or KEM key",
}
"""Pattern of file names -> why none of their cases is tried. What `FILES` names is tried all the same."""
