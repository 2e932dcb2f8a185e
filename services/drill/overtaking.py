"""A replica takes over, and what that overtakes.

Owns the operator's commands, and what of the changes in common the new primary had.
"""

import json
from typing import TYPE_CHECKING, Any

from services.drill.keys import common_number

if TYPE_CHECKING:
    from services.drill.stage import Stage

PROMOTION_SECONDS = 180.0


def promote(stage: "Stage") -> None:
    """The next region becomes the primary's, for the keys of the drill. The command is given until it succeeds: it
    refuses while the lost region was heard just now, and succeeds also where an earlier one did it and its answer was
    lost. Errors: CannotDrill."""
    new = next(region for region in stage.site.regions if region != stage.region)
    stage.survived = common_number(stage.site.connect(new), stage.keys)
    for key in stage.keys:
        stage.until_done(new, PROMOTION_SECONDS, "promote", key, "--region", new, "--force")
    stage.primary = new
    stage.note(f"{new} is promoted")


def overtaken(stage: "Stage") -> int:
    """How many changes are listed as overtaken, of the keys of the drill. Where very many stand in one row, those that
    it can stand for: other changes that were shared between its first and its last may be among them."""
    told = stage.site.command(stage.primary, "overtaken", "list", "--json")
    rows = json.loads(told.text) if told.status == 0 else []
    return sum(_number(row) - row["first"] + 1 for row in rows if row["key"] in stage.keys)


def _number(row: dict[str, Any]) -> int:
    """That of the row's last record: its id is REGION.PARTITION.NUMBER."""
    return int(row["id"].rpartition(".")[2])
