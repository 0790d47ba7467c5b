"""Reads whole numbers that came in with a request, whatever somebody put in their place."""

# Nine digits fit every column of either database, and no count of ours is longer.
MOST_DIGITS = 9


def whole_number(text: str) -> int | None:
    """The number that plain digits name; None for any other text, and for one that is too long."""
    plain = text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
    return int(text) if plain else None
