"""Names of any length and script, as ids and in the order in which people list them."""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME = 400  # letters that are looked at: normalizing takes quadratic time
LONGEST = 60
MOST_BYTES = 120  # with the name of an exercise and a temporary suffix, it must fit into a file name
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)")


def slug(name: str) -> str:
    """Lower-case letters of any script, digits and hyphens, safe as a file name everywhere."""
    parts = unicodedata.normalize("NFKD", name[:LONGEST_NAME])
    plain = "".join(letter for letter in parts if not unicodedata.combining(letter))
    words = re.sub(r"[\W_]+", "-", unicodedata.normalize("NFC", plain).lower())
    short = words.strip("-")[:LONGEST].encode()[:MOST_BYTES].decode("utf-8", "ignore").rstrip("-") or "submission"
    return f"submission-{short}" if RESERVED.fullmatch(short) else short


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sorts student-2 before student-10."""
    parts = re.findall(r"\d+|\D+", name[:LONGEST_NAME].casefold())
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)
