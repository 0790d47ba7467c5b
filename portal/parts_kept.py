"""Where each web process keeps how parts of pages look, so that they aren't written again."""

from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.locmem import LocMemCache

LARGEST = 64 * 1024  # signs


class PartsKept(LocMemCache):
    """Keeps a part of a page while it is of a usual size. A proposal with hundreds of rows of data
    is written each time instead: so many such parts, and a process would outgrow its memory."""

    def set(
        self, key: str, value: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        if len(value) <= LARGEST:
            super().set(key, value, timeout, version)
