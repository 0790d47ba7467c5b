"""The editor's pages: a new draft, its sections and its documents."""

import portal.converters  # noqa: F401  registers <ref:…>

urlpatterns: list = []
