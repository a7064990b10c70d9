"""Histories at a local database: several consoles, each a process of its own, on one SQLite file."""

import time
from collections import Counter
from pathlib import Path

from console.bootstrap import load_policies
from console.store.engine import open_store
from tests.histories.books import Reader
from tests.histories.history import Verdict, accounts_of, morning
from tests.histories.oracle import Evidence, judge, summary
from tests.histories.processes import CONTEXT, Killable, Orders, heard, stage_for
from tests.histories.script import STEPS, people
from tests.support.desks import MORGAN


def made(file: Path) -> str:
    """The URL of a new local database with its policy."""
    url = f"sqlite:///{file}"
    store = open_store(url)
    load_policies(store)
    store.close()
    return url


def run(url: str, seed: int, processes: int, steps: int = STEPS) -> Verdict:
    """A history of so many processes, judged."""
    began, ahead = time.monotonic(), CONTEXT.Value("d", 0.0)
    with Reader(url) as reader:
        since = reader.journal()
        name = f"l{seed}-{since}"
        with stage_for(url, MORGAN, ahead) as stage:
            opening, world = morning(stage, name, (20, 30, 2))
        clients = [
            Killable(Orders(url, who, f"{name}c{at}", seed + at, steps, world, ahead))
            for at, who in enumerate(people(seed, processes))
        ]
        for client in clients:
            client.wait()
        books = reader.books(accounts_of(world), since, name)
        evidence = Evidence(books, [opening, *map(heard, clients)], since)
        crashed = [client.ended_by_itself for client in clients if client.ended_by_itself]
    with stage_for(url, MORGAN, ahead) as stage, stage.desk.store.read() as read:
        wrong = [str(each) for each in read.check()]
    counted = summary(evidence.acts) + Counter(facts=len(books.facts), processes=processes)
    return Verdict(
        seed, tuple(dict.fromkeys([*judge(evidence), *wrong, *crashed])), counted, time.monotonic() - began
    )
