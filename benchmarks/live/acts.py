"""The desk that acts: claims and releases the first ticket of the queue by the services, as told."""

import sys
import time

from console.bootstrap import open_desk
from console.services import claims, queue


def main(url: str) -> None:
    """For each line (claim or release): when the act began and when it was done, by the computer's steady clock."""
    desk = open_desk(url)
    ticket_id = queue.keys(desk, queue.view_query(desk, "queue"))[0].id
    print("ready", flush=True)
    for line in sys.stdin:
        act = claims.claim if line.strip() == "claim" else claims.release
        begun = time.monotonic()
        act(desk, ticket_id, desk.new_key())
        print(begun, time.monotonic(), flush=True)
    desk.store.close()


if __name__ == "__main__":
    main(sys.argv[1])
