"""The home of an account is lost with `kill -9`, its stand-by takes over, and the account's clients go on."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from services.region_node.settings.settings import SETTINGS_FILE
from tests.faults.conftest import Start
from tests.running import TWO_REGIONS, Running, eventually, wait_until
from tests.running_command import command, done, listed
from tests.thoroughness import in_full_only

HOME, STAND_BY = TWO_REGIONS


def lose(run: Running, region: str) -> None:
    """All of its processes at once, and what they would need to start again."""
    settings(run, region).rename(settings(run, region).with_suffix(".lost"))
    for process in run.of_region(region):
        os.kill(process.number, signal.SIGKILL)


def find_again(run: Running, region: str) -> None:
    settings(run, region).with_suffix(".lost").rename(settings(run, region))


def settings(run: Running, region: str) -> Path:
    return run.directory / region / SETTINGS_FILE


def users(iam: Any) -> set[str]:
    return {user["UserName"] for user in iam.list_users()["Users"]}


def steps_down(former_home: Any) -> bool:
    """Whether the region leaves the account's requests to its home, having let go of its secrets."""
    try:
        users(former_home)
    except ClientError as error:
        return bool(error.response["Error"]["Code"] == "SignatureDoesNotMatch")
    except BotoCoreError:
        pass
    return False


def account_of(run: Running) -> Any:
    (account,) = listed(run, "account", "list")
    return account


@in_full_only
def test_the_stand_by_takes_the_home_over_and_gives_it_back(start: Start) -> None:
    run = start()
    iam = run.client(HOME, "iam")
    iam.create_user(UserName="before")
    made = iam.create_access_key(UserName="before")["AccessKey"]
    account = account_of(run)
    number = account["account"]
    assert (account["home"], account["stand_by"]) == (HOME, STAND_BY)
    take = ("account", "take-home", number, "--region", STAND_BY)
    assert f"{HOME} runs: keytide account move-home {number} loses nothing." in command(run, *take).stdout
    at_stand_by = run.client(STAND_BY, "iam", endpoint=run.endpoint(STAND_BY))
    wait_until(lambda: "before" in users(at_stand_by), "the stand-by has adopted the user")

    lose(run, HOME)
    with pytest.raises((ClientError, BotoCoreError)):
        iam.create_user(UserName="meanwhile")
    refused = command(run, "account", "root-key", number)
    assert (refused.returncode, f"take-home {number} --region {STAND_BY}" in refused.stderr) == (1, True)
    told = command(run, *take)
    assert (told.returncode, f"{HOME}'s state is not here" in told.stdout) == (1, True)
    with pytest.raises((ClientError, BotoCoreError)):
        iam.create_user(UserName="meanwhile")
    assert f"{STAND_BY} is the home of account {number} now." in done(run, *take, "--force")

    # The same client, through the front door, still signing for the region that is lost.
    eventually(lambda: iam.create_user(UserName="after"))
    assert users(iam) == {"administrator", "before", "after"}
    former = run.client(
        STAND_BY, "sts", access_key_id=made["AccessKeyId"], secret=made["SecretAccessKey"]
    ).get_caller_identity()
    assert former["Arn"].endswith("user/before")
    iam.create_access_key(UserName="after")
    assert run.client(STAND_BY).create_key()["KeyMetadata"]["Enabled"]
    assert (account_of(run)["home"], account_of(run)["stand_by"]) == (STAND_BY, None)
    assert "already" in done(run, *take)

    find_again(run, HOME)
    returned = run.client(HOME, "iam", endpoint=run.endpoint(HOME))
    wait_until(lambda: steps_down(returned), "the former home has heard of the new one")
    done(run, "account", "stand-by", number, HOME)
    eventually_moved(run, number)
    eventually(lambda: iam.create_user(UserName="home-again"))
    assert (account_of(run)["home"], account_of(run)["stand_by"]) == (HOME, STAND_BY)
    assert run.stop() == 0


def eventually_moved(run: Running, number: str) -> None:
    move = ("account", "move-home", number, "--to", HOME)
    wait_until(lambda: command(run, *move).returncode == 0, "the home has moved back")
