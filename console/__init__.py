"""Support Console: tickets by deadline, token accounts, and what was missed."""

__version__ = "0.1.0"
