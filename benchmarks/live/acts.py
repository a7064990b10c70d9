"""The desk that acts: claims and releases the first ticket of the queue by the services, as told."""

import sys
import time

from sqlalchemy import Engine, event

from console.bootstrap import open_desk
from console.services import claims, queue


def main(url: str) -> None:
    """For each line (claim or release): when the act began and when its COMMIT was sent, by the steady clock."""
    desk = open_desk(url)
    committed = [0.0]

    @event.listens_for(Engine, "commit")
    def _commit(_connection: object) -> None:
        committed[0] = time.monotonic()

    ticket_id = queue.keys(desk, queue.view_query(desk, "queue"))[0].id
    print("ready", flush=True)
    for line in sys.stdin:
        act = claims.claim if line.strip() == "claim" else claims.release
        begun = time.monotonic()
        act(desk, ticket_id, desk.new_key())
        print(begun, committed[0], flush=True)
    desk.store.close()


if __name__ == "__main__":
    main(sys.argv[1])
