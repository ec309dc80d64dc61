"""`make` on a new machine, and after what may go wrong there. No package index is asked."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
MAKE = ["make", "PYTHON=./python"]

# The machine's Python: its venvs get a pip that writes down what it is asked for. The files beside
# it say what goes wrong.
PYTHON = """#!/bin/sh
case "$*" in
*ensurepip*) test ! -e no-ensurepip ;;
"-m venv .venv")
    "$REAL" -m venv --without-pip .venv
    test ! -e no-ensurepip || exit 1
    for packages in .venv/lib/python*/site-packages; do
        mkdir "$packages/pip"
        touch "$packages/pip/__init__.py"
        test ! -e kill-venv || kill -9 0  # make too
        cp fake-pip "$packages/pip/__main__.py"
    done ;;
*) exec "$REAL" "$@" ;;
esac
"""
PIP = """
import os, pathlib, signal, sys
with open("pip.log", "a") as log:
    print(*sys.argv[1:], file=log)
if pathlib.Path("kill-pip").exists():
    os.killpg(0, signal.SIGKILL)
sys.exit(pathlib.Path("offline").exists())
"""
INSTALL = "install --quiet --disable-pip-version-check --require-hashes"

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="needs make")


@pytest.fixture
def clone(tmp_path, request):
    """A copy of what `make run` reads, in a folder of the name asked for."""
    clone = tmp_path / getattr(request, "param", "clone")
    clone.mkdir()
    for name in ("Makefile", "requirements.lock", "requirements-dev.lock"):
        shutil.copy2(ROOT / name, clone)
    (clone / "manage.py").write_text("import sys; print('served by', sys.argv[1])")
    (clone / "fake-pip").write_text(PIP)
    (clone / "python").write_text(PYTHON)
    (clone / "python").chmod(0o755)
    return clone


def make(clone, target="run"):
    """(exit status, stdout) of the real make, which gets a process group of its own."""
    done = subprocess.run(
        [*MAKE, target],
        cwd=clone,
        env={"PATH": os.environ["PATH"], "REAL": sys.executable},
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        start_new_session=True,
        check=False,
    )
    return done.returncode, done.stdout


def asked_of_pip(clone):
    return (clone / "pip.log").read_text().splitlines()


INSTALLED = "Installing what Tuition needs …\nserved by run\n"


@pytest.mark.parametrize(
    "clone", ["clone", 'it\'s "a" $HOME `of` 100%, گھر'], indirect=True, ids=ascii
)
def test_the_first_run_installs_and_the_second_serves_at_once(clone):
    assert make(clone) == (0, INSTALLED)
    assert make(clone) == (0, "served by run\n")
    assert asked_of_pip(clone) == [f"{INSTALL} -r requirements.lock"]


def test_a_new_lock_is_installed_into_the_same_venv(clone):
    make(clone)
    (clone / ".venv/kept").touch()
    os.utime(clone / "requirements.lock", (2**31, 2**31))
    assert make(clone) == (0, INSTALLED)
    assert (clone / ".venv/kept").exists()
    assert asked_of_pip(clone) == [f"{INSTALL} -r requirements.lock"] * 2


def test_without_the_venv_module_it_says_so_until_it_is_there(clone):
    (clone / "no-ensurepip").touch()
    for _ in range(2):
        assert make(clone) == (
            2,
            "Python's venv module is missing: on Debian and Ubuntu, apt install python3-venv.\n",
        )
    (clone / "no-ensurepip").unlink()
    assert make(clone) == (0, INSTALLED)


def test_a_venv_without_pip_is_made_anew(clone):
    """What `python3 -m venv` leaves on a Debian without python3-venv."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", clone / ".venv"], check=True)
    assert make(clone) == (0, INSTALLED)


def test_a_venv_whose_making_was_killed_is_made_anew(clone):
    (clone / "kill-venv").touch()
    assert make(clone) == (-9, "")
    assert list(clone.glob(".venv/lib/*/*/pip/__init__.py"))  # it looks whole enough
    (clone / "kill-venv").unlink()
    assert make(clone) == (0, INSTALLED)


def test_an_install_that_was_killed_is_done_again(clone):
    (clone / "kill-pip").touch()
    assert make(clone)[0] == -9
    (clone / "kill-pip").unlink()
    (clone / "offline").touch()
    assert make(clone) == (2, "Installing what Tuition needs …\n")
    (clone / "offline").unlink()
    assert make(clone) == (0, INSTALLED)
    first, *later = asked_of_pip(clone)
    assert first == f"{INSTALL} -r requirements.lock"
    assert later == [f"{INSTALL} --force-reinstall -r requirements.lock"] * 2


def test_a_venv_whose_python_went_away_is_made_anew(clone):
    make(clone)
    for link in (clone / ".venv/bin").glob("python*"):
        link.unlink()
        link.symlink_to("/nowhere/python3.9")
    assert make(clone) == (0, INSTALLED)


def test_a_venv_of_another_version_is_made_anew(clone):
    """python3 is still there, and looks for its packages in another folder now."""
    make(clone)
    (packages,) = clone.glob(".venv/lib/python*")
    packages.rename(packages.with_name("python3.9"))
    assert make(clone) == (0, INSTALLED)


def test_a_venv_elsewhere_is_left_alone(clone, tmp_path):
    """Only the link to it goes."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").touch()
    (clone / ".venv").symlink_to(elsewhere)
    assert make(clone) == (0, INSTALLED)
    assert (elsewhere / "kept").exists()
