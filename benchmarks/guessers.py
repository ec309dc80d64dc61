"""What programs wait for the average while others guess passwords, a name after another.

A new name with each guess, so that no throttle ends it: each is worth hashing.
"""

import itertools
import multiprocessing
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event
from statistics import median
from threading import Thread

import contenders
import load
from contenders import AVERAGE, Running
from pages import Visitor
from plan import Plan
from postgres import Database
from questions import questions
from results import Results, say
from throughput import RATE

FORK = multiprocessing.get_context("fork")
GUESSERS = 12
SECONDS = 5
QUIET, GUESSED = "average's p99 in ms", "average's p99 in ms, while 12 guess passwords"


def measure(plan: Plan, results: Results, database: Database) -> None:
    ours = contenders.ours(database, plan.data)
    waits: dict[str, list[float]] = {QUIET: [], GUESSED: []}
    with contenders.running(ours, database) as server:
        wait(server, database)  # to warm up
        for _ in range(plan.rounds):
            waits[QUIET].append(wait(server, database))
            with guessing(server, results):
                waits[GUESSED].append(wait(server, database))
    for name, seen in waits.items():
        results.figures[name] = median(seen)
        say(f"  {name}: {median(seen):.1f}")


def wait(server: Running, database: Database) -> float:
    asked = questions(server, AVERAGE, database)
    return load.p99(server.port, server.contender.headers, RATE, SECONDS, asked)


@contextmanager
def guessing(server: Running, results: Results) -> Iterator[None]:
    """In a process of their own: in this one they would keep the asker from the interpreter."""
    end, told = FORK.Event(), FORK.SimpleQueue()
    process = FORK.Process(target=guess_all, args=(server.port, end, told))
    process.start()
    try:
        yield
    finally:
        end.set()
        answers = told.get()
        process.join()
    say(f"  guesses answered: {answers}")
    if not answers.get(200) or set(answers) - {200, 429, 503}:
        results.problems.append(f"guessers were answered {answers}")


def guess_all(port: int, end: Event, told: "SimpleQueue[dict[int, int]]") -> None:
    answers = Counter[int]()
    guessers = [Thread(target=guess, args=(port, each, end, answers)) for each in range(GUESSERS)]
    for guesser in guessers:
        guesser.start()
    for guesser in guessers:
        guesser.join()
    told.put(dict(answers))


def guess(port: int, number: int, end: Event, answers: Counter[int]) -> None:
    visitor = Visitor(port)
    for turn in itertools.count():
        if end.is_set():
            return
        response = visitor.try_to_sign_in(f"guesser-{number}-{turn}", "guessed")
        answers[response.status] += 1
