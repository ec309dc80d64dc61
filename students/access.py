"""Which program or person is calling, and whether he may."""

from django.http import HttpRequest
from ninja.utils import check_csrf

from students.models import ApiToken
from tuition.errors import Problem

NEEDED = "This needs a token (Authorization: Bearer …) or a sign-in."
FOREIGN = "A sign-in's change needs its page's X-CSRFToken; a token's needs none."


def admit(request: HttpRequest, right: str) -> str:
    """Who is calling, "token 3" or "user 7", if he may `right` (view, add, change, delete).

    Raises Problem 401 when nobody is known, alike for every reason, and 403 without the right.
    Called before anything is looked up, so that a refusal tells nothing about students.
    """
    if "HTTP_AUTHORIZATION" in request.META:
        return admit_token(request.META["HTTP_AUTHORIZATION"], right)
    if not request.user.is_authenticated:
        raise unknown()
    if check_csrf(request):
        raise Problem(403, FOREIGN)
    if not request.user.has_perm(f"students.{right}_student"):
        raise Problem(403)
    return f"user {request.user.pk}"


def admit_token(header: str, right: str) -> str:
    scheme, _, key = header.partition(" ")
    token = ApiToken.objects.with_key(key.strip()) if scheme.lower() == "bearer" else None
    if not token:
        raise unknown()
    token.note_use()
    if right != "view" and not token.can_edit:
        raise Problem(403, "This token may only see.")
    return f"token {token.pk}"


def unknown() -> Problem:
    refusal = Problem(401, NEEDED)
    refusal.response["WWW-Authenticate"] = 'Bearer realm="Tuition"'
    return refusal
