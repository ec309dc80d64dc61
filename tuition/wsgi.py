"""The WSGI door: what a server such as Granian or Gunicorn is pointed at."""

import gc
import os
import re
from typing import Any

from django.conf import settings
from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application
from django.db import reset_queries

CHARSET = re.compile(r";\s*charset\s*=[^;]*", re.IGNORECASE)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tuition.settings")

django_application = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Any) -> Any:
    """Django, reading everything as UTF-8.

    It would decode with whatever codec a caller's Content-Type names, before any middleware, and
    break on those that aren't for text (rot13, hex).
    """
    if "charset" in environ.get("CONTENT_TYPE", "").lower():
        environ["CONTENT_TYPE"] = CHARSET.sub("", environ["CONTENT_TYPE"])
    return django_application(environ, start_response)


if os.environ.get("TUITION_SERVED_BY") == str(os.getppid()):
    from tuition.serving import end_with_parent

    end_with_parent()

# Queries are remembered, and so to be forgotten at each request, in DEBUG only.
if not settings.DEBUG:
    request_started.disconnect(reset_queries)

# Requests leave little for the cycle collector: what was loaded by now is set aside for good, and
# it comes less often. Measured in docs/performance.md.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 50)
