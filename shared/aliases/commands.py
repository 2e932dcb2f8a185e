"""What a principal may want changed about aliases. `region` is the region that decides; names include `alias/`."""

from typing import NamedTuple

from shared.keys.commands import KeyName


class CreateAlias(NamedTuple):
    alias: str
    target: KeyName
    aliases_per_key: int


class UpdateAlias(NamedTuple):
    alias: str
    target: KeyName
    aliases_per_key: int


class DeleteAlias(NamedTuple):
    region: str
    account: str
    alias: str
