"""The bare act: four rows written by hand in one transaction, announced in it; no guard, no rule, only psycopg."""

import sys
import time

import psycopg

from benchmarks.live.bare_tables import CHANNEL, TICKET, libpq, make

OWNER = "UPDATE bare.ticket SET owner = %s, touched_at = now() WHERE id = %s"
NUMBER = "UPDATE bare.counter SET last = last + 1 RETURNING last"
FACT = "INSERT INTO bare.fact VALUES (%s, 'TicketClaimed', %s, 'alex', now(), '{}')"
REQUEST = "INSERT INTO bare.request VALUES (%s, 'claim', '{}')"


def main(url: str) -> None:
    """For each line (claim or release): when the transaction began and when its COMMIT was sent."""
    with psycopg.connect(libpq(url), autocommit=True) as connection:
        make(connection)
        print("ready", flush=True)
        for place, line in enumerate(sys.stdin):
            begun = time.monotonic()
            with connection.transaction():
                connection.execute(OWNER, ("alex" if line.strip() == "claim" else None, TICKET))
                (number,) = connection.execute(NUMBER).fetchone() or (0,)
                connection.execute(FACT, (number, TICKET))
                connection.execute(REQUEST, (f"{begun}-{place}",))
                connection.execute(f"NOTIFY {CHANNEL}")
                committed = time.monotonic()
            print(begun, committed, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
