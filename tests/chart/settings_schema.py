"""What of values.schema.json the program's own settings say: `settings`, which becomes a part of node.json as it is.

Owns making it. `python -m tests.chart.settings_schema` writes it into the chart.
"""

import dataclasses
import json
import types
from pathlib import Path
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

from services.region_node.settings.settings import NodeSettings
from services.strict_settings import UNWRITTEN
from tests.running import ROOT

SCHEMA: Final = ROOT / "charts" / "keytide" / "values.schema.json"
OF_THE_CHART: Final = frozenset(
    (
        "region",
        "node",
        "api",
        "feed",
        "channel",
        "joined",
        "logs_of",
        "log",
        "peers",
        "door_socket",
        "replicator_socket",
    )
)
"""Members that the chart writes, or leaves alone."""
_SCALARS: Final = {
    int: "integer",
    float: "number",
    str: "string",
    bool: "boolean",
    Path: "string",
    types.NoneType: "null",
}


def settings_schema() -> dict[str, Any]:
    """Of `settings`, without its description."""
    members = _object(NodeSettings)["properties"]
    return {name: schema for name, schema in members.items() if name not in OF_THE_CHART}


def _schema(kind: Any) -> dict[str, Any]:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(one) for one in arguments]}
    if origin is tuple:
        return {"type": "array", "items": _schema(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(arguments[1])}
    if origin is Literal:
        return {"enum": list(arguments)}
    return {"type": _SCALARS[kind]} if kind in _SCALARS else _object(kind)


def _object(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    if dataclasses.is_dataclass(kind):
        names = [field.name for field in dataclasses.fields(kind) if field.metadata != UNWRITTEN]
    else:
        names = list(kind._fields)
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _schema(hints[name]) for name in names},
    }


def main() -> None:
    whole = json.loads(SCHEMA.read_text())
    whole["properties"]["settings"]["properties"] = settings_schema()
    SCHEMA.write_text(json.dumps(whole, indent=2) + "\n")


if __name__ == "__main__":
    main()
