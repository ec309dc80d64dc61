"""The limit: a Django view that does nothing, without middleware, on Tuition's own server."""

import os

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

from tuition import server

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1"],
    MIDDLEWARE=[],
    IMPORT_MAX_MB=10,
)


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


# The server asks where uploads go, and how large one may be.
urlpatterns = [path("", empty), path("students/import/", empty, name="student_imports")]

if __name__ == "__main__":
    server.serve("127.0.0.1", int(os.environ["PORT"]), *server.width())
