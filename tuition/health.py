"""Whether Tuition lives, and whether it can serve: for whoever watches the machine."""

import shutil
import threading
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from pydantic_core import to_json

from tuition.throttle import address_of, is_among

LEAST_FREE = 64 * 1024**2  # bytes: PostgreSQL needs 16 MB for each piece of its log


@login_not_required
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers at all; asks nobody else."""
    refuse_strangers(request)
    return answer({"live": True})


@login_not_required
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when a page could be served now; else 503, and what is wrong."""
    refuse_strangers(request)
    wrong = problems()
    response = answer({"ready": not wrong, "problems": wrong}, 503 if wrong else 200)
    if wrong:
        response["Retry-After"] = "5"
    return response


def answer(data: dict[str, Any], status: int = 200) -> HttpResponse:
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(
        to_json(data), status=status, content_type="application/json", headers=headers
    )


def refuse_strangers(request: HttpRequest) -> None:
    """Raises Http404, unless it is this machine that asks, or one of HEALTH_ADDRESSES.

    What a proxy passes on isn't this machine's, whether or not TRUSTED_PROXIES knows it.
    """
    address = address_of(request)
    passed_on = "HTTP_X_FORWARDED_FOR" in request.META and not settings.TRUSTED_PROXIES
    here = ip_address(address).is_loopback and not passed_on
    if not here and not is_among(address, settings.HEALTH_ADDRESSES):
        raise Http404


def problems() -> list[str]:
    """Why no page could be served; nothing of what is wrong inside, such as a password."""
    data = connection.settings_dict.get("EMBEDDED")
    if data and data.exists() and shutil.disk_usage(data).free < LEAST_FREE:
        return ["disk: less than 64 MB are free where the database is"]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return [] if is_migrated() else ["migrations: type manage.py migrate"]
    except (DatabaseError, InterfaceError):
        return ["database: it does not answer"]


migrated = threading.Event()


def is_migrated() -> bool:
    """Asked until it is true once: a process has its code, and this reads every migration."""
    if not migrated.is_set():
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            migrated.set()
    return migrated.is_set()
