"""How gunicorn serves the portal. Found by itself when started in the project's folder."""

import os

from gunicorn.http import wsgi

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
# SQLite takes one writer at a time: a few threads in two processes keep both cores busy.
workers = 2
threads = 4
# Loaded before the processes part, so that a bad setting stops the start with its sentence.
preload_app = True
timeout = 60
graceful_timeout = 20
keepalive = 5
control_socket_disable = True
# Which proxy is trusted is the settings' business (TRUSTED_PROXY), not gunicorn's.
forwarded_allow_ips = ""

# No banner: the name of the server is nobody's business.
wsgi.SERVER = "portal"
