"""Who is let in, and who has to go: the table of the door's crowd."""

import pytest

from services.front_door.crowd import TELLING_SECONDS, Crowd


class Client:
    """A guest that remembers whether it was dismissed."""

    def __init__(self) -> None:
        self.dismissed = False

    def dismiss(self) -> None:
        self.dismissed = True


@pytest.fixture
def three() -> tuple[Client, Client, Client]:
    return Client(), Client(), Client()


def full(*guests: Client) -> Crowd:
    crowd = Crowd(len(guests), 100)
    assert all(crowd.admit(guest) for guest in guests)
    return crowd


def test_the_one_waited_for_longest_goes(three: tuple[Client, Client, Client]) -> None:
    crowd = full(*three)
    crowd.wait_for(three[0])  # it has begun a request
    assert crowd.admit(Client())
    assert [guest.dismissed for guest in three] == [False, True, False]


def test_one_that_is_served_stays(three: tuple[Client, Client, Client]) -> None:
    crowd = full(*three)
    for guest in three:
        crowd.serve(guest)
    assert not crowd.admit(Client())
    crowd.wait_for(three[2])
    assert crowd.admit(Client())
    assert [guest.dismissed for guest in three] == [False, False, True]


def test_one_that_leaves_makes_room(three: tuple[Client, Client, Client]) -> None:
    crowd = full(*three)
    crowd.leave(three[1])
    assert crowd.admit(Client())
    assert not any(guest.dismissed for guest in three)


def test_bytes_of_unfinished_requests_are_bounded_together(three: tuple[Client, Client, Client]) -> None:
    crowd = full(*three)
    for guest in three[:2]:
        crowd.hold(guest, 50)
    crowd.hold(three[2], 10)
    assert [guest.dismissed for guest in three] == [True, False, False]


def test_a_finished_request_counts_no_more(three: tuple[Client, Client, Client]) -> None:
    crowd = full(*three)
    for guest in three:
        crowd.hold(guest, 90)
        crowd.serve(guest)
    assert not any(guest.dismissed for guest in three)


def test_one_request_beyond_all_bounds_goes_itself(three: tuple[Client, Client, Client]) -> None:
    crowd = full(*three)
    crowd.hold(three[0], 101)
    assert [guest.dismissed for guest in three] == [True, False, False]


def test_a_flood_is_told_now_and_then(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    crowd = Crowd(1, 100, lambda: now)
    for _ in range(50):
        crowd.admit(Client())
    assert len(caplog.records) == 1
    now = TELLING_SECONDS
    crowd.admit(Client())
    assert vars(caplog.records[1])["dismissed"] == 50
