"""The arguments of `keytide key`: one table, apart from the work."""

from argparse import ArgumentParser
from collections.abc import Mapping

from services.cli.actions import Action, add_actions
from services.cli.operator_arguments import region
from services.cli.usage.arguments import deletable_arguments

_RIGHTS = (
    "The region is asked over its API, with the access key of the environment (AWS_ACCESS_KEY_ID) or else that of the "
    "directory: the same permissions count as for every other request."
)


def key_arguments(parser: ArgumentParser) -> None:
    add_actions(parser, ACTIONS, _RIGHTS)


def _create(parser: ArgumentParser) -> None:
    parser.add_argument("--region", type=region, required=True, help="of the primary key")
    parser.add_argument("--replicas", type=_regions, default=(), metavar="A,B", help="where it is to be besides")
    parser.add_argument("--spec", help="the key spec (default: SYMMETRIC_DEFAULT)")
    parser.add_argument("--usage", help="the key usage, for other keys than symmetric ones")
    parser.add_argument("--description", default="")


def _convert(parser: ArgumentParser) -> None:
    parser.add_argument("key", metavar="KEY", help="id or ARN of a single-region key")
    parser.add_argument("--region", type=region, help="of the key, where its ARN does not say it")
    parser.add_argument(
        "--replicas", type=_regions, default=(), metavar="A,B", help="where the new key is to be besides"
    )


def _regions(text: str) -> tuple[str, ...]:
    return tuple(region(part.strip()) for part in text.split(","))


ACTIONS: Mapping[str, Action] = {
    "create": Action(
        "services.cli.keys.keys:create",
        "a multi-region key and its replicas, in one step",
        _create,
        "All of them are made, or none.",
    ),
    "convert": Action(
        "services.cli.keys.keys:convert",
        "a multi-region key with the material of a single-region key",
        _convert,
        "What the old key has encrypted opens in every region of the new one. The old key goes on as it is, with its "
        "aliases and grants, but is not rotated any more. Description, key policy and tags are copied.",
    ),
    "deletable": Action(
        "services.cli.usage.deletable:main",
        "what speaks for and against deleting a key, in all its regions",
        deletable_arguments,
        "Read from the files of the regions in --directory, not over the API. The exit status is 0 only where nothing "
        "speaks against it.",
    ),
}
