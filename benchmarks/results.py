"""What was measured, what could not be and why, and what went wrong."""

import json
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from project import NotMeasured


@dataclass
class Cell:
    """One contender at one job at one size."""

    size: int
    job: str
    contender: str
    rates: list[float] = field(default_factory=list)  # answers a second, one for each run
    requests: int = 0
    errors: int = 0
    p99: float | None = None  # milliseconds at the fixed rate; inf: it can't keep up

    @property
    def rate(self) -> float:
        return median(self.rates)


@dataclass
class Results:
    facts: dict[str, str] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)  # single numbers, by name
    missing: dict[str, str] = field(default_factory=dict)  # what was not measured: why
    problems: list[str] = field(default_factory=list)

    def cell(self, size: int, job: str, contender: str) -> Cell | None:
        for cell in self.cells:
            if (cell.size, cell.job, cell.contender) == (size, job, contender) and cell.rates:
                return cell
        return None

    def ratio(
        self, size: int, job: str, ours: str, theirs: str, their_job: str = ""
    ) -> float | None:
        one, other = self.cell(size, job, ours), self.cell(size, their_job or job, theirs)
        return one.rate / other.rate if one and other and other.rate else None

    def keep(self, name: str, value: float) -> None:
        self.figures[name] = value
        say(f"  {name:60} {value:10,.2f}")

    @contextmanager
    def attempt(self, what: str) -> Iterator[None]:
        """Go on to the next measurement whatever happens in this one."""
        try:
            yield
        except NotMeasured as reason:
            self.missing[what] = str(reason)
            say(f"  {what}: not measured, {reason}")
        except Exception as error:
            traceback.print_exc()
            self.problems.append(f"{what}: {error}")

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False))


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
