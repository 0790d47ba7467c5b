"""How a reference stands in an address, so that `new/` and `log/` are never taken for one."""

from django.urls import register_converter


class ReferenceConverter:
    """CIP-2027-0042: the year of creation and a number of at least four digits."""

    regex = r"CIP-[0-9]{4}-[0-9]{4,6}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(ReferenceConverter, "ref")
