"""Typed tokens and dollars: whole numbers and cents, nothing else; no floats anywhere."""

import re
from decimal import Decimal, InvalidOperation

from console.policy.amounts import Cents

MOST_TOKENS = 100_000
_TOKENS = re.compile(r"[+-]?\d{1,7}")


def tokens_typed(text: str) -> int | None:
    """``40`` of ``"40"``, ``-2`` of ``"−2"``; None for anything else. Thousands may be grouped."""
    plain = text.strip().replace("−", "-").replace(",", "").replace("\u202f", "").replace(" ", "")
    return int(plain) if _TOKENS.fullmatch(plain) else None


def cents_typed(text: str) -> Cents | None:
    """``100000`` of ``"$1,000.00"``; None for anything that is no amount of whole cents."""
    plain = text.strip().lstrip("$").replace(",", "").strip()
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        return None
    if not amount.is_finite() or abs(amount) > 10_000_000 or amount != amount.quantize(Decimal("0.01")):
        return None
    return Cents(int(amount * 100))


def dollars(cents: int) -> str:
    """``"1,000.00"``: as it stands in a field."""
    return f"{cents // 100:,}.{cents % 100:02d}"
