"""Read one setting from the environment, or say what is wrong with it.

Every function raises ImproperlyConfigured naming the variable and what it takes; none of them
echoes a secret, nor what may be one on the wrong line. Unset and empty mean the default.
"""

import codecs
import hashlib
import io
import ipaddress
import os
import re
import secrets
import stat
import sys
import zoneinfo
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import overload

import environ
import psycopg2
from django.core.exceptions import ImproperlyConfigured
from psycopg2.extensions import parse_dsn

from rules.fines import TAKES, parse_fine

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}

# NAME=value, 'value' or "va\"lue"; a comment may follow after a blank.
LINE = re.compile(
    r"""(?:export[ \t]+)?(?P<name>[A-Za-z_]\w*)="""
    r"""(?:[ \t]*(?:'(?P<single>[^']*)'|(?P<double>"(?:[^"\\]|\\.)*"))|"""
    r"""(?![ \t]*['"])(?P<bare>(?:(?![ \t]\#).)*))(?:[ \t]+\#.*)?""",
    re.ASCII,
)
CONTROL = re.compile("[\0-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")  # some would end a line

PORTS = range(1, 65536)

# What a picture begins with. WebP says its length before its name; SVG is text, and may have a
# declaration, comments and a doctype before it.
PICTURES = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
    "image/svg+xml": re.compile(
        rb"(\xef\xbb\xbf)?\s*"
        rb"((<\?xml[^>]*>|<!--((?!-->).)*-->|<!DOCTYPE[^>\[]*(\[[^\]]*\]\s*)?>)\s*)*<svg[\s>]",
        re.DOTALL,
    ),
}
MOST_OF_A_PICTURE = 512 * 1024  # bytes: a phone loads it with its first page


def read_file(path: Path) -> None:
    """Take over the lines of a `.env`; what the environment sets already wins.

    django-environ skips what it can't read, and logs the line with the secret in it: a line
    reaches it when it is one that it reads.
    """
    try:
        lines = path.read_bytes().removeprefix(codecs.BOM_UTF8).splitlines()
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not path.is_symlink():
            return
        raise ImproperlyConfigured(f"{path} can't be read ({error.strerror}).") from None
    read = []
    for number, raw in enumerate(lines, 1):
        try:
            line = raw.decode().strip()
        except UnicodeDecodeError:
            line = "\0"
        if CONTROL.search(line):
            raise ImproperlyConfigured(
                f"{path}, line {number} is not plain UTF-8 text: save the file as UTF-8."
            )
        if line and not line.startswith("#"):
            setting = LINE.fullmatch(line)
            if not setting:
                raise ImproperlyConfigured(
                    f"{path}, line {number} is no setting: it takes NAME=value, NAME='value' or"
                    ' NAME="value", and comments after #.'
                )
            value = setting["double"] or setting["bare"] or ""
            if setting["single"]:  # of '"x"' django-environ takes both pairs off, of "\"x\"" one
                value = '"' + re.sub(r'["\\]', r"\\\g<0>", setting["single"]) + '"'
            read.append(f"{setting['name']}={value}\n")
    environ.Env.read_env(io.StringIO("".join(read)))


def text(name: str) -> str:
    """As written: django-environ would take a value such as `$abc` for another variable's name."""
    value = os.environ.get(name, "").strip()
    if any("\ud800" <= letter <= "\udfff" for letter in value):  # how Python keeps other bytes
        raise ImproperlyConfigured(f"{name} holds bytes that are not UTF-8.")
    return value


def shown(value: str, *, whole: str = "") -> str:
    """For the end of a refusal: the value, unless it may be a secret on the wrong line.

    `whole` is the setting's value when `value` is a part of it.
    """
    harmless = re.fullmatch(r"[\w .:/+-]{1,40}", value) and not re.search(
        "[@=]|://", whole or value
    )
    return f", not {value!r}" if harmless else ""


def boolean(name: str, *, default: bool) -> bool:
    value = text(name)
    if not value:
        return default
    if value.lower() not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} takes true or false{shown(value)}.")
    return value.lower() in TRUE


def whole_number(name: str, *, default: int, least: int, most: int = 10**9) -> int:
    value = text(name) or str(default)
    if not re.fullmatch("[0-9]{1,10}", value) or not least <= int(value) <= most:
        raise ImproperlyConfigured(
            f"{name} takes a whole number from {least} to {most:,}{shown(value)}."
        )
    return int(value)


def fine(name: str, *, default: str) -> tuple[str, Decimal, Decimal]:
    """(rule, PKR, PKR at most); see `rules.fines`."""
    value = text(name) or default
    try:
        return parse_fine(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} takes {TAKES}{shown(value)}.") from None


def sibling_concessions(name: str) -> dict[int, Decimal]:
    """{3: 25}: percent of the fee for a family's third child and those after; {} when unset."""
    value, found = text(name), {}
    for part in filter(None, map(str.strip, value.split(","))):
        rule = re.fullmatch(r"([2-9]|1[0-9]):([0-9]{1,3}(?:\.[0-9]{1,2})?)", part)
        if not rule or not 0 < Decimal(rule[2]) <= 100 or int(rule[1]) in found:
            raise ImproperlyConfigured(
                f"{name} takes which child and what percent, such as 2:10,3:25"
                f"{shown(part, whole=value)}."
            )
        found[int(rule[1])] = Decimal(rule[2])
    return dict(sorted(found.items()))


@overload
def folder(name: str, *, default: Path) -> Path: ...
@overload
def folder(name: str, *, default: Path | None) -> Path | None: ...
def folder(name: str, *, default: Path | None) -> Path | None:
    """An absolute path; it need not exist yet."""
    if default is None and not text(name):
        return None
    try:
        if "://" in text(name):  # an address on the wrong line
            raise ValueError
        path = Path(text(name) or str(default)).expanduser().absolute()
        if path.exists() and not path.is_dir():
            raise ImproperlyConfigured(f"{name} takes a folder, and {path} is a file.")
    except (RuntimeError, OSError, ValueError):  # ~nosuch/x; a name too long
        raise ImproperlyConfigured(f"{name} takes the path of a folder; this is none.") from None
    return path


def lines(name: str, *, most: int, of_length: int) -> list[str]:
    """Words for pages: one line, or several with | or line breaks between; [] when unset."""
    value = text(name).replace("\r\n", "\n").replace("|", "\n")
    found = [line for line in map(str.strip, value.split("\n")) if line]
    if len(found) > most or any(len(line) > of_length or CONTROL.search(line) for line in found):
        least = "a line" if most == 1 else f"up to {most} lines with | between, each"
        raise ImproperlyConfigured(f"{name} takes {least} of at most {of_length} characters.")
    return found


@dataclass(frozen=True)
class Picture:
    content: bytes = field(repr=False)
    kind: str  # its media type
    version: str  # another for another picture


def picture(name: str) -> Picture | None:
    """The file's content, whatever its name says it is."""
    if not text(name):
        return None
    takes = f"{name} takes the path of a PNG, JPEG, WebP or SVG file of at most 512 KB"
    try:
        path = Path(text(name)).expanduser()
        with path.open("rb") as file:
            content = file.read(MOST_OF_A_PICTURE + 1)
    except (RuntimeError, ValueError, OSError) as error:
        reason = getattr(error, "strerror", "") or "no path"
        raise ImproperlyConfigured(f"{takes}; what it holds can't be read ({reason}).") from None
    kind = next((kind for kind, begins in PICTURES.items() if begins.match(content)), "")
    if not kind or len(content) > MOST_OF_A_PICTURE:
        fault = "is larger" if kind else "is none of these"
        raise ImproperlyConfigured(f"{takes}; the file {fault}.")
    return Picture(content, kind, hashlib.sha256(content).hexdigest()[:12])


def hosts(name: str, *, default: str) -> list[str]:
    names = [host.strip() for host in (text(name) or default).split(",") if host.strip()]
    for host in names or [text(name)]:
        # A port or scheme here would never match a Host header: every request would be a 400.
        if not re.fullmatch(r"\*|\.?[\w-]+(\.[\w-]+)*|\[[0-9a-fA-F:.]+\]", host):
            raise ImproperlyConfigured(
                f"{name} takes host names with commas between, such as"
                f" fees.example.pk,127.0.0.1 (no http://, no port)"
                f"{shown(host, whole=text(name))}."
            )
    return names


def address(name: str, *, default: str) -> str:
    """An IP address."""
    value = text(name) or default
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} takes an IP address of this machine, such as 192.168.1.10, or 0.0.0.0 for all"
            f" of them{shown(value)}."
        ) from None


def networks(name: str) -> list[str]:
    """IP addresses, or networks of them, with commas between; [] when unset."""
    found = [each.strip() for each in text(name).split(",") if each.strip()]
    for each in found:
        try:
            ipaddress.ip_network(each)
        except ValueError:
            raise ImproperlyConfigured(
                f"{name} takes addresses or networks with commas between, such as"
                f" 127.0.0.1,10.0.0.0/8{shown(each, whole=text(name))}."
            ) from None
    return found


def time_zone(name: str, *, default: str) -> str:
    value = text(name) or default
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ImproperlyConfigured(
            f"{name} takes a time zone such as Asia/Karachi{shown(value)}."
        ) from None
    return value


def postgres_url(name: str) -> dict[str, str]:
    """The parts of a PostgreSQL URL as libpq itself reads it; {} when unset.

    libpq's reading brings several hosts, socket folders and every connection option.
    """
    value = text(name)
    if not value:
        return {}
    takes = f"{name} takes a PostgreSQL address such as postgres://user:password@host:5432/database"
    if not value.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured(f"{takes}; what it holds does not start with postgres://.")
    before, _, after = value.partition("://")[2].partition("@")
    if "@" in after or ("/" in before and after):
        # libpq would take the rest of the password for the host or the database, and name it.
        raise ImproperlyConfigured(
            f"{takes}; what it holds has an @ or / too many: in a user or password, @ is written"
            " %40, / is %2F and % is %25."
        )
    try:
        parts = parse_dsn(value)
    except psycopg2.ProgrammingError:
        # libpq's own message may quote the password.
        raise ImproperlyConfigured(f"{takes}; what it holds can't be read as one.") from None
    ports = str(parts.get("port", "")).split(",")
    if not all(re.fullmatch("[0-9]{0,5}", port) and int(port or 1) in PORTS for port in ports):
        raise ImproperlyConfigured(f"{takes}; what it holds has a port that is none.")
    if not parts.get("dbname"):
        raise ImproperlyConfigured(f"{takes}; what it holds names no database.")
    return {key: str(value) for key, value in parts.items()}


def secret(name: str, *, kept_in: Path) -> str:
    """The variable, or a key made once and kept in a file that only its owner can read."""
    value = text(name)
    if value:
        if len(value) < 32 or len(set(value)) < 5:
            raise ImproperlyConfigured(
                f"{name} takes at least 32 characters that nobody can guess."
            )
        return value
    try:
        if not kept_in.exists():
            make_secret(kept_in)
        shut(kept_in)
        value = kept_in.read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(
            f"{name} is not set and can't be kept in {kept_in} ({error.strerror}):"
            " set DATA_DIR to a folder that can be written."
        ) from None
    except UnicodeDecodeError:
        value = ""
    if len(value) < 32:
        raise ImproperlyConfigured(f"{kept_in} holds no key: delete it and start again.")
    return value


def shut(path: Path) -> None:
    """Take others' right to read the file, and say so; without the right to do that, refuse.

    A group may read what somebody else lets it read: root's file, and an account for the server.
    """
    if sys.platform == "win32":
        return
    file = path.stat()
    others = 0o077 if file.st_uid == os.geteuid() != 0 else 0o027
    if not file.st_mode & others:
        return
    try:
        path.chmod(stat.S_IMODE(file.st_mode) & ~others)
    except OSError:
        raise ImproperlyConfigured(
            f"others than its owner can read or change {path}: chmod 600 {path}"
        ) from None
    print(
        f"tuition: others could read or change {path}: that is ended (chmod). If they may have,"
        " delete it: a new one is made, and everybody signs in again.",
        file=sys.stderr,
    )


def make_secret(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(64))
    try:
        os.link(draft, path)  # atomic, and never over a key another process has just made
    except FileExistsError:
        pass
    finally:
        draft.unlink()
