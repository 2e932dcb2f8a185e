"""The planted bugs, in one table: what the simulation must catch to be worth its time."""

from tests.simulation.mutants_of_accounts import OF_ACCOUNTS
from tests.simulation.mutants_of_faults import OF_FAULTS
from tests.simulation.mutants_of_keys import OF_KEYS
from tests.simulation.mutants_of_the_log import OF_THE_LOG

MUTANTS = {**OF_THE_LOG, **OF_KEYS, **OF_FAULTS, **OF_ACCOUNTS}
"""By name."""
