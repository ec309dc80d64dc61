"""Guessing is slowed down: who may try a password, before it is hashed. How often: models.py."""

from datetime import timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from rules.text import fold
from tuition.models import SignInTry

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
NOWHERE = "0.0.0.0"  # noqa: S104 - who comes through a socket file


class Wait(Exception):  # noqa: N818 - nothing broke: it is too early
    def __init__(self, span: timedelta) -> None:
        super().__init__(span)
        self.span = span


def account_of(typed: str) -> str:
    """Alike for all spellings of a name in upper and lower case, whether or not anybody has it."""
    return salted_hmac("tuition.throttle", fold(typed), algorithm="sha256").hexdigest()


def begin(account: str, address: str) -> tuple[SignInTry, bool]:
    """A try, wrong until told otherwise, and whether the address is known. Raises Wait.

    Of many at once each sees the ones before it: they wait for one another for as long as this
    takes, not for the hashing.
    """
    tries = SignInTry.objects.of(account)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(ONE_AT_A_TIME, [account])
        known = tries.known_addresses().filter(address=address).exists()
        span = tries.wait_at_known(address) if known else tries.wait_elsewhere()
        if span:
            raise Wait(span)
        return SignInTry.objects.create(account=account, address=address), known


def forgive(username: str) -> None:
    """His wrong tries count no more: somebody gave him a new password."""
    SignInTry.objects.of(account_of(username)).filter(succeeded=False).delete()


def address_of(request: HttpRequest) -> str:
    """Whose request it is. What X-Forwarded-For says counts only from a TRUSTED_PROXIES.

    The last address there that is no such proxy: those before it anybody can write.
    """
    address = plain(request.META.get("REMOTE_ADDR", ""))
    told = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    while is_among(address, settings.TRUSTED_PROXIES) and told:
        address = plain(told.pop()) or address
    return address or NOWHERE


def plain(text: str) -> str:
    """`[::1]:8000` -> `::1`; "" for what is no address."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    return str(getattr(found, "ipv4_mapped", None) or found)


def is_among(address: str, networks: list[str]) -> bool:
    """Whether one of the networks holds the address; "" is in none."""
    return bool(address) and any(ip_address(address) in ip_network(each) for each in networks)
