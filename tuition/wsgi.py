"""The WSGI door: what a server such as Granian or Gunicorn is pointed at."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tuition.settings")

application = get_wsgi_application()

if os.environ.get("TUITION_SERVED_BY") == str(os.getppid()):
    from tuition.serving import end_with_parent

    end_with_parent()

# Requests leave little for the cycle collector: what was loaded by now is set aside for good, and
# it comes less often. Measured in docs/performance.md.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 50)
