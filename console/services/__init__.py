"""Use cases: what staff do at the desk. Each public function that acts is one transaction."""
