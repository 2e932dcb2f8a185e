"""`keytide verify`: are the regions' logs and states what they should be?

Owns what is checked (beside a running node too) and how the findings are told. Where there is no state that can be
read, the logs are checked alone. The rules are in `replication/verify/checker.py`.
"""

import asyncio
from argparse import Namespace
from collections.abc import Sequence
from contextlib import closing

from replication.log.event_log import LogError
from replication.sharing.publication import local_log, shared_log
from replication.state.digest import partition_digest
from replication.state.state_store import Snapshot, StateStore, StoreFailed
from replication.verify.checker import Checked, verify_region
from replication.verify.findings import Finding, Kind, Report, StateSeen
from replication.verify.witnessed import Shown
from services.cli.faults import CannotStart
from services.cli.proofs.checkpoints import shown_in
from services.cli.proofs.verify_output import Output
from services.cli.region_state import believed_cards, damage_of, is_there, nodes_in, opened_logs, state_of
from services.region_node.keys.key_files import open_keys
from services.region_node.settings.settings import NodeSettings


def main(arguments: Namespace) -> int:
    """0: all agree; 1: something was found. Errors: those of `services/cli/faults.py`."""
    output, shown = Output(as_json=arguments.json), shown_in(arguments.checkpoints, arguments.directory)
    reports = []
    for settings in nodes_in(arguments.directory, arguments.region):
        output.start(settings.region)
        try:
            report = asyncio.run(_check(settings, shown.get(settings.region, ()), output))
        except (LogError, StoreFailed) as error:
            raise CannotStart(f"{settings.region} cannot be checked: {error}") from error
        output.show(report)
        reports.append(report)
    output.finish(reports)
    return int(any(report.findings for report in reports))


async def _check(settings: NodeSettings, shown: Sequence[Shown], output: Output) -> Report:
    damage = damage_of(settings)
    with closing(state_of(settings, damage)) as store:
        checked = _checked(settings, store)._replace(shown=shown)
        local, shared = await opened_logs(settings, local_log(settings.region), shared_log(settings.region))
        try:
            with store.read() as snapshot:
                report = await verify_region(checked, local, shared, snapshot, output.progress)
                report = report._replace(digests=_digests(snapshot, settings))
        finally:
            await local.close()
            await shared.close()
    return _with_state_seen(report, settings, damage)


def _with_state_seen(report: Report, settings: NodeSettings, damage: str) -> Report:
    if damage:
        finding = Finding(local_log(settings.region), 0, Kind.STATE, f"the state cannot be read: {damage}")
        return report._replace(state=StateSeen.DAMAGED, digests=(), findings=(finding, *report.findings))
    return report if is_there(settings) else report._replace(state=StateSeen.ABSENT, digests=())


def _digests(snapshot: Snapshot, settings: NodeSettings) -> tuple[str, ...]:
    return tuple(partition_digest(snapshot, partition).hex() for partition in range(settings.partitions))


def _checked(settings: NodeSettings, store: StateStore) -> Checked:
    keys = open_keys(settings)
    cards = {region: card.identity for region, card in believed_cards(settings, store).items()}
    return Checked(settings.region, settings.partitions, keys.record_key, keys.identity.public_bytes, cards)
