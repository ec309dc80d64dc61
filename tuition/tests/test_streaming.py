"""What is long, through `manage.py serve` with one thread: exports out, spreadsheets in."""

import gzip
import queue
import re
import socket
import threading
import time
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from tuition.limits import STREAMS
from tuition.tests.drill.office import ask, manage, until
from tuition.tests.person import IMPORTS, NAME, Person, make_person, path_of
from tuition.tests.served import serving, status, workers

ONE = {"WORKERS": "1", "THREADS": "1", "IMPORT_MAX_MB": "3"}
EXPORT = "/students/export.csv?status=all"
STUDENTS = 100_000  # some 11 MB: more than all buffers on the way hold
BIG = 2_700_000  # bytes: more than Django takes in memory, and less than IMPORT_MAX_MB
UPLOADS = 3  # of tuition.rsgi, which is not to be loaded here


@pytest.fixture(scope="module")
def office(migrated):
    """A database of many students and one person."""
    manage(migrated, "load_sample_students", "--count", STUDENTS, "-v0")
    make_person(migrated)
    return migrated


@pytest.fixture(scope="module")
def served(office, tmp_path_factory):
    log = tmp_path_factory.mktemp("served") / "log"
    with log.open("w") as output, serving("serve", office, output=output, **ONE) as (address, it):
        yield SimpleNamespace(address=address, process=it, data=office, log=log)


@pytest.fixture(scope="module")
def person(served):
    return Person(served.address).sign_in()


@pytest.fixture(scope="module")
def file(office, tmp_path_factory):
    """What the command writes."""
    path = tmp_path_factory.mktemp("exported") / "students.csv"
    manage(office, "export_students", path, "-v0")
    return path.read_bytes()


@contextmanager
def slow(person):
    """Somebody who has read only the beginning of an export."""
    connection, answer = begun(person)
    with closing(connection):
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        answer.beginning = answer.read(1000)
        yield answer


def begun(person):
    """Those of the test before may be leaving yet."""
    for _ in range(50):
        connection = person.open("GET", EXPORT)
        answer = connection.getresponse()
        if answer.status == 200:
            break
        connection.close()
        time.sleep(0.1)
    assert answer.status == 200
    return connection, answer


@contextmanager
def all_streams_taken(person):
    with ExitStack() as stack:
        for _ in range(STREAMS):
            stack.enter_context(slow(person))
        yield


def same(export, file):
    """The list goes by the name, and the command by the number."""
    head, *rows = export.split(b"\r\n")
    expected, *others = file.split(b"\r\n")
    assert head == expected
    assert sorted(rows) == sorted(others)


# -- Exports ---------------------------------------------------------------------------------------


def test_an_export_is_streamed_whole(person, file):
    answer = person.get(EXPORT)
    assert answer.status == 200
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in answer.headers
    assert len(answer.body) == len(file)
    same(answer.body, file)


def test_gzip_is_accepted(person, file):
    answer = person.get(EXPORT, **{"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.body) < len(file) / 2
    same(gzip.decompress(answer.body), file)


def test_excel_is_streamed_whole(person):
    answer = person.get("/students/export.xlsx?city=Kasur&status=all")
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert answer.body.startswith(b"PK\x03\x04")
    assert b"PK\x05\x06" in answer.body[-100:]  # the end of a ZIP file


def test_slow_readers_keep_nobody_waiting(served, person):
    with all_streams_taken(person):
        for path in ("/students/", "/students/statistics/", IMPORTS, "/students/average-fees/"):
            began = time.monotonic()
            assert person.get(path).status == 200
            assert time.monotonic() - began < 3
        assert status(served.address, "/static/icon.svg") == 200


def test_a_slow_reader_gets_all_of_it(person, file):
    with slow(person) as answer:
        pieces = [answer.beginning]
        for _ in range(20):
            time.sleep(0.05)
            pieces.append(answer.read(100_000))
        pieces.append(answer.read())
    same(b"".join(pieces), file)


def test_more_than_a_worker_streams_at_once_is_refused(person):
    with all_streams_taken(person):
        answer = person.get(EXPORT)
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "10"
        assert "Too much is on its way just now" in answer.text
        assert "The database" not in answer.text


def test_a_reader_who_leaves_frees_his_place(served, person):
    with all_streams_taken(person):
        assert copies(served.data) == STREAMS
    assert until(lambda: copies(served.data) == 0, 10) < 10
    with all_streams_taken(person):
        assert person.get(EXPORT).status == 503
    assert until(lambda: person.get("/students/export.csv?city=Kasur").status == 200, 10) < 10


def copies(data):
    """Exports that the database is at."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY (SELECT%'"
    return ask(data, f"{asked} AND state = 'active'")[0][0]


def test_the_head_of_an_export_is_headers_only(served, person):
    with all_streams_taken(person):  # it takes no place
        answer = person.ask("HEAD", EXPORT)
        assert (answer.status, answer.body) == (200, b"")
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert 'filename="students-' in answer.headers["Content-Disposition"]
        assert copies(served.data) == STREAMS


def test_an_export_takes_little_memory(served, person, file):
    """However slow its reader, and however long the list."""
    (worker,) = workers(served.process)
    assert until(lambda: person.get(f"{EXPORT}&city=Kasur").status == 200, 10) < 10
    before = peak(worker)
    with slow(person) as answer:
        time.sleep(2)
        assert peak(worker) - before < len(file) / 2 < 64 << 20
        answer.read()
    assert peak(worker) - before < len(file) / 2


def peak(pid):
    """The most bytes that a process has had in memory."""
    said = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", said)[1]) << 10


def test_told_to_end_it_lets_a_quick_reader_finish(office, file, tmp_path):
    log = tmp_path / "log"
    with log.open("w") as out, serving("serve", office, output=out, **ONE) as (address, process):
        with slow(Person(address).sign_in()) as answer:
            process.terminate()
            time.sleep(1)
            same(answer.beginning + answer.read(), file)
        assert process.wait(timeout=30) == 0
    assert not re.search("Killing|Traceback", log.read_text())


@pytest.mark.hunt
def test_a_stalled_reader_does_not_keep_the_server_from_ending(office, tmp_path):
    log = tmp_path / "log"
    with log.open("w") as out, ExitStack() as stack:
        address, process = stack.enter_context(serving("serve", office, output=out, **ONE))
        stack.enter_context(slow(Person(address).sign_in()))
        process.terminate()
        assert process.wait(timeout=40) == 0
    assert "Traceback" not in log.read_text()


class Pipe:
    """Granian's side of an answer: it opens what it is to send when its reader is `there`."""

    def __init__(self):
        self.there, self.got = threading.Event(), queue.SimpleQueue()

    def response_file(self, status, headers, path):
        threading.Thread(target=self.read, args=(path,)).start()

    def read(self, path):
        with open(path, "rb") as pipe:
            self.there.wait(10)
            self.got.put(pipe.read())


class Chunks(list):
    streaming = True

    def close(self):
        pass


@pytest.mark.parametrize("own_thread", [True, False])
def test_a_thread_of_its_own_is_what_keeps_others_from_waiting(monkeypatch, own_thread):
    """The twin: streamed by the thread that asked, it keeps that thread."""
    from tuition import rsgi

    answer = rsgi.Answer(200, [], Chunks([b"x" * 200_000]))  # more than a pipe holds
    monkeypatch.setattr(rsgi, "asked", lambda *args: answer)
    monkeypatch.setattr(rsgi.connections, "close_all", lambda: None)
    pipe, done = Pipe(), threading.Event()
    request = SimpleNamespace(scope=SimpleNamespace(method="GET"), proto=pipe, done=done.set)
    reception = rsgi.Reception()
    answered = threading.Event()

    def ask_it():
        reception.answer(request)
        answered.set()

    asking = threading.Thread(target=ask_it)
    if not own_thread:
        at_once = lambda target, args, name: SimpleNamespace(start=lambda: target(*args))  # noqa: E731
        monkeypatch.setattr(rsgi, "threading", SimpleNamespace(Thread=at_once))
    asking.start()
    assert answered.wait(1) == own_thread
    assert not done.is_set()
    pipe.there.set()
    assert pipe.got.get(timeout=10) == b"x" * 200_000
    assert done.wait(10)
    asking.join()


# -- Spreadsheets ----------------------------------------------------------------------------------


def sheet(*, names, size=0):
    """CSV of new students, made longer by a column that nobody takes."""
    rows = ["Name,City,Fees,Remarks", *(f"{name},Lahore,9000," for name in names)]
    missing = max(size - sum(map(len, rows)), 0) // max(len(names), 1)
    return "\n".join(rows[:1] + [row + "x" * missing for row in rows[1:]]).encode()


def long_sheet(start, size=BIG):
    return sheet(names=[f"{start} {number}" for number in range(5_000)], size=size)


def test_a_page_s_import_is_done_by_a_process_of_its_own(served, person):
    content = sheet(names=["Streamed One", "Streamed Two"])
    path = path_of(person.bring(content))
    assert until(lambda: not person.waits(path), 30) < 30
    page = person.get(path).text
    assert "Nothing has changed yet." in page
    assert here(served.data, "Streamed %") == 0
    assert path_of(person.confirm(path)) == path
    assert until(lambda: not person.waits(path), 30) < 30
    assert "<h2>Imported</h2>" in person.get(path).text
    assert here(served.data, "Streamed %") == 2
    ((number, user),) = ask(
        served.data, "SELECT id, user_id FROM students_import WHERE state = 'done'"
    )
    assert ask(
        served.data,
        "SELECT DISTINCT pgh_context FROM students_studentevent WHERE pgh_label = 'insert'"
        " AND pgh_context ? 'import'",
    ) == [({"door": "import", "import": number, "user": user, "name": NAME},)]
    assert until(lambda: ask(served.data, WORKING) == [(0,)], 10) < 10


WORKING = "SELECT count(*) FROM students_import WHERE busy_until IS NOT NULL"


def here(data, like):
    return ask(data, "SELECT count(*) FROM students_student WHERE name LIKE %s", like)[0][0]


def test_a_big_file_is_taken(served, person):
    path = path_of(person.bring(long_sheet("Big")))
    assert until(lambda: not person.waits(path), 30) < 30
    assert "5,000 new" in person.get(path).text
    person.post(path, step="cancel")
    assert "Called off" in person.get(path).text


def test_a_file_over_the_limit_is_refused_in_words(served, person):
    before = imports(served.data)
    answer = person.bring(long_sheet("Over", 3_100_000))  # a little: read, and told its size
    assert answer.status == 200
    assert "A file may have 3 MB; this one has 3.1. Split it." in answer.text
    answer = person.bring(b"x" * 4_100_000)  # more: not read at all
    assert answer.status == 413
    assert "This is too much at once" in answer.text
    assert "A file may have 3 MB. Split it." in answer.text
    assert imports(served.data) == before


def imports(data):
    return ask(data, "SELECT count(*) FROM students_import")[0][0]


@pytest.mark.parametrize("path", ["/students/", "/students/add/", f"{IMPORTS}1/", "/api/students/"])
def test_a_big_body_to_any_other_address_is_too_much(person, path):
    with closing(person.open("POST", path, length=BIG)) as connection:  # not a byte of it is sent
        answer = connection.getresponse()
        said = answer.read().decode()
    assert answer.status == 413
    assert "at most 2.5 MB can be sent at a time" in said


def test_more_big_files_at_once_than_a_worker_holds_are_refused(served, person):
    content = long_sheet("Queued")
    body, kind = person.upload(content)
    with ExitStack() as stack:
        coming = [
            stack.enter_context(
                closing(person.open("POST", IMPORTS, body[:1000], kind, length=len(body)))
            )
            for _ in range(UPLOADS)
        ]
        time.sleep(0.5)
        answer = person.bring(content)
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "10"
        assert "Too much is on its way just now" in answer.text
        assert path_of(person.bring(sheet(names=["Small"])))  # a small one needs no such place
        assert person.get(IMPORTS).status == 200
        coming[0].send(body[1000:])
        first = coming[0].getresponse()
        first.read()
        assert first.status == 302
    assert until(lambda: person.bring(content).status == 302, 10) < 10


def test_what_a_stranger_brings_is_not_kept(served):
    before = imports(served.data)
    stranger = Person(served.address)
    stranger.get("/accounts/login/")
    answer = stranger.bring(sheet(names=["Strange"]))
    assert path_of(answer) == f"/accounts/login/?next={IMPORTS}"
    assert imports(served.data) == before


@pytest.mark.parametrize("session", ["", "made-up"])
def test_a_stranger_takes_no_place_of_a_long_body(served, person, session):
    """Refused unread, however slowly he sends."""
    stranger = Person(served.address)
    stranger.get("/accounts/login/")
    stranger.cookies["sessionid"] = session
    body, kind = stranger.upload(long_sheet("Strange"))
    with ExitStack() as stack:
        for _ in range(UPLOADS):
            connection = stranger.open("POST", IMPORTS, b"", kind, length=len(body))
            stack.enter_context(closing(connection))
            answer = connection.getresponse()
            assert answer.status == 403
            assert "Sign in first, and send the file again." in answer.read().decode()
        assert person.bring(long_sheet("Known")).status == 302
