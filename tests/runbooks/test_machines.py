"""What stands for a machine does what a machine does, where a runbook rests on it."""

from collections.abc import Iterator

import pytest

from tests.runbooks.console import File
from tests.runbooks.machines import Machine, Machines
from tests.running import wait_until

UNIT = "[Service]\nExecStart=sleep 1000\n"


@pytest.fixture
def machines() -> Iterator[Machines]:
    made = Machines()
    yield made
    made.close()


@pytest.fixture
def machine(machines: Machines) -> Machine:
    (one,) = machines.named("us-east-1")
    return one


@pytest.mark.parametrize(("command", "status"), [("true", 0), ("false", 1), ("(exit 7)", 7), ("false; echo x", 0)])
def test_a_command_ends_as_it_ends(machine: Machine, command: str, status: int) -> None:
    assert machine.run(command).status == status


def test_a_shell_goes_on_from_command_to_command_and_shows_what_went_wrong(machine: Machine) -> None:
    machine.run("KEY=kept")
    assert machine.run("echo $KEY; cat nothing").output.splitlines()[0] == "kept"
    assert "nothing: No such file" in machine.run("cat nothing").output


def test_a_path_is_the_machines_own_and_is_copied_to_another(machines: Machines, machine: Machine) -> None:
    machine.run("echo card > /srv/card && scp /srv/card eu-west-1:/srv/copy")
    (other,) = machines.named("eu-west-1")
    assert other.run("cat /srv/copy").output.strip() == "card"
    assert other.run("ls /srv/card").status != 0
    assert machine.run("ls /srv/card").output.strip() == "/srv/card"


def test_each_machine_has_an_address_of_its_own_where_the_page_says_loopback(machines: Machines) -> None:
    told = {machine.here("127.0.0.1") for machine in machines.named("each")}
    assert len(told) == 3
    assert {machine.here("10.0.1.1") for machine in machines.named("each")} < told


def test_a_unit_is_started_once_stopped_and_killed(machine: Machine) -> None:
    machine.place(File(1, "us-east-1", "/etc/systemd/system/sleeper.service", UNIT))
    machine.run("systemctl enable --now sleeper")
    first = machine.run("cat /run/sleeper.pid").output
    machine.run("systemctl start sleeper")
    assert machine.run("cat /run/sleeper.pid").output == first
    machine.run("systemctl restart sleeper")
    assert machine.run("cat /run/sleeper.pid").output != first
    assert machine.run("systemctl is-active sleeper") == (0, "active\n\n")
    assert machine.run("systemctl kill --signal=KILL sleeper").status == 0
    wait_until(lambda: machine.run("systemctl is-active sleeper").status == 3, "the unit is gone")
