"""The portal as gunicorn serves it for the benchmark: with the bare twins among its addresses."""

from django.conf import settings

from portal.wsgi import application

settings.ROOT_URLCONF = "tools.bench_twins"

__all__ = ["application"]
