"""A client of a history: does the steps of its script at a desk of its own and keeps what it was told."""

import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from threading import Thread

from console.policy.actor import Actor
from console.policy.errors import Problem, TooFewTokens
from console.services.answers import answer_of
from console.services.desk import Changed, Desk, Undo
from console.services.lost import Lost, Unknown
from console.services.sweep import sweep
from tests.histories.operations import OPERATIONS, Choice, World
from tests.histories.script import MINUTES, SWEEP, TIME, Cut, Double, Doubt, Step
from tests.histories.stage import Seat, Stage
from tests.histories.told import Act, Told, Word

#: The guards say this when the clock was set ahead under an act; the same is sent again then.
TOO_LATE = "This took too long"
MOST_SENDINGS = 5
LAST_UNDOS = 3


@dataclass
class Client:
    """Somebody at a desk. ``name`` is unique in the history and begins each of the client's keys."""

    name: str
    who: Actor
    stage: Stage
    world: World
    acts: list[Act] = field(default_factory=list)
    sweeps: list[Told] = field(default_factory=list)
    jumps: list[Told] = field(default_factory=list)
    undos: deque[Undo] = field(default_factory=lambda: deque(maxlen=LAST_UNDOS))

    def run(self, steps: tuple[Step, ...]) -> None:
        """All of it, one step after the other."""
        for at, step in enumerate(steps):
            self.do(step, f"{self.name}s{at}")

    def do(self, step: Step, key: str) -> None:
        """One step; an act gets ``key``."""
        if step.operation == TIME:
            self._let_time_pass(step)
        elif step.operation == SWEEP:
            self.sweep(step.cut, step.numbers[2])
        elif (choice := self._choose(step)) is not None:
            self.carry_out(step.operation, choice, key, step)

    # --- Acts ----------------------------------------------------------------------------------------------------

    def _choose(self, step: Step) -> Choice | None:
        operation = OPERATIONS[step.operation]
        choice = operation.choose(step.numbers, self.world, self._seat("desk").desk)
        if step.operation != "undo" or choice is None:
            return choice
        return replace(choice, undo=self.undos.pop()) if self.undos else None

    def carry_out(self, name: str, choice: Choice, key: str, step: Step | None = None) -> Act:
        """One act sent until the client knows or gives up; its answer, its tickets and its undo are kept."""
        act = Act(key, self.who.login, name, choice)
        self.acts.append(act)
        step = step or Step(name, (0, 0, 0))
        twin = self._twin(act) if step.double is Double.AT_ONCE else None
        self._send_until_known(act, step)
        if twin is not None:
            twin.join()
        if step.double is Double.LATER:
            self._send(act, "desk")
        if act.done and act.done[0].answer is not None:
            self._keep(name, act.done[0].answer)
        return act

    def _keep(self, name: str, answer: Changed) -> None:
        if name == "open" and answer.ticket_id is not None:
            self.world.tickets.append(answer.ticket_id)
        if answer.undo is not None:
            self.undos.append(answer.undo)

    def _twin(self, act: Act) -> Thread:
        thread = Thread(target=self._send, args=(act, "twin"))
        thread.start()
        return thread

    def _send_until_known(self, act: Act, step: Step) -> None:
        told = self._send(act, "desk", step.cut, step.numbers[2])
        for _ in range(MOST_SENDINGS):
            if told.word is Word.UNKNOWN and step.doubt is not Doubt.RESENDS:
                told = self._ask(act)
                if step.doubt is Doubt.ASKS or told.word is Word.DONE:
                    return
            elif told.kind == "Lost" and step.doubt is Doubt.ASKS:
                return  # it was told that nothing was saved, and takes that for an answer
            elif told.word is Word.UNKNOWN or told.kind == "Lost" or told.words.startswith(TOO_LATE):
                told = self._send(act, "desk")
            else:
                return

    def _send(self, act: Act, place: str, cut: Cut | None = None, statement: int = 0) -> Told:
        """One sending of the act from the desk at ``place``, and what was told."""
        operation = OPERATIONS[act.operation]
        with self.stage.gate.acting():
            told = self._told(place, lambda desk: operation.send(desk, act.choice, act.key), cut, statement)
        act.told.append(told)
        return told

    def _ask(self, act: Act) -> Told:
        """Whether the act was saved, asked by its key."""
        with self.stage.gate.acting():
            told = self._told("desk", lambda desk: answer_of(desk, act.key))
        if told.word is Word.DONE and told.answer is None:
            told = replace(told, word=Word.NOT_SAVED)
        told = replace(told, asked=True)
        act.told.append(told)
        return told

    def _told(
        self, place: str, send: Callable[[Desk], object], cut: Cut | None = None, statement: int = 0
    ) -> Told:
        """What is told about whatever ``send`` does at the desk at ``place``; the connection may be cut under it."""
        began = self.stage.clock.earliest()
        answer, problem, seat = None, None, None
        try:
            seat = self._seat(place)
            with seat.cutter.armed(cut, statement):
                answer = send(seat.desk)
        except Exception as error:  # noqa: BLE001  (the judge decides what it is)
            problem = error
        return Told(
            _word(problem),
            began,
            self.stage.clock.latest(),
            answer if isinstance(answer, Changed) else None,
            type(problem).__name__ if problem else "",
            getattr(problem, "title", ""),
            _words(problem),
            problem.needed - problem.balance if isinstance(problem, TooFewTokens) else None,
            seat is not None and seat.cutter.has_cut,
        )

    def _seat(self, place: str) -> Seat:
        return self.stage.seat(self.who, f"{place} {self.name.rsplit('c', 1)[1]}")

    # --- Beside acts ---------------------------------------------------------------------------------------------

    def sweep(self, cut: Cut | None = None, statement: int = 0) -> None:
        """What passed unmet is settled, as any console does it now and then."""
        with self.stage.gate.acting():
            told = self._told("desk", sweep, cut, statement)
        self.sweeps.append(told)

    def _let_time_pass(self, step: Step) -> None:
        """Mostly while nobody acts; one time in four under the acts of the others."""
        span = timedelta(minutes=MINUTES[step.numbers[0] % len(MINUTES)])
        began = self.stage.clock.earliest()
        if step.numbers[1] % 4:
            with self.stage.gate.quiet():
                self.stage.clock.advance(span)
        else:
            self.stage.clock.advance(span)
        self.jumps.append(Told(Word.DONE, began, self.stage.clock.latest()))


def _word(problem: Exception | None) -> Word:
    if problem is None:
        return Word.DONE
    if isinstance(problem, Unknown):
        return Word.UNKNOWN
    return Word.REFUSED if isinstance(problem, Problem) else Word.BROKEN


def _words(problem: BaseException | None) -> str:
    if problem is None:
        return ""
    if isinstance(problem, Problem):
        return f"{problem.message} [{problem.__cause__}]" if isinstance(problem, Lost) else problem.message
    return "".join(traceback.format_exception(problem))
