"""Use cases: one file per desk activity; each public function that changes something is one transaction."""
