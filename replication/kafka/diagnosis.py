"""Why a broker does not let this node in, said so that an operator knows which setting to look at.

Owns the table from what aiokafka and Python's ssl raise to a sentence. What time does not mend is `BrokerRefuses`, told
at once; everything else may pass, and is tried again until the deadline. Pure.
"""

import socket
import ssl
from asyncio import IncompleteReadError
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    IllegalSaslStateError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnsupportedSaslMechanismError,
)

from replication.log.event_log import LogUnavailable

TLS_ALERT: Final = 0x1503
"""How a TLS alert record begins (RFC 8446, section 5.1); read as Kafka's length it is the upper half of the number."""
ANOTHER_HOST: Final = (62, 64)
"""X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH of OpenSSL."""
NO_TLS_THERE: Final = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")


class BrokerRefuses(LogUnavailable):
    """The broker is there, and does not take this node: its password, certificate or way of speaking."""

    remedy = "Correct the setting that the message names, in log or peers of node.json, or at the brokers."


class Diagnosis(NamedTuple):
    """`lasts`: whether it stays until somebody changes a setting."""

    sentence: str
    lasts: bool


class _Sign(NamedTuple):
    shows: Callable[[BaseException], bool]
    sentence: str
    lasts: bool = True


def _is(*kinds: type[BaseException]) -> Callable[[BaseException], bool]:
    return lambda error: isinstance(error, kinds)


def _names_another_host(error: BaseException) -> bool:
    return isinstance(error, ssl.SSLCertVerificationError) and error.verify_code in ANOTHER_HOST


def _reason(error: BaseException) -> str:
    """OpenSSL's word for it. An SSLError that Python has made by itself has none."""
    return str(getattr(error, "reason", "")) if isinstance(error, ssl.SSLError) else ""


def _is_refused_certificate(error: BaseException) -> bool:
    return "ALERT" in _reason(error) and "CERTIFICATE" in _reason(error)


def _lacks_tls_there(error: BaseException) -> bool:
    return _reason(error) in NO_TLS_THERE


def _answers_with_tls(error: BaseException) -> bool:
    return isinstance(error, IncompleteReadError) and (error.expected or 0) >> 16 == TLS_ALERT


SIGNS: Final[Sequence[_Sign]] = (
    _Sign(_is(SaslAuthenticationFailed), "it refuses the user or the password: look at user_name and password_file"),
    _Sign(_is(UnsupportedSaslMechanismError), "it does not offer this sasl_mechanism"),
    _Sign(_is(IllegalSaslStateError), "its port takes no password (SASL): look at security_protocol"),
    _Sign(
        _names_another_host, "its certificate is that of another host: look at bootstrap, or give it one with its name"
    ),
    _Sign(
        _is(ssl.SSLCertVerificationError),
        "its certificate is not to be trusted: look at certificate_authority_file",
    ),
    _Sign(_is_refused_certificate, "it refuses this node's certificate: look at certificate_file"),
    _Sign(_lacks_tls_there, "its port speaks no TLS: look at security_protocol"),
    _Sign(_answers_with_tls, "its port speaks TLS, and this node does not: look at security_protocol"),
    _Sign(
        _is(TopicAuthorizationFailedError, ClusterAuthorizationFailedError),
        "this node may not write: the topic's access list lacks Write",
    ),
    _Sign(_is(socket.gaierror), "its name is not known", lasts=False),
    _Sign(_is(ConnectionRefusedError), "nothing listens there", lasts=False),
    _Sign(_is(TimeoutError), "it does not answer in time", lasts=False),
    _Sign(
        _is(ConnectionResetError, IncompleteReadError),
        "it hangs up: is it stopping, or does its port want another security_protocol?",
        lasts=False,
    ),
)


def diagnosis(error: BaseException) -> Diagnosis:
    """The first sign that the error, or what caused it, shows; its own words where none does."""
    chain = tuple(_chain(error))
    for sign in SIGNS:
        for link in chain:
            if sign.shows(link):
                return Diagnosis(f"{sign.sentence} ({str(link) or type(link).__name__})", sign.lasts)
    return Diagnosis(repr(error), lasts=False)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
