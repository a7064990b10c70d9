"""Tokens and money as whole numbers: tokens, and cents of the policy's currency. No floats anywhere."""

from typing import NewType

Tokens = NewType("Tokens", int)
Cents = NewType("Cents", int)


def tokens_in_words(amount: int) -> str:
    """``"1 token"``, ``"7 tokens"``; for sentences of refusals and facts."""
    return f"{amount} token" if amount == 1 else f"{amount} tokens"


def worth(tokens: int, price: Cents) -> Cents:
    """What ``tokens`` cost at ``price`` cents each."""
    return Cents(tokens * price)
