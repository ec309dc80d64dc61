"""What a signed-in person waits for, at every size in turns; and whether our throughput fades."""

import re
import time
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from math import ceil
from statistics import median, quantiles
from urllib.parse import quote, urlencode

import answers
import contenders
from answers import Shown
from contenders import AVERAGE, CITY, LIST, STATISTICS, Running
from plan import Plan
from postgres import Database
from project import environment, manage
from questions import students
from results import Results, say
from throughput import push

USER, PASSWORD = "benchmark", "a-benchmark-only-password"
PER_PAGE = 50
FORM = "application/x-www-form-urlencoded"
SORTS = ("name", "-fees", "city", "-name", "fees", "-city")
PATHS = {
    LIST: f"/students/?per_page={PER_PAGE}&sort={{sort}}&page={{page}}",
    CITY: "/students/city/{city}/",
}
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
            growth(plan, results, servers, databases)
        with results.attempt("pages"):
            visitors = {}
            for size, server in servers.items():
                visitors[size] = Visitor(server.port)
                visitors[size].sign_in(environment(plan.data, databases[size].url))
            peers = {}
            for size, database in databases.items():
                flask = contenders.running(contenders.flask_page(), database)
                peers[size] = Visitor(stack.enter_context(flask).port)
            turns(plan, results, visitors, peers, databases)
            for size, visitor in visitors.items():
                search(results, size, visitor)


def growth(
    plan: Plan, results: Results, servers: dict[int, Running], databases: dict[int, Database]
) -> None:
    """The smallest and the largest in turns, so that both have the same minutes."""
    ends = {size: servers[size] for size in (min(servers), max(servers))}
    rates: dict[int, list[float]] = {size: [] for size in ends}
    for _ in range(2 * plan.rounds):
        for size, server in ends.items():
            rates[size].append(push(server, AVERAGE, databases[size], plan.seconds).rate)
    for size in ends:
        results.figures[f"average fees in turns at {size}"] = median(rates[size])


def turns(
    plan: Plan,
    results: Results,
    visitors: dict[int, "Visitor"],
    peers: dict[int, "Visitor"],
    databases: dict[int, Database],
) -> None:
    """Another address of each kind in each turn; what every page shows is looked at."""
    peer, waits = contenders.flask_page(), dict[tuple[str, int], list[float]]()
    for turn in range(plan.pages + 1):
        for size, database in databases.items():
            city = students(database)[turn]["city"]
            for page, shown in pages(size, turn, city).items():
                wait, text = visitors[size].wait(address(PATHS, shown))
                waits.setdefault((page, size), []).append(wait)
                answers.check_page(text, "students_student", shown, database)
                if page in peer.paths:
                    wait, text = peers[size].wait(address(peer.paths, shown))
                    waits.setdefault((f"{page}, {peer.name}", size), []).append(wait)
                    answers.check_page(text, "page_student", shown, database)
            wait, _ = visitors[size].wait(f"/admin/students/student/?p={1 + turn % 5}")
            waits.setdefault(("admin changelist", size), []).append(wait)
            wait, text = visitors[size].wait("/students/statistics/")
            waits.setdefault((STATISTICS, size), []).append(wait)
            answers.check_sums(text, database)
    for (page, size), seen in waits.items():
        typical = 1000 * median(seen[1:])  # the first is to warm up
        results.figures[f"{page} at {size}"] = typical
        say(f"  {page:24} at {size:9,} students: {typical:8.1f} ms")


def pages(size: int, turn: int, city: str) -> dict[str, Shown]:
    """Each order in turn, and each time round another page."""
    last, sort, further = ceil(size / PER_PAGE), SORTS[turn % len(SORTS)], turn // len(SORTS)
    return {
        LIST: Shown(sort, 1 + further),
        CITY: Shown("name", 1, city),
        "middle page": Shown(sort, ceil(last / 2) - further),
        "last page": Shown(sort, last - further),
    }


def address(paths: dict[str, str], shown: Shown) -> str:
    path = paths[CITY if shown.city else LIST]
    return path.format(sort=shown.sort, page=shown.page, city=quote(shown.city))


def search(results: Results, size: int, visitor: "Visitor") -> None:
    """p95 over realistic searches, each asked for several times."""
    paths = [f"/students/?q={quote(words)}" for words in SEARCHES]
    waits = [visitor.wait(path)[0] for _ in range(3) for path in paths]
    p95 = 1000 * quantiles(waits, n=20)[18]
    results.figures[f"search p95 at {size}"] = p95
    say(f"  search p95         at {size:9,} students: {p95:8.1f} ms")


class Visitor:
    """A browser without the browser: one kept connection, cookies, a sign-in."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}

    def wait(self, path: str) -> tuple[float, str]:
        """Seconds from asking to the last byte of the page, which must be a 200; and the page."""
        response, page, seconds = self.ask("GET", path)
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}")
        return seconds, page

    def sign_in(self, env: dict[str, str], username: str = USER) -> None:
        """As a new superuser."""
        user = ("--username", username, "--email", "benchmark@example.com")
        manage(
            "createsuperuser", "--noinput", *user, env=env | {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
        )
        response = self.try_to_sign_in(username, PASSWORD)
        if response.status != 302:
            raise RuntimeError(f"the sign-in page answered {response.status}")

    def try_to_sign_in(self, username: str, password: str) -> HTTPResponse:
        return self.post("/accounts/login/", {"username": username, "password": password})

    def post(self, path: str, form: dict[str, str]) -> HTTPResponse:
        """The form of the page that is there already."""
        form = {**form, "csrfmiddlewaretoken": self.token(path)}
        return self.ask("POST", path, urlencode(form))[0]

    def token(self, path: str) -> str:
        return self.field(path, "csrfmiddlewaretoken")

    def field(self, path: str, name: str) -> str:
        """What a hidden field of the page that is there now holds."""
        _, page, _ = self.ask("GET", path)
        found = re.search(rf'name="{name}" value="(\w+)"', page)
        return found[1] if found else ""

    def headers(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def ask(
        self, method: str, path: str, body: str | bytes | None = None, content_type: str = FORM
    ) -> tuple[HTTPResponse, str, float]:
        """The answer, its text, and the seconds until all of it was here."""
        headers = {**self.headers(), "Content-Type": content_type}
        start = time.perf_counter()
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        content = response.read()
        seconds = time.perf_counter() - start
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return response, content.decode(), seconds
