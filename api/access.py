"""Which program or person is calling, and whether he may."""

from collections.abc import Callable, Iterable

from django.db import connection
from django.http import HttpRequest
from django.urls import get_resolver
from django.utils.translation import gettext as _
from ninja.utils import check_csrf

from api.models import ApiToken, TokenInUse
from api.problems import Problem

JSON = "application/json"
PERMISSIONS: set[str] = set()  # what the operations ask for, such as "students.view_student"
MONEY: set[str] = set()  # those of them that only a token that may see money gives


class ApiRequest(HttpRequest):
    """What an operation gets: `auth` is its caller, as `admit` names him."""

    auth: str
    token_name: str  # of a program


def may(permission: str, *, money: str = "") -> Callable[[HttpRequest], str]:
    """The door of an operation: who is calling, may he, and does he send what can be read.

    `money` is a right of the fee desk, which is needed besides.
    """
    PERMISSIONS.add(permission)
    MONEY.update({money} - {""})
    needed = [permission, *filter(None, [money])]

    def door(request: HttpRequest) -> str:
        caller = admit(request, *needed, need=all)
        if request.method in ("POST", "PUT", "PATCH") and request.content_type != JSON:
            raise Problem(415)
        return caller

    return door


def admit(
    request: HttpRequest, *permissions: str, need: Callable[[Iterable[bool]], bool] = any
) -> str:
    """Who is calling, "token 3" or "user 7", if he has one of `permissions`, or all: `need`.

    Raises Problem 401 when nobody is known, alike for every reason, and 403 without the right.
    Called before anything is looked up, so that a refusal tells nothing about records.
    """
    if "HTTP_AUTHORIZATION" in request.META:
        return admit_token(request, permissions, need)
    if not request.user.is_authenticated:
        raise unknown()
    if check_csrf(request):
        raise Problem(
            403, _("A sign-in's change needs its page's X-CSRFToken; a token's needs none.")
        )
    if not need(map(request.user.has_perm, permissions)):
        raise Problem(403)
    return f"user {request.user.pk}"


def admit_token(
    request: HttpRequest, permissions: tuple[str, ...], need: Callable[[Iterable[bool]], bool]
) -> str:
    scheme, _space, key = request.META["HTTP_AUTHORIZATION"].partition(" ")
    token = ApiToken.objects.with_key(key.strip()) if scheme.lower() == "bearer" else None
    if not token:
        raise unknown()
    if token.unnoted:
        ApiToken.objects.note_use(token.pk)
    given = {each for each in permissions if gives(token, each)}
    if not need(each in given for each in permissions):
        if not token.can_money and not MONEY.isdisjoint(permissions):
            raise Problem(403, _("This token may neither see nor take money."))
        raise Problem(403, _("This token may only see."))
    if token.maker_rights is not None:
        given &= set(token.maker_rights)
        if not need(each in given for each in permissions):
            raise Problem(403, _("Whoever made this token no longer has this right."))
    request.token_name = token.name  # type: ignore[attr-defined]
    connection.context = {"door": "api", "token": token.pk, "name": token.name}  # type: ignore[attr-defined]
    return f"token {token.pk}"


def unknown() -> Problem:
    refusal = Problem(401, _("This needs a token (Authorization: Bearer …) or a sign-in."))
    refusal.response["WWW-Authenticate"] = 'Bearer realm="Tuition"'
    return refusal


def only_sees(permission: str) -> bool:
    return permission.partition(".")[2].startswith("view_")


def gives(token: TokenInUse, permission: str) -> bool:
    return (token.can_edit or only_sees(permission)) and (
        token.can_money or permission not in MONEY
    )


def all_rights(*, money: bool = False) -> list[str]:
    """What all operations ask for together, those of money apart: what an edit token gives."""
    mounted()
    return sorted(PERMISSIONS | (MONEY if money else set()))


def rights_to_see(*, money: bool = False) -> list[str]:
    """What the operations that change nothing ask for: what a view token gives."""
    return list(filter(only_sees, all_rights(money=money)))


def rights_given(can_edit: bool, can_money: bool) -> list[str]:
    """What a token gives."""
    return (all_rights if can_edit else rights_to_see)(money=can_money)


def mounted() -> None:
    """The project mounts the apps' operations where its addresses are: read these first."""
    get_resolver().url_patterns  # noqa: B018
