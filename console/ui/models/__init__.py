"""Table models over frozen rows: they hold no query and no decision."""
