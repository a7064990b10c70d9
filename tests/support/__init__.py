"""What the tests stand on: a real PostgreSQL server, and a fresh database for each test."""
