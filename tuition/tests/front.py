"""What stands before Tuition, started from deploy/ as it is: Caddy, nginx, HAProxy."""

import os
import re
import shutil
import subprocess
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

from tuition.tests.served import ROOT, free_port, get

DEPLOY = ROOT / "deploy"


def caddy(folder, port, apps):
    """Its own options only keep it from this machine's ports 80 and 2019, and its certificates."""
    config = folder / "Caddyfile"
    options = f"{{\n\tadmin off\n\thttp_port {free_port()}\n\tskip_install_trust\n}}\n"
    config.write_text(f"{options}import {DEPLOY / 'Caddyfile'}\n")
    env = {"TUITION_NAME": f"localhost:{port}", "TUITION_APP": apps[0], "HOME": str(folder)}
    return ["caddy", "run", "--config", config, "--adapter", "caddyfile"], env


def nginx(folder, port, apps):
    site = (DEPLOY / "nginx.conf").read_text()
    pem = certificate(folder)
    for old, new in {
        r"listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        r"listen 80": f"listen 127.0.0.1:{free_port()}",
        r"127\.0\.0\.1:8000": apps[0],
        r"/etc/ssl/tuition/\w+\.pem": str(pem),
        r"server_name \S+;": "server_name localhost;",
    }.items():
        site, count = re.subn(old, new, site)
        assert count, old
    paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    temporary = " ".join(f"{name}_temp_path {folder}/{name};" for name in paths)
    config = folder / "nginx.conf"
    config.write_text(
        f"pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
        f"http {{ access_log off; {temporary}\n{site} }}\n"
    )
    return ["nginx", "-p", folder, "-c", config, "-g", "daemon off;"], {}


def haproxy(folder, port, apps):
    first, second = (*apps, *apps)[:2]
    env = {
        "TUITION_LISTEN": f"127.0.0.1:{port}",
        "TUITION_CERTIFICATE": str(certificate(folder)),
        "TUITION_APP1": first,
        "TUITION_APP2": second,
    }
    return ["haproxy", "-db", "-f", DEPLOY / "haproxy.cfg"], env


FRONTS = {"caddy": caddy, "nginx": nginx, "haproxy": haproxy}


def program(name):
    """Where it is, or None."""
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")


def certificate(folder):
    """A certificate for localhost and its key, in one file."""
    pem = folder / "localhost.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", pem, "-out", folder / "certificate.pem"]
    subprocess.run([*request, *names, *files], check=True, capture_output=True)
    pem.write_text(pem.read_text() + (folder / "certificate.pem").read_text())
    return pem


@contextmanager
def before(name, folder, *addresses):
    """It stands before the Tuitions at these addresses; its own address, over HTTPS."""
    port = free_port()
    apps = [urlsplit(address).netloc for address in addresses]
    command, env = FRONTS[name](folder, port, apps)
    with (folder / f"{name}.log").open("w") as log:
        process = subprocess.Popen(
            [program(name), *map(str, command[1:])],
            env={"PATH": os.environ["PATH"], **env},
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    address = f"https://localhost:{port}"
    try:
        end = time.monotonic() + 30
        while get(address, "/accounts/login/")[0] != 200:
            assert process.poll() is None, (folder / f"{name}.log").read_text()
            assert time.monotonic() < end, f"{name} doesn't lead to Tuition"
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait()
