"""Settings from the environment: what works with nothing set, and what nonsense is told."""

import logging
import os
import runpy
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection, connections
from django.views.debug import ExceptionReporter

from tuition import environment
from tuition.postgres.checks import check_database, without_secrets


@pytest.fixture
def set_env(monkeypatch):
    return lambda value: monkeypatch.setenv("THING", value)


def refusal(read, *args, **kwargs):
    with pytest.raises(ImproperlyConfigured) as caught:
        read("THING", *args, **kwargs)
    return str(caught.value)


# -- .env


@pytest.fixture
def env_file(tmp_path, monkeypatch, caplog):
    """Call it with the bytes of a .env: THING, as it is read then."""
    caplog.set_level(logging.DEBUG)

    def read(content):
        (tmp_path / ".env").write_bytes(content)
        monkeypatch.setenv("THING", "")
        monkeypatch.delenv("THING")
        environment.read_file(tmp_path / ".env")
        return os.environ.get("THING")

    return read


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("THING=postgres://u:p@h/db", "postgres://u:p@h/db"),
        ("export THING=x", "x"),
        ("  THING=x\t", "x"),
        ("THING=", ""),
        ("THING=a b", "a b"),
        ("THING=a#b", "a#b"),
        ("THING=#b", "#b"),
        ("THING=a # why", "a"),
        ("THING= # why", ""),
        ("THING='a # b' # why", "a # b"),
        ('THING="a # b" # why', "a # b"),
        ("THING= 'a'", "a"),
        ("THING='$abc'", "$abc"),
        ("THING=$abc", "$abc"),
        (r"THING=\$abc", r"\$abc"),
        (r"THING='\$a\\b\n'", r"\$a\\b\n"),
        (r'THING="\"a\" \\ \n"', r'"a" \ \n'),
        ("""THING='"a"'""", '"a"'),
        ("THING=it's", "it's"),
        ("THING=پیسے", "پیسے"),
    ],
)
def test_a_line_of_the_file(env_file, line, value):
    assert env_file(f"# first\n\n{line}\n".encode()) == value


def test_a_file_of_windows(env_file):
    assert env_file(b"\xef\xbb\xbfTHING=x\r\nOTHER=y\r\n") == "x"
    assert os.environ.pop("OTHER") == "y"


def test_what_the_environment_sets_wins_over_the_file(set_env, tmp_path):
    set_env("mine")
    (tmp_path / ".env").write_text("THING=file\n")
    environment.read_file(tmp_path / ".env")
    assert environment.text("THING") == "mine"


NO_SETTING = (
    "is no setting: it takes NAME=value, NAME='value' or NAME=\"value\", and comments after #."
)
NO_TEXT = "is not plain UTF-8 text: save the file as UTF-8."


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"DATABASE_URL postgres://u:hidden@h/db", NO_SETTING),
        (b"postgres://u:hidden@h/db", NO_SETTING),
        (b"SECRET KEY=hidden", NO_SETTING),
        (b"SECRET_KEY = hidden", NO_SETTING),
        (b"SECRET_KEY='hidden", NO_SETTING),
        (b'SECRET_KEY="hidden" more', NO_SETTING),
        (b"set SECRET_KEY=hidden", NO_SETTING),
        (b"SECRET_KEY=hidden\x00", NO_TEXT),
        (b"SECRET_KEY=hid\x0cden", NO_TEXT),
        ("SECRET_KEY=hid\u2028den".encode(), NO_TEXT),
        ("SECRET_KEY=hiddén".encode("cp1252"), NO_TEXT),
        ("SECRET_KEY=hidden".encode("utf-16-le"), NO_TEXT),
    ],
)
def test_a_line_that_cannot_be_read_stops_the_start(env_file, tmp_path, caplog, line, told):
    with pytest.raises(ImproperlyConfigured) as caught:
        env_file(b"THING=x\n" + line + b"\n")
    assert str(caught.value) == f"{tmp_path}/.env, line 2 {told}"
    assert caught.value.__suppress_context__ or not caught.value.__context__
    assert "THING" not in os.environ
    assert not caplog.text


def test_a_file_of_another_encoding(env_file, tmp_path):
    with pytest.raises(ImproperlyConfigured) as caught:
        env_file("SECRET_KEY=hidden".encode("utf-16"))
    assert str(caught.value) == f"{tmp_path}/.env, line 1 {NO_TEXT}"


def test_no_file_is_fine_and_one_that_cannot_be_read_is_not(tmp_path):
    path = tmp_path / ".env"
    environment.read_file(path)
    path.symlink_to(tmp_path / "gone")
    with pytest.raises(ImproperlyConfigured, match=r"\.env can't be read \(No such file"):
        environment.read_file(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(ImproperlyConfigured, match=r"\.env can't be read \(Is a directory"):
        environment.read_file(path)


def test_no_right_to_read_the_file():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # pytest's own are shut to others
        path = Path(folder) / ".env"
        path.write_text("SECRET_KEY=hidden")
        path.chmod(0)
        script = (
            "import os, sys, pathlib; from tuition import environment;"
            " os.geteuid() or os.setuid(65534); environment.read_file(pathlib.Path(sys.argv[1]))"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, path],
            cwd=configured.BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.stderr.splitlines()[-1] == (
        f"django.core.exceptions.ImproperlyConfigured: {path} can't be read (Permission denied)."
    )


# -- One setting


def test_every_setting_is_taken_as_written(set_env, monkeypatch, tmp_path):
    monkeypatch.setenv("abc", "another")
    set_env("$abc-" + "0123456789" * 4)
    assert environment.secret("THING", kept_in=tmp_path / "k") == "$abc-" + "0123456789" * 4
    set_env("$abc")
    assert environment.folder("THING", default=tmp_path).name == "$abc"
    assert refusal(environment.boolean, default=True) == ("THING takes true or false.")
    assert refusal(environment.postgres_url).startswith("THING takes a PostgreSQL address")
    set_env(r"\$abc")
    assert environment.text("THING") == r"\$abc"


def test_bytes_that_are_no_text(set_env):
    set_env("hidden-\udce9")
    assert refusal(environment.text) == "THING holds bytes that are not UTF-8."


@pytest.mark.parametrize(
    "value",
    ["postgres://u:hidden@h/db", "SECRET_KEY=hidden", "hidden" * 10, "a,p://hidden,b", "hidden$!"],
)
def test_a_secret_on_the_wrong_line_is_not_shown(set_env, tmp_path, value):
    set_env(value)
    for told in (
        refusal(environment.boolean, default=True),
        refusal(environment.whole_number, default=1, least=1),
        refusal(environment.hosts, default="x") if "hiddenhidden" not in value else "",
        refusal(environment.time_zone, default="UTC"),
        refusal(environment.folder, default=tmp_path) if "://" in value else "",
    ):
        assert "hidden" not in told


@pytest.mark.parametrize(("value", "expected"), [("", True), ("yes", True), (" OFF ", False)])
def test_boolean(set_env, value, expected):
    set_env(value)
    assert environment.boolean("THING", default=True) is expected


def test_boolean_nonsense(set_env):
    set_env("maybe")
    assert refusal(environment.boolean, default=True) == ("THING takes true or false, not 'maybe'.")


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "۵", "1000000001"])
def test_whole_number_nonsense(set_env, value):
    set_env(value)
    assert refusal(environment.whole_number, default=1, least=1) == (
        f"THING takes a whole number from 1 to 1,000,000,000, not {value!r}."
    )


def test_hosts(set_env):
    set_env("fees.example.pk, 10.0.0.5 ,[::1]")
    assert environment.hosts("THING", default="x") == ["fees.example.pk", "10.0.0.5", "[::1]"]


@pytest.mark.parametrize(
    "value", ["http://fees.example.pk", "fees.example.pk:8000", "a b", ",", "a;b"]
)
def test_hosts_nonsense(set_env, value):
    set_env(value)
    assert refusal(environment.hosts, default="x").startswith("THING takes host names")


@pytest.mark.parametrize("value", ["Asia/Lahore", "../etc/passwd", "/etc/passwd", "+5"])
def test_time_zone_nonsense(set_env, value):
    set_env(value)
    assert refusal(environment.time_zone, default="Asia/Karachi") == (
        f"THING takes a time zone such as Asia/Karachi, not {value!r}."
    )


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("", {}),
        (
            "postgres://u:p%40ss@h:5433/db",
            {"user": "u", "password": "p@ss", "host": "h", "port": "5433", "dbname": "db"},
        ),
        (
            "postgres://u:p@h1:5432,h2:5433/db?target_session_attrs=read-write",
            {
                "user": "u",
                "password": "p",
                "host": "h1,h2",
                "port": "5432,5433",
                "dbname": "db",
                "target_session_attrs": "read-write",
            },
        ),
        ("postgresql:///db?host=/run/pg", {"dbname": "db", "host": "/run/pg"}),
    ],
)
def test_postgres_url(set_env, url, parts):
    set_env(url)
    assert environment.postgres_url("THING") == parts


@pytest.mark.parametrize(
    "url",
    ["mysql://u:secret@h/db", "db", "postgres://u:secret@h", "postgres://u:secret@h/db?nope=1",
     "postgres://u:secret@[h/db", "postgres://u:secret@h:abc/db", "postgres://u:secret@h:70000/db",
     "postgres://u:p@secret@h/db", "postgres://u:1/secret@h/db", "postgres://u:1?/secret@h/db",
     "postgres://u:1#@secret@h/db", "postgres://u:p@h/db@secret", "postgres://u:%secret@h/db",
     "postgres://u:p@h/db?password=a@secret", "postgres://u:secret", "postgres://u:secret/db"],
)  # fmt: skip
def test_postgres_url_nonsense_never_shows_the_password(set_env, url):
    set_env(url)
    told = refusal(environment.postgres_url)
    assert told.startswith("THING takes a PostgreSQL address such as")
    assert "secret" not in told


def test_an_at_sign_in_a_password_is_told_how_to_write(set_env):
    set_env("postgres://u:p@Tail@host/db")
    assert refusal(environment.postgres_url) == (
        "THING takes a PostgreSQL address such as postgres://user:password@host:5432/database;"
        " what it holds has an @ or / too many: in a user or password, @ is written %40, / is %2F"
        " and % is %25."
    )
    set_env("postgres://u:p%40T%2Fa%25i?l#@host/db")
    parts = environment.postgres_url("THING")
    assert (parts["host"], parts["password"]) == ("host", "p@T/a%i?l#")


HIDDEN = "".join(reversed("ZAAR-IHAFFIHK"))  # not to be found in the source that a debug page shows


@pytest.fixture
def secretive(monkeypatch, django_db_blocker):
    """The settings of a server that nobody can reach, with secrets in every place."""
    secret = {
        "EMBEDDED": None,
        "HOST": "127.0.0.1",
        "PORT": "1",
        "PASSWORD": f"{HIDDEN}-1",
        "OPTIONS": {
            "sslpassword": f"{HIDDEN}-2",
            "passfile": f"/{HIDDEN}/3",
            "options": f'-c statement_timeout=15s -c app.key=a"\\ {HIDDEN}-4 {HIDDEN}-5',
        },
    }
    monkeypatch.setitem(connections.settings, "elsewhere", connection.settings_dict | secret)
    with django_db_blocker.unblock():
        yield
    if hasattr(connections._connections, "elsewhere"):
        del connections["elsewhere"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (f'host name "x.{HIDDEN}-1" fails\n', 'host name "x.…" fails'),
        (f'parameter "app.key": "a" {HIDDEN}-4"', 'parameter "app.key": "…"'),
        (f'file "/{HIDDEN}/3"', 'file "…"'),
        (f'key "{HIDDEN}-2"', 'key "…"'),
        (f"invalid argument: {HIDDEN}-5", "invalid argument: …"),
        ('at "127.0.0.1": FATAL: user "u", "15s"', 'at "127.0.0.1": FATAL: user "u", "15s"'),
    ],
)
def test_what_the_driver_says_holds_no_secret(secretive, said, told):
    assert without_secrets(OperationalError(said)) == told


def test_neither_the_check_nor_a_debug_page_shows_a_secret(secretive, settings, rf):
    (found,) = check_database(None, ["elsewhere"])
    assert found.id == "tuition.E003"
    assert found.msg.startswith('connection to server at "127.0.0.1", port 1 failed: Connection')
    settings.DEBUG = True
    request = rf.get("/", DATABASE_URL=f"postgres://u:{HIDDEN}@h/db")
    environ = request.META  # as a frame of a server has it
    try:
        connections["elsewhere"].ensure_connection()
    except OperationalError:
        reporter = ExceptionReporter(request, *sys.exc_info())
    for page in (reporter.get_traceback_html(), reporter.get_traceback_text()):
        assert "port 1 failed" in page
        assert "DATABASE_URL" in page
        assert HIDDEN not in page
    assert environ["DATABASE_URL"]  # the request itself keeps it


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "new" / "secret_key"
    first = environment.secret("THING", kept_in=path)
    assert len(first) > 60
    assert environment.secret("THING", kept_in=path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["secret_key"]


def test_a_secret_made_by_another_process_meanwhile_is_kept(tmp_path):
    path = tmp_path / "secret_key"
    path.write_text("x" * 40)
    environment.make_secret(path)
    assert path.read_text() == "x" * 40


@pytest.mark.parametrize(("mode", "left"), [(0o644, 0o640), (0o666, 0o640), (0o602, 0o600)])
def test_a_secret_that_others_can_read_is_shut(tmp_path, capsys, mode, left):
    path = tmp_path / "secret_key"
    path.write_text("x" * 40)
    path.chmod(mode)
    if os.geteuid():
        left = 0o600  # root leaves a group its right: it may be the server's
    for told in (
        f"tuition: others could read or change {path}: that is ended (chmod). If they may have,"
        " delete it: a new one is made, and everybody signs in again.\n",
        "",
    ):
        assert environment.secret("THING", kept_in=path) == "x" * 40
        assert stat.S_IMODE(path.stat().st_mode) == left
        assert capsys.readouterr().err == told


def test_a_secret_that_others_can_read_and_we_cannot_shut(tmp_path, monkeypatch):
    path = tmp_path / "secret_key"
    path.write_text("x" * 40)
    path.chmod(0o604)
    monkeypatch.setattr("pathlib.Path.chmod", not_permitted)
    assert refusal(environment.secret, kept_in=path) == (
        f"others than its owner can read or change {path}: chmod 600 {path}"
    )


def not_permitted(*args):
    raise PermissionError


def test_a_secret_that_is_no_text(tmp_path):
    path = tmp_path / "secret_key"
    path.write_bytes(b"\xff" * 40)
    path.chmod(0o600)
    assert refusal(environment.secret, kept_in=path) == (
        f"{path} holds no key: delete it and start again."
    )


def test_a_secret_that_can_be_guessed(set_env, tmp_path):
    for value in ("changeme", "a" * 60):
        set_env(value)
        told = refusal(environment.secret, kept_in=tmp_path / "k")
        assert told == "THING takes at least 32 characters that nobody can guess."


def test_a_folder_that_is_a_file(set_env, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    set_env(str(tmp_path / "file"))
    assert "THING takes a folder" in refusal(environment.folder, default=tmp_path)
    monkeypatch.delenv("THING")
    assert "DATA_DIR" in refusal(environment.secret, kept_in=tmp_path / "file" / "k")


@pytest.mark.parametrize("value", ["~nosuchuser/x", "x" * 300, "/" + "y" * 5000])
def test_a_folder_that_is_none(set_env, tmp_path, value):
    set_env(value)
    assert "THING takes the path of a folder" in refusal(environment.folder, default=tmp_path)


@pytest.mark.parametrize("https", ["true", "false"])
def test_the_room_that_leads_on_to_https_is_there_when_it_is_wanted(monkeypatch, https):
    monkeypatch.setenv("HTTPS", https)
    read = runpy.run_path("tuition/settings.py")
    room = "django.middleware.security.SecurityMiddleware"
    assert (room in read["MIDDLEWARE"]) == read.get("SECURE_SSL_REDIRECT", False)
    assert read["MIDDLEWARE"][0] == "tuition.middleware.response_headers"
