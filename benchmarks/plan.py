"""How much to measure: SIZES and SECONDS of the environment."""

import os
from dataclasses import dataclass
from pathlib import Path

FULL = (1_000, 10_000, 100_000, 1_000_000)


@dataclass(frozen=True)
class Plan:
    data: Path  # Tuition's DATA_DIR for this run
    sizes: tuple[int, ...]
    seconds: int  # of each timed run

    @property
    def full(self) -> bool:
        return set(FULL) <= set(self.sizes)

    @property
    def rounds(self) -> int:
        return 3 if len(self.sizes) > 1 else 1

    @property
    def writing(self) -> int:
        """Seconds that the bulk writers write."""
        return 60 if self.full else 5

    @property
    def pages(self) -> int:
        """How often each page is asked for."""
        return 20 if self.full else 10


def plan(data: Path) -> Plan:
    sizes = numbers("SIZES", " ".join(map(str, FULL)))
    (seconds,) = numbers("SECONDS", "2" if len(sizes) > 1 else "1")
    return Plan(data, tuple(sorted(set(sizes))), seconds)


def numbers(name: str, default: str) -> list[int]:
    """Whole numbers of 1 or more, spaces between."""
    words = (os.environ.get(name) or default).split()
    if not all(word.isascii() and word.isdigit() and int(word) for word in words):
        raise SystemExit(f"{name} takes whole numbers such as {default}, not {' '.join(words)!r}.")
    return [int(word) for word in words]
