"""Where the accounts are changed that send requests to IAM, as far as the regions have told.

Owns a bounded memory: access key -> home region. IAM is global and signs for one region whatever the account, so a
request may come to a region that has to refuse it; that one names the home, and the door asks there. From then on the
home is asked first: who has changed something reads it back. Nothing rests on the memory: what is wrong in it, or is
missing, costs a refusal.
"""

MOST_REMEMBERED = 4096


class Homes:
    """`of` gives None for an access key of which nothing has been told."""

    def __init__(self) -> None:
        self._homes: dict[str, str] = {}

    def of(self, access_key_id: str) -> str | None:
        return self._homes.get(access_key_id)

    def note(self, access_key_id: str, home: str) -> None:
        """The oldest is forgotten where there are too many."""
        self.forget(access_key_id)
        if len(self._homes) >= MOST_REMEMBERED:
            self.forget(next(iter(self._homes)))
        self._homes[access_key_id] = home

    def forget(self, access_key_id: str) -> None:
        self._homes.pop(access_key_id, None)
