"""How gunicorn serves the portal. Found by itself when started in the project's folder."""

import gc
import os
import socket

from gunicorn import util
from gunicorn.arbiter import Arbiter
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


def when_ready(server: Arbiter) -> None:
    """The code is loaded and stays: no request waits while Python looks through it for what could
    be thrown away, and the processes share it. An answer makes thousands of short-lived things,
    and the usual threshold looks at them a dozen times.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def refuse(client: socket.socket, status: int, reason: str, said: str) -> None:
    """Answers what gunicorn can't read as a request, with the headers of every other answer.

    Nothing of the request is said back.
    """
    body = f"{reason}. The request can't be read, so nothing was done.\n"
    lines = (
        f"HTTP/1.1 {status} {reason}",
        "Connection: close",
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
        "Cross-Origin-Opener-Policy: same-origin",
        "Referrer-Policy: same-origin",
        "X-Content-Type-Options: nosniff",
        "X-Frame-Options: DENY",
    )
    util.write_nonblock(client, "\r\n".join((*lines, "", body)).encode())


util.write_error = refuse
