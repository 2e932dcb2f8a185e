"""The head of a partition: log time and its encoding."""

from hypothesis import given
from hypothesis import strategies as st

from replication.records.position import Head
from replication.state.partition_head import LOG_TIME_WINDOW, Chain, PartitionHead


def with_times(*times: int) -> PartitionHead:
    head = PartitionHead()
    for time in times:
        head.note_time(time)
    return head


def test_log_time_is_the_median_of_the_last_101_applied() -> None:
    assert PartitionHead().log_time == 0
    assert with_times(7).log_time == 7
    assert with_times(1, 9, 5).log_time == 5
    assert with_times(*[10**15] * 50, *[100] * 51).log_time == 100
    assert with_times(*[10**15] * 1000, *[100] * 51).log_time == 100
    assert with_times(*[100] * 51, *[10**15] * 50).log_time == 100


@given(st.lists(st.integers(0, 2**60), max_size=250))
def test_log_time_forgets_what_left_the_window(times: list[int]) -> None:
    window = sorted(times[-LOG_TIME_WINDOW:])
    assert with_times(*times).log_time == (window[len(window) // 2] if window else 0)
    assert PartitionHead.decode(with_times(*times).encode()).log_time == with_times(*times).log_time


def test_a_head_survives_its_encoding() -> None:
    head = with_times(5, 3, 9)
    head.head, head.shared, head.oldest = Head(12, b"h" * 32), Head(3, b"s" * 32), 4
    head.chains = {"node-2": Chain(1, 2, b"b" * 32, Head(1, b"x" * 32)), "node-1": Chain(2, 3, b"a" * 32, head.head)}
    head.adopted = {"eu-west-1": Head(9, b"e" * 32), "ap-southeast-2": Head(8, b"p" * 32)}
    again = PartitionHead.decode(head.encode())
    for name in ("head", "shared", "oldest", "chains", "adopted", "log_time"):
        assert getattr(again, name) == getattr(head, name)
    assert again.encode() == head.encode()
    again.note_time(1)
    head.note_time(1)
    assert again.encode() == head.encode()


def test_the_order_of_arrival_does_not_show_in_the_encoding() -> None:
    one, other = PartitionHead(), PartitionHead()
    one.adopted = {"a": Head(1, b""), "b": Head(2, b"")}
    other.adopted = {"b": Head(2, b""), "a": Head(1, b"")}
    assert one.encode() == other.encode()
    assert list(one.adopted_numbers()) == list(other.adopted_numbers()) == ["a", "b"]
