"""If-Match and If-None-Match (RFC 9110, 13.1): what must hold before anything is done.

A condition that can't be read guards nothing, so it is refused and not left out.
"""

import re

from django.http import HttpRequest
from django.utils.translation import gettext as _

from api.problems import Problem, parameter_error

CONDITIONS = {"HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_IF_UNMODIFIED_SINCE"}

TAG = re.compile(r'(?:W/)?"[!#-~\x80-\xff]*"')
TAGS = re.compile(rf"[ \t,]*{TAG.pattern}(?:[ \t]*,[ \t,]*{TAG.pattern})*[ \t,]*")


def guard(request: HttpRequest, etag: str) -> None:
    """Lets through what may be done to (or shown of) the record that has this ETag.

    Raises Problem 412 when a condition doesn't hold, 400 when it can't be read or checked.
    """
    sent, reading = request.META, request.method in ("GET", "HEAD")
    if "HTTP_IF_MATCH" in sent:
        if not {"*", etag} & tags(sent["HTTP_IF_MATCH"], "If-Match"):
            raise Problem(412, _("It is not what If-Match names.") if reading else "")
    elif "HTTP_IF_UNMODIFIED_SINCE" in sent and not reading:
        words = _("Nothing is told by its date here: send its ETag as If-Match.")
        raise unreadable("If-Unmodified-Since", words)
    if "HTTP_IF_NONE_MATCH" in sent and not reading and known(request, etag):
        words = _("If-None-Match asks for another one than this.")
        raise Problem(412, words, title=_("It is there already"))


def known(request: HttpRequest, etag: str) -> bool:
    """Whether If-None-Match names this ETag, weakly compared.

    When reading, one that can't be read only costs its caller the whole answer.
    """
    sent = request.META.get("HTTP_IF_NONE_MATCH")
    if sent is None:
        return False
    try:
        named = tags(sent, "If-None-Match")
    except Problem:
        if request.method in ("GET", "HEAD"):
            return False
        raise
    return "*" in named or etag in {tag.removeprefix("W/") for tag in named}


def tags(sent: str, header: str) -> set[str]:
    """The ETags of a header, or {"*"}. A weak one keeps its `W/`, and so equals no strong one."""
    if sent.strip(" \t") == "*":
        return {"*"}
    if not TAGS.fullmatch(sent):
        words = _("It is *, or ETags in double quotes with commas between them.")
        raise unreadable(header, words)
    return set(TAG.findall(sent))


def unreadable(header: str, words: str) -> Problem:
    return Problem(
        400, _("Nothing was done; see errors."), [parameter_error(header, "invalid", words)]
    )
