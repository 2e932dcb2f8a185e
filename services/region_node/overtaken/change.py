"""One change that is overtaken, as the operator sees it."""

from typing import NamedTuple


class OvertakenChange(NamedTuple):
    """`name` is what the operator calls it: the region that shared it, its partition, and its number there.

    `key_id` is empty for a change of the account itself. `time` is in milliseconds; `asked_by` is known where it was
    asked for alone; `first` is the number of the first record that ends with it; `settled_in` is the region that may
    end it: the key's primary, or the account's home.
    """

    name: str
    account: str
    key_id: str
    time: int
    change: str
    asked_by: str
    first: int
    settled_in: str
