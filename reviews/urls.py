"""Every page of a proposal after it is begun: the county's, CDSS's desk, and one URL per move."""

import portal.converters  # noqa: F401  registers <ref:…>

COUNTY: list = []

DESK: list = []

MOVES: list = []

urlpatterns = [*COUNTY, *DESK, *MOVES]
