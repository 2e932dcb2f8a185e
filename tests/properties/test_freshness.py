"""Whatever a peer shares, says and is rolled back to, and however it is heard: freshness is never told too good.

A model keeps when each record was shared. A region that says that all is known as of a moment must have adopted every
record that the peer had shared, and not lost again, before that moment.
"""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from replication.pulses.heard import Heard, HeardPulse
from replication.records.position import Head
from tests.replication.pulses.signed_pulses import head, heard, pulse
from tests.replication.written_log import PEER, START


class Step(NamedTuple):
    """`number` picks which pulse is heard, or how many records are adopted."""

    kind: str
    number: int


STEPS = st.lists(
    st.builds(
        Step, st.sampled_from(["share", "beat", "hear", "hear the last", "adopt", "roll back"]), st.integers(0, 50)
    ),
    max_size=60,
)


class Model:
    """A peer with one partition, and the region that hears it. Time goes on by a millisecond a step."""

    def __init__(self, ahead: int) -> None:
        self.now, self._ahead = START, ahead
        self.shared_at: list[int] = []
        self.lost_until = 0
        self.adopted = 0
        self.said: list[HeardPulse] = []
        self.region = Heard(PEER, 1)

    def step(self, step: Step) -> None:
        self.now += 1
        if step.kind == "share":
            self.shared_at.append(self.now)
        elif step.kind == "beat":
            self.said.append(heard(pulse(len(self.shared_at), time=self.now + self._ahead)))
        elif step.kind == "adopt":
            self.adopted = max(self.adopted, min(step.number, len(self.shared_at)))
        elif step.kind == "roll back":
            self.lost_until = max(self.lost_until, len(self.shared_at))
            del self.shared_at[step.number :]
        elif self.said:
            chosen = self.said[-1 if step.kind == "hear the last" else step.number % len(self.said)]
            self.region.hear(chosen._replace(at=self.now))

    def known_as_of(self) -> int:
        (fresh,) = self.region.freshen([Head(self.adopted, head(self.adopted).digest)])
        return fresh


@given(STEPS, st.integers(-5, 5))
def test_all_that_was_shared_before_the_moment_told_is_adopted(steps: list[Step], ahead: int) -> None:
    model = Model(max(ahead, 0))
    for step in steps:
        model.step(step)
        fresh = model.known_as_of()
        assert fresh <= model.now
        if not model.lost_until:
            before = sum(time <= fresh - model._ahead for time in model.shared_at)
            assert before <= model.adopted


@given(STEPS)
def test_freshness_never_goes_back_and_needs_no_more_than_one_late_pulse(steps: list[Step]) -> None:
    model, last = Model(0), 0
    for step in steps:
        model.step(step)
        last, before = model.known_as_of(), last
        assert last >= before
    if model.lost_until:
        return
    model.adopted = len(model.shared_at)
    for kind in ("beat", "hear the last"):
        model.step(Step(kind, 0))
    assert model.known_as_of() == model.now - 1
