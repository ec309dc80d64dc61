"""The files of deploy/, each started by the program it is for, before a real Tuition."""

import http.client
import os
import re
import secrets
import socket
import subprocess
import sys
from contextlib import closing
from urllib.parse import urlencode, urlsplit

import pytest

from tuition.tests.drill.office import ask, connect, office
from tuition.tests.front import DEPLOY, FRONTS, before, program
from tuition.tests.served import ROOT, environment, folder, free_port, get, serving, unproven

ELSEWHERE = "127.0.0.2"  # where the browser is: not at the proxy's own address
FORGED = "203.0.113.9"
STRICT = {
    "HTTPS": "true", "DEBUG": "false", "SECRET_KEY": secrets.token_hex(32), "WORKERS": "1",
    "ALLOWED_HOSTS": "localhost,127.0.0.1", "TRUSTED_PROXIES": "127.0.0.1",
}  # fmt: skip


def needs(name):
    if not program(name):
        pytest.skip(f"{name} isn't installed")


@pytest.fixture(scope="module")
def tuition():
    with office(ready=301, **STRICT) as served:
        yield served


class Browser:
    """At ELSEWHERE, and with a forged X-Forwarded-For."""

    def __init__(self, address):
        self.address = urlsplit(address)
        self.cookies = {}

    def ask(self, method, path, form=None):
        place = (self.address.hostname, self.address.port)
        connection = http.client.HTTPSConnection(*place, context=unproven(), timeout=30)
        connection._create_connection = lambda *_args, **_kwargs: socket.create_connection(
            ("127.0.0.1", self.address.port), timeout=30, source_address=(ELSEWHERE, 0)
        )
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
            "Referer": f"{self.address.geturl()}/",
            "X-Forwarded-For": FORGED,
        }
        connection.request(method, path, urlencode(form) if form else None, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, value = cookie.partition(";")[0].split("=", 1)
            self.cookies[name] = value
        return answer, text


@pytest.mark.parametrize("name", FRONTS)
def test_tuition_behind_it(tuition, name):
    needs(name)
    with folder() as own, before(name, own, tuition.address) as address:
        browser = Browser(address)
        answer, page = browser.ask("GET", "/accounts/login/")
        assert answer.status == 200
        assert "max-age" in answer.headers["Strict-Transport-Security"]
        assert list(browser.cookies) == ["__Host-csrftoken"]
        assert browser.ask("GET", "/healthz/ready")[0].status == 404
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
        form = {"csrfmiddlewaretoken": token, "username": f"by {name}", "password": "wrong"}
        assert browser.ask("POST", "/accounts/login/", form)[0].status == 200
        tries = "SELECT host(address) FROM tuition_signintry ORDER BY id DESC LIMIT 1"
        assert ask(tuition.data, tries) == [(ELSEWHERE,)]


def test_plain_http_leads_to_https(tuition):
    place = urlsplit(tuition.address)
    connection = http.client.HTTPConnection(place.hostname, place.port)
    connection.request("GET", "/accounts/login/")
    answer = connection.getresponse()
    connection.close()
    assert (answer.status, answer.headers["Location"][:8]) == (301, "https://")


def test_the_unit_is_one_that_systemd_takes(tmp_path):
    needs("systemd-analyze")
    unit = (
        (DEPLOY / "tuition.service").read_text().replace("/opt/tuition/.venv/bin/python", "/bin/sh")
    )
    (tmp_path / "tuition.service").write_text(unit)
    done = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / "tuition.service"], capture_output=True, text=True
    )
    assert "tuition.service" not in done.stderr
    assert done.returncode == 0


def test_tuition_through_the_pooler(tuition):
    needs("pgbouncer")
    ask(tuition.data, "SELECT 1")
    with closing(connect(tuition.data)) as connection, connection.cursor() as cursor:
        cursor.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC")
        cursor.execute("CREATE ROLE tuition LOGIN")
        connection.commit()
    port = free_port()
    with folder() as own:
        (own / "userlist.txt").write_text('"tuition" "secret"')
        ini = (DEPLOY / "pgbouncer.ini").read_text()
        for old, new in {
            "host=127.0.0.1 port=5432": f"host={tuition.data / 'postgres'} port=5432",
            "listen_port = 6432": f"listen_port = {port}",
            "/etc/pgbouncer": str(own),
        }.items():
            assert old in ini
            ini = ini.replace(old, new)
        (own / "pgbouncer.ini").write_text(f"{ini}unix_socket_dir =\n")
        owner = (tuition.data / "postgres").stat()
        run_as = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
        process = subprocess.Popen([program("pgbouncer"), "-q", own / "pgbouncer.ini"], **run_as)
        try:
            url = f"postgres://tuition:secret@127.0.0.1:{port}/tuition"
            with serving("serve", own / "data", ready=301, DATABASE_URL=url, **STRICT) as (
                address,
                _,
            ):
                assert get(address, "/healthz/ready")[0] == 200
        finally:
            process.terminate()
            process.wait()


@pytest.mark.parametrize("way", ["(a)", "(b)"])
def test_the_documented_settings_satisfy_djangos_own_check(way):
    text = (ROOT / "docs/deployment.md").read_text().partition(f"## {way}")[2]
    settings = dict(re.findall(r"\b([A-Z_]+)=([\w./,-]+)", text.partition("\n## ")[0]))
    documented = {name: settings[name] for name in ("ALLOWED_HOSTS", "HTTPS", "TRUSTED_PROXIES")}
    with folder() as data:
        check = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
        env = environment(data, **documented)
        done = subprocess.run(check, cwd=ROOT, env=env, capture_output=True, text=True)
    assert (done.returncode, "no issues" in done.stdout + done.stderr) == (0, True), done.stderr
