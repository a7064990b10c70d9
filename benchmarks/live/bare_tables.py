"""The tables of the bare path: as many rows as the console's, with their keys and nothing else."""

import psycopg

CHANNEL = "bare"
TICKET, TICKETS = 1, 60
_MADE = """
CREATE SCHEMA IF NOT EXISTS bare;
CREATE TABLE IF NOT EXISTS bare.ticket (
    id bigint PRIMARY KEY, subject text NOT NULL, priority text NOT NULL, due_at timestamptz NOT NULL, owner text,
    touched_at timestamptz NOT NULL
);
CREATE TABLE IF NOT EXISTS bare.fact (
    number bigint PRIMARY KEY, kind text NOT NULL, ticket_id bigint NOT NULL, actor text NOT NULL,
    at timestamptz NOT NULL, data json NOT NULL
);
CREATE TABLE IF NOT EXISTS bare.request (key text PRIMARY KEY, what text NOT NULL, result json NOT NULL);
CREATE TABLE IF NOT EXISTS bare.counter (last bigint NOT NULL);
TRUNCATE bare.ticket, bare.fact, bare.request, bare.counter;
INSERT INTO bare.counter VALUES (0);
"""
_TICKET = """
INSERT INTO bare.ticket SELECT n, 'Mail of department ' || n || ' is slow', 'standard', now(), NULL, now()
FROM generate_series(1, %s) n
"""


def libpq(url: str) -> str:
    """The URL as psycopg takes it."""
    return url.replace("postgresql+psycopg://", "postgresql://")


def make(connection: psycopg.Connection) -> None:
    """Empty but for the tickets."""
    connection.execute(_MADE)
    connection.execute(_TICKET, (TICKETS,))
