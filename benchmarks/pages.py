"""What a signed-in person waits for, at every size in turns; and whether our throughput fades."""

import re
import time
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from math import ceil
from statistics import median, quantiles
from urllib.parse import quote, urlencode

import contenders
from contenders import AVERAGE, Running
from plan import Plan
from postgres import Database
from project import environment, manage
from results import Results, say
from throughput import push

USER, PASSWORD = "benchmark", "a-benchmark-only-password"
PER_PAGE = 50
SEARCHES = (
    *("ali", "khan", "fatima", "hussain", "zainab", "usman", "abd", "ahm", "noor", "qureshi"),
    *("raza khan", "ayesha siddiqa", "ghulam mustafa", "umme kulsoom", "yousafzai", "xyz"),
    *("بلال", "فاطمہ", "خان"),
)


def measure(plan: Plan, results: Results, databases: dict[int, Database]) -> None:
    say("Pages, and throughput as the office grows")
    with ExitStack() as stack:
        servers = {}
        for size, database in databases.items():
            ours = contenders.ours(database, plan.data)
            servers[size] = stack.enter_context(contenders.running(ours, database))
        with results.attempt("throughput at the largest size / at the smallest"):
            growth(plan, results, servers)
        with results.attempt("pages"):
            visitors = {}
            for size, server in servers.items():
                visitors[size] = Visitor(server.port)
                visitors[size].sign_in(environment(plan.data, databases[size].url))
            turns(plan, results, visitors)
            for size, visitor in visitors.items():
                search(results, size, visitor)


def growth(plan: Plan, results: Results, servers: dict[int, Running]) -> None:
    """The smallest and the largest in turns, so that both have the same minutes."""
    ends = {size: servers[size] for size in (min(servers), max(servers))}
    rates: dict[int, list[float]] = {size: [] for size in ends}
    for _ in range(2 * plan.rounds):
        for size, server in ends.items():
            rates[size].append(push(server, AVERAGE, plan.seconds).rate)
    for size in ends:
        results.figures[f"average fees in turns at {size}"] = median(rates[size])


def turns(plan: Plan, results: Results, visitors: dict[int, "Visitor"]) -> None:
    waits: dict[tuple[str, int], list[float]] = {}
    for turn in range(plan.pages + 1):
        for size, visitor in visitors.items():
            for page, path in pages(size).items():
                wait = visitor.wait(path)
                if turn:  # the first is to warm up
                    waits.setdefault((page, size), []).append(wait)
    for (page, size), seen in waits.items():
        results.figures[f"{page} at {size}"] = 1000 * median(seen)
        say(f"  {page:18} at {size:9,} students: {1000 * median(seen):8.1f} ms")


def pages(size: int) -> dict[str, str]:
    last = ceil(size / PER_PAGE)
    listed = f"/students/?per_page={PER_PAGE}&page="
    return {
        "list page": "/students/",
        "city page": "/students/city/Lahore/",
        "admin changelist": "/admin/students/student/",
        "first page": f"{listed}1",
        "middle page": f"{listed}{ceil(last / 2)}",
        "last page": f"{listed}{last}",
    }


def search(results: Results, size: int, visitor: "Visitor") -> None:
    """p95 over realistic searches, each asked for several times."""
    paths = [f"/students/?q={quote(words)}" for words in SEARCHES]
    waits = [visitor.wait(path) for _ in range(3) for path in paths]
    p95 = 1000 * quantiles(waits, n=20)[18]
    results.figures[f"search p95 at {size}"] = p95
    say(f"  search p95         at {size:9,} students: {p95:8.1f} ms")


class Visitor:
    """A browser without the browser: one kept connection, cookies, a sign-in."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}

    def wait(self, path: str) -> float:
        """Seconds to the whole page, which must be a 200."""
        start = time.perf_counter()
        response, _ = self.ask("GET", path)
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}")
        return time.perf_counter() - start

    def sign_in(self, env: dict[str, str]) -> None:
        user = ("--username", USER, "--email", "benchmark@example.com")
        manage(
            "createsuperuser", "--noinput", *user, env=env | {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
        )
        _, page = self.ask("GET", "/accounts/login/")
        (token,) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page) or [""]
        form = {"username": USER, "password": PASSWORD, "csrfmiddlewaretoken": token}
        response, _ = self.ask("POST", "/accounts/login/", urlencode(form))
        if response.status != 302:
            raise RuntimeError(f"the sign-in page answered {response.status}")

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[HTTPResponse, str]:
        held = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Cookie": held, "Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        page = response.read().decode()
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return response, page
