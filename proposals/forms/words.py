"""What the forms say of a text that they don't store."""

from __future__ import annotations

from proposals import screening


def take_out(name: str, shape: screening.Shape) -> str:
    """The error for a text that looks like case-level data."""
    looks = shape.sentence.replace("This", "It", 1).rstrip(".")
    return f"Take out the number in “{name}”. {looks}"
