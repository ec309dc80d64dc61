"""Which program or person is calling, and whether he may."""

from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest
from django.urls import get_resolver
from django.utils.translation import gettext as _
from ninja.utils import check_csrf

from api.models import ApiToken
from api.problems import Problem

JSON = "application/json"
PERMISSIONS: set[str] = set()  # what the operations ask for, such as "students.view_student"


class ApiRequest(HttpRequest):
    """What an operation gets: `auth` is its caller, as `admit` names him."""

    auth: str


def may(permission: str) -> Callable[[HttpRequest], str]:
    """The door of an operation: who is calling, may he, and does he send what can be read."""
    PERMISSIONS.add(permission)

    def door(request: HttpRequest) -> str:
        caller = admit(request, permission)
        if request.method in ("POST", "PUT", "PATCH") and request.content_type != JSON:
            raise Problem(415)
        return caller

    return door


def admit(request: HttpRequest, *permissions: str) -> str:
    """Who is calling, "token 3" or "user 7", if he has one of `permissions`.

    Raises Problem 401 when nobody is known, alike for every reason, and 403 without the right.
    Called before anything is looked up, so that a refusal tells nothing about records.
    """
    if "HTTP_AUTHORIZATION" in request.META:
        return admit_token(request.META["HTTP_AUTHORIZATION"], permissions)
    if not request.user.is_authenticated:
        raise unknown()
    if check_csrf(request):
        raise Problem(
            403, _("A sign-in's change needs its page's X-CSRFToken; a token's needs none.")
        )
    if not any(map(request.user.has_perm, permissions)):
        raise Problem(403)
    return f"user {request.user.pk}"


def admit_token(header: str, permissions: tuple[str, ...]) -> str:
    scheme, _space, key = header.partition(" ")
    token = ApiToken.objects.with_key(key.strip()) if scheme.lower() == "bearer" else None
    if not token:
        raise unknown()
    if token.unnoted:
        ApiToken.objects.note_use(token.pk)
    within = [each for each in permissions if token.can_edit or only_sees(each)]
    if not within:
        raise Problem(403, _("This token may only see."))
    if token.maker_rights is not None and not set(within) & set(token.maker_rights):
        raise Problem(403, _("Whoever made this token no longer has this right."))
    connection.context = {"door": "api", "token": token.pk, "name": token.name}  # type: ignore[attr-defined]
    return f"token {token.pk}"


def unknown() -> Problem:
    refusal = Problem(401, _("This needs a token (Authorization: Bearer …) or a sign-in."))
    refusal.response["WWW-Authenticate"] = 'Bearer realm="Tuition"'
    return refusal


def only_sees(permission: str) -> bool:
    return permission.partition(".")[2].startswith("view_")


def all_rights() -> list[str]:
    """What all operations ask for together: what an edit token gives."""
    mounted()
    return sorted(PERMISSIONS)


def rights_to_see() -> list[str]:
    """What the operations that change nothing ask for: what a view token gives."""
    return list(filter(only_sees, all_rights()))


def mounted() -> None:
    """The project mounts the apps' operations where its addresses are: read these first."""
    get_resolver().url_patterns  # noqa: B018
