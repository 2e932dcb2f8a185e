"""What is remembered stays within its bound."""

from shared.policy.remembered import Remembered


def test_what_is_in_use_stays() -> None:
    remembered: Remembered[int, int] = Remembered(10)
    for number in range(100):
        remembered.put(number, number, 1)
        assert remembered.get(0) == 0
    assert remembered.get(50) is None


def test_at_most_two_generations_are_held() -> None:
    remembered: Remembered[int, int] = Remembered(10)
    for number in range(100):
        remembered.put(number, number, 3)
    assert sum(remembered.get(number) is not None for number in range(100)) <= 2 * 3


def test_what_weighs_more_than_the_bound_is_kept_alone() -> None:
    remembered: Remembered[str, int] = Remembered(10)
    remembered.put("small", 1, 1)
    remembered.put("large", 2, 1_000)
    assert remembered.get("large") == 2
    remembered.put("next", 3, 1)
    remembered.put("another", 4, 10)
    assert remembered.get("small") is None
