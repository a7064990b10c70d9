"""The domain: plans, prices, promises, clocks and credits as pure functions over frozen data.

Nothing here does input or output, reads a clock, or knows a database or a window: instants and actors come in
as arguments, and every figure comes from the policy document.
"""
