"""A store in memory that knows how many of its snapshots are held."""

from collections.abc import Callable, Iterator

from replication.state.memory_store import MemoryStore
from replication.state.state_store import Reading


class CountedReading:
    """A snapshot that knows whether it is still held."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self.version = reading.version
        self.held = True

    def get(self, table: bytes, key: bytes) -> bytes | None:
        return self._reading.get(table, key)

    def getter(self, table: bytes) -> Callable[[bytes], bytes | None]:
        return self._reading.getter(table)

    def scan(self, table: bytes, start: bytes, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        return self._reading.scan(table, start, prefix)

    def close(self) -> None:
        self._reading.close()
        self.held = False

    def __enter__(self) -> "CountedReading":
        return self

    def __exit__(self, *_fault: object) -> None:
        self.close()


class CountedStore(MemoryStore):
    def __init__(self) -> None:
        super().__init__()
        self.readings: list[CountedReading] = []

    def read(self) -> Reading:
        self.readings.append(CountedReading(super().read()))
        return self.readings[-1]

    @property
    def held(self) -> int:
        return sum(reading.held for reading in self.readings)
