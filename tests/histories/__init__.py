"""Random histories at one shared database: many people at once, cut connections, doubled requests, time passing.

A history is written from its seed (``script``), carried out by real clients through the real services (``clients``),
watched while it happens (``witness``) and judged afterwards by plain SQL and published figures (``oracle``).
``planted`` holds bugs that the judges must find. ``python -m tests.histories`` is the soak.
"""
