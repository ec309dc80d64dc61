"""The WSGI door: what a server such as Granian or Gunicorn is pointed at."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tuition.settings")

application = get_wsgi_application()
