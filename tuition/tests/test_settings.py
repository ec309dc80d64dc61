"""Settings from the environment: what works with nothing set, and what nonsense is told."""

import stat

import pytest
from django.core.exceptions import ImproperlyConfigured

from tuition import environment


@pytest.fixture
def set_env(monkeypatch):
    return lambda value: monkeypatch.setenv("THING", value)


def refusal(read, *args, **kwargs):
    with pytest.raises(ImproperlyConfigured) as caught:
        read("THING", *args, **kwargs)
    return str(caught.value)


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
     "postgres://u:secret@[h/db", "postgres://u:secret@h:abc/db"],
)  # fmt: skip
def test_postgres_url_nonsense_never_shows_the_password(set_env, url):
    set_env(url)
    told = refusal(environment.postgres_url)
    assert told.startswith("THING takes a PostgreSQL address such as")
    assert "secret" not in told


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
