"""Requests: from a parsed JSON object to a typed value, or AWS's refusal.

Owns the decoding. A wrong JSON type or bad base64 is a SerializationFailed at once; broken constraints are collected
and refused together, in one ValidationFailed. Unknown members are ignored, null counts as absent: as AWS does both.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from services.region_node.wire.constraints import Choice, Constraint, Length, Range
from services.region_node.wire.json_value import CONVERSIONS, wrong_type
from services.region_node.wire.member import Kind, Shape, is_structure, members_of
from shared.errors import SerializationFailed, ValidationFailed

Decode: TypeAlias = Callable[[Any, str, list[str]], Any]
"""(a JSON value that is not null, its path, the breaches so far) -> the typed value."""


def compile_request(shape: type[Shape]) -> Callable[[object], Shape]:
    """The decoder of `shape`. Errors of the decoder: SerializationFailed, ValidationFailed."""
    decode = _structure_decoder(shape, separator="")

    def decode_request(document: object) -> Shape:
        breaches: list[str] = []
        request: Shape = decode(document, "", breaches)
        if breaches:
            raise ValidationFailed(_validation_message(breaches))
        return request

    return decode_request


def missing_member(path: str) -> ValidationFailed:
    """The refusal of a request without a member that the model does not require, but the request's sense does."""
    return ValidationFailed(_validation_message([_missing(path)]))


def _missing(path: str) -> str:
    return _breach("Value null", path, "Member must not be null")


def _validation_message(breaches: list[str]) -> str:
    errors = "1 validation error" if len(breaches) == 1 else f"{len(breaches)} validation errors"
    return f"{errors} detected: {'; '.join(breaches)}"


def _structure_decoder(shape: type[Shape], separator: str) -> Decode:
    members = members_of(shape)
    defaults = [member.default for member in members]
    rows = [(place, m.wire_name, separator + m.path, _decoder(m.kind), m.required) for place, m in enumerate(members)]

    def decode_structure(document: Any, prefix: str, breaches: list[str]) -> Shape:
        if type(document) is not dict:
            raise wrong_type(document, shape)
        values = list(defaults)
        for place, wire_name, path, decode, required in rows:
            value = document.get(wire_name)
            if value is not None:
                values[place] = decode(value, prefix + path, breaches)
            elif required:
                breaches.append(_missing(prefix + path))
        return tuple.__new__(shape, values)  # what NamedTuple's own _make does

    return decode_structure


def _decoder(kind: Kind) -> Decode:
    if is_structure(kind.base):
        return _structure_decoder(kind.base, separator=".")
    if kind.element is None:
        return _scalar_decoder(kind)
    if is_structure(kind.element.base):
        return _structures_decoder(kind, _decoder(kind.element))
    return _scalars_decoder(kind, kind.element)


def _scalar_decoder(kind: Kind) -> Decode:
    (taken, make), (lengths, checks) = CONVERSIONS[kind.base], _checks(kind)

    def decode_scalar(value: Any, path: str, breaches: list[str]) -> Any:
        if type(value) not in taken:
            raise wrong_type(value, kind.base)
        if make is not None:
            try:
                value = make(value)
            except ValueError:
                raise SerializationFailed(f"The value at '{path}' is not valid base64") from None
        if lengths is not None and len(value) not in lengths:
            _note_breach(kind.constraints[0], value, kind, path, breaches)
        for keeps, rule in checks:
            if not keeps(value):
                _note_breach(rule, value, kind, path, breaches)
        return value

    return decode_scalar


def _structures_decoder(kind: Kind, decode: Decode) -> Decode:
    """A list of structures: what breaks within is reported under `<path>.<number from 1>.member.`"""

    def decode_structures(value: Any, path: str, breaches: list[str]) -> tuple[Any, ...]:
        elements = _elements(value)
        decoded = tuple([decode(elements[i], f"{path}.{i + 1}.member", breaches) for i in range(len(elements))])
        _check_list(decoded, kind, path, breaches)
        return decoded

    return decode_structures


def _scalars_decoder(kind: Kind, element: Kind) -> Decode:
    """A list of texts and the like: AWS reports the list and all that its elements must keep, in one sentence."""
    decode, rules = _scalar_decoder(element._replace(constraints=())), element.constraints
    sentences = ", ".join(sentence for rule in rules for sentence in rule.sentences())

    def decode_scalars(value: Any, path: str, breaches: list[str]) -> tuple[Any, ...]:
        decoded = tuple([decode(part, path, breaches) for part in _elements(value)])
        _check_list(decoded, kind, path, breaches)
        if any(rule.breach(part) for rule in rules for part in decoded):
            breaches.append(_breach(_named(decoded, kind), path, f"Member must satisfy constraint: [{sentences}]"))
        return decoded

    return decode_scalars


def _elements(value: Any) -> list[Any]:
    if type(value) is not list:
        raise wrong_type(value, list)
    if None in value:
        raise wrong_type(None, list)
    return value


def _check_list(decoded: tuple[Any, ...], kind: Kind, path: str, breaches: list[str]) -> None:
    for rule in kind.constraints:
        if rule.breach(decoded) is not None:
            _note_breach(rule, decoded, kind, path, breaches)


def _checks(kind: Kind) -> tuple[range | None, tuple[tuple[Callable[[Any], bool], Constraint], ...]]:
    """The lengths that a value may have, where that is the first rule, and the tests of the others."""
    match kind.constraints:
        case (Length(least, most), *others):
            return range(least, most + 1), tuple((_quick_test(rule), rule) for rule in others)
    return None, tuple((_quick_test(rule), rule) for rule in kind.constraints)


def _quick_test(rule: Constraint) -> Callable[[Any], bool]:
    """Whether a value keeps the rule, with the rule's figures bound: this runs on every request."""
    match rule:
        case Range(least, most):
            return lambda value: least <= value <= most
        case Choice(values):
            return frozenset(values).__contains__
    return lambda value: rule.breach(value) is None


def _note_breach(rule: Constraint, value: object, kind: Kind, path: str, breaches: list[str]) -> None:
    breaches.append(_breach(_named(value, kind), path, rule.breach(value) or ""))


def _breach(named: str, path: str, sentence: str) -> str:
    return f"{named} at '{path}' failed to satisfy constraint: {sentence}"


def _named(value: object, kind: Kind) -> str:
    """The value as the sentence shows it: not at all where it is secret or has no text."""
    sensitive = kind.sensitive or (kind.element is not None and kind.element.sensitive)
    if sensitive or isinstance(value, (bytes, dict)):
        return "Value"
    if not isinstance(value, tuple):
        return f"Value '{value}'"
    return f"Value '[{', '.join(value)}]'" if all(isinstance(part, str) for part in value) else "Value"
