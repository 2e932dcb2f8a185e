"""The invariants, in one table: what must hold, in which worlds, and after which steps it is checked.

Owns the table. The numbers are those of docs/simulation.md, which lists too the invariants that no simulation can
show, with the tests that hold them. A checker raises AssertionError; it reads what is there, and changes nothing.
"""

from collections.abc import Callable
from typing import NamedTuple

from tests.simulation.invariants import (
    acknowledging,
    agreeing,
    ciphertexts,
    erasing,
    folding,
    homing,
    living,
    lying,
    promoting,
    restoring,
    sharing,
)
from tests.simulation.rest import Rest
from tests.simulation.world import World

LOSING = frozenset({"lost", "synchronous"})
CALM = frozenset({"keys", "family", "sharing", "erased"}) | LOSING
"""Worlds in which nobody promotes, and nobody attacks."""
PROMOTED = frozenset({"promotion", "handed-twice"})
PROMOTING = PROMOTED | {"promotion-of-sharing"}
HONEST = CALM | PROMOTING
ORDINARY = frozenset({"keys", "attacked", "erased"}) | LOSING
"""Worlds in which all that `world.py` does to keys is done."""
HOMES = frozenset({"homes"})
EVERY = HONEST | {"attacked", "turned", "restored"} | HOMES


class AtSteps(NamedTuple):
    """Checked after every step of a world, and at its end."""

    number: int
    check: Callable[[World], None]
    worlds: frozenset[str] = EVERY


class AtRest(NamedTuple):
    """Checked once a world has healed and everybody has adopted everything: before operators settle what is open
    (`BEFORE_SETTLING`), or when all is done (`AT_REST`)."""

    number: int
    check: Callable[[Rest], None]
    worlds: frozenset[str] = EVERY


AT_STEPS = (
    AtSteps(1, acknowledging.acknowledged_when_done),
    AtSteps(4, folding.state_goes_forward),
    AtSteps(4, folding.memory_is_what_is_stored),
    AtSteps(6, restoring.no_rolled_back_region_serves, frozenset({"restored"})),
    AtSteps(9, erasing.what_lives_opens, frozenset({"erased"})),
    AtSteps(10, acknowledging.each_use_obeys_what_was_acknowledged),
    AtSteps(11, ciphertexts.never_other_bytes),
    AtSteps(11, ciphertexts.fresh_blobs_open_everywhere, frozenset({"family"})),
    AtSteps(12, ciphertexts.one_bit_changed_refuses),
)

BEFORE_SETTLING = (
    AtRest(1, homing.what_was_refused_is_listed, HOMES),
    AtRest(3, homing.regions_list_the_same, HOMES),
)

AT_REST = (
    AtRest(1, acknowledging.acknowledged_is_kept),
    AtRest(1, acknowledging.answered_survives_its_region, frozenset({"synchronous"})),
    AtRest(1, acknowledging.acknowledged_tags_stand, ORDINARY),
    AtRest(1, promoting.nothing_is_lost_silently, PROMOTED),
    AtRest(2, acknowledging.each_command_once),
    AtRest(3, folding.state_is_the_fold_of_the_log),
    AtRest(3, agreeing.regions_agree, CALM | {"attacked", "turned", "restored"}),
    AtRest(3, agreeing.keys_are_where_they_belong, ORDINARY | {"family"}),
    AtRest(3, promoting.regions_agree_on_what_is_overtaken, PROMOTED),
    AtRest(3, promoting.members_have_the_key, PROMOTED),
    AtRest(3, sharing.grants_in_common_are_the_same, frozenset({"sharing", "promotion-of-sharing"})),
    AtRest(3, sharing.settings_in_common_are_the_same, frozenset({"sharing", "promotion-of-sharing"})),
    AtRest(3, homing.regions_hold_the_same_of_the_account, HOMES),
    AtRest(1, folding.what_was_given_to_one_reaches_all),
    AtRest(5, folding.adopted_is_what_was_shared),
    AtRest(5, homing.the_second_rules_agree, HOMES),
    AtRest(5, folding.nobody_is_alarmed, HONEST),
    AtRest(5, folding.nobody_is_accused, EVERY),
    AtRest(5, folding.nothing_is_frozen, HONEST | {"restored"}),
    AtRest(6, restoring.everybody_has_come_home, frozenset({"restored"})),
    AtRest(7, promoting.one_region_an_epoch, HONEST | {"restored"}),
    AtRest(7, lying.no_lie_takes_effect, frozenset({"turned"})),
    AtRest(19, lying.no_lie_stops_anybody, frozenset({"turned"})),
    AtRest(8, living.nothing_leaves_deleted),
    AtRest(8, living.no_key_is_created_twice),
    AtRest(8, living.a_key_that_went_is_gone),
    AtRest(9, erasing.what_went_opens_nowhere, frozenset({"erased"})),
    AtRest(11, ciphertexts.every_secret_is_its_own, EVERY - {"erased"}),
    AtRest(11, ciphertexts.no_blob_is_orphaned, HONEST | {"attacked"}),
    AtRest(11, agreeing.secrets_are_where_keys_are, ORDINARY | {"family"}),
    AtRest(11, promoting.members_have_every_secret, PROMOTED),
    AtRest(12, ciphertexts.no_other_material_opens),
    AtRest(13, ciphertexts.no_header_repeats),
    AtRest(18, agreeing.single_region_keys_stay, ORDINARY | {"family"}),
    AtRest(18, agreeing.nothing_regional_is_shared, ORDINARY | {"family"}),
    AtRest(18, agreeing.no_secret_is_shared_as_it_is),
)
