"""What the forms say of a text that they don't store."""

from __future__ import annotations

from proposals import screening


def take_out(name: str, shape: screening.Shape) -> str:
    """The error for a text that looks like case-level data, and so isn't stored."""
    looks = shape.sentence.replace("This", "it", 1).rstrip(".")
    return f"“{name}” is not saved. Take out the number: {looks}"
