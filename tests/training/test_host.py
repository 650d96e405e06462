"""What one request may cost the trainer process, and those who wait for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import Mock

import pytest

from grader.errors import TrainerFault, TrainerLimit
from grader.sandbox.dialogue import ProcessEnded
from grader.training.host import TrainerHost, environment, trainer_sandbox
from grader.training.messages import dumps, loads

SLOW, DEADLY = {"do": "slow"}, {"do": "deadly"}


class Process:
    """A trainer process that is none: it answers at once, late, or never."""

    started: ClassVar[int] = 0
    asked: ClassVar[list[Any]] = []

    def __init__(self, *_: object) -> None:
        type(self).started += 1

    def send(self, line: bytes) -> None:
        self.request = loads(line)

    def receive(self, seconds: float) -> bytes:
        if self.request == {"do": "nothing"}:
            return b"{}"
        self.asked.append(self.request)
        if self.request == DEADLY:
            raise ProcessEnded("exit code -9")
        if self.request == SLOW:
            time.sleep(seconds)
            raise TimeoutError
        time.sleep(0.05)
        return dumps({"request": self.request}).encode()

    def close(self) -> None:
        pass


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> type[Process]:
    kind = type("Own", (Process,), {"asked": []})
    monkeypatch.setattr(TrainerHost, "_started", kind)
    monkeypatch.setattr("grader.training.host.usable_processors", lambda: 1)
    return kind


def at_once(*work: Callable[[], Any]) -> list[Any]:
    """Results, or errors, of calls that wait in this order."""
    with ThreadPoolExecutor(len(work)) as pool:
        waiting = []
        for call in work:
            waiting.append(pool.submit(call))
            time.sleep(0.02)
        return [future.exception() or future.result() for future in waiting]


def test_what_waits_is_answered_in_its_order(process: type[Process]) -> None:
    """Whoever asks again and again has no advantage."""
    with TrainerHost() as host:
        at_once(*(lambda number=number: host.ask({"number": number}, 1) for number in range(5)))
    assert process.asked == [{"number": number} for number in range(5)]


def test_equal_requests_that_wait_are_answered_once(process: type[Process]) -> None:
    with TrainerHost() as host:
        first, second = at_once(lambda: host.ask({"same": 1}, 1), lambda: host.ask({"same": 1}, 1))
        assert first == second
        assert process.asked == [{"same": 1}]
        host.ask({"same": 1}, 1)
    assert len(process.asked) == 2


def test_a_request_that_takes_too_long_costs_others_only_its_limit(process: type[Process]) -> None:
    with TrainerHost() as host:
        slow, quick = at_once(lambda: host.ask(SLOW, 0.3), lambda: host.ask({"number": 1}, 60))
        assert len(host._processes) == 1  # the other was ended: a late answer must not be taken for another's
    assert isinstance(slow, TrainerLimit)
    assert quick["request"] == {"number": 1}
    assert process.started == 2


def test_a_request_that_kills_the_process_twice_is_to_blame(process: type[Process]) -> None:
    """It is not the grader's fault, and nobody tries a third time."""
    with TrainerHost() as host:
        with pytest.raises(TrainerLimit, match="ended the trainer process twice: exit code -9"):
            host.ask(DEADLY, 1)
        assert process.asked == [DEADLY, DEADLY]
        assert host.ask({"number": 1}, 1)["request"] == {"number": 1}


def test_a_process_that_cannot_start_is_no_fault_of_a_request(
    process: type[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "receive", Mock(side_effect=ProcessEnded("exit code 1")))
    with TrainerHost() as host, pytest.raises(TrainerFault, match="cannot start: exit code 1") as caught:
        host.ask({"number": 1}, 1)
    assert not isinstance(caught.value, TrainerLimit)


def test_who_waits_when_it_is_closed_is_told(process: type[Process]) -> None:
    """Instead of starting another process."""
    host = TrainerHost()
    closing = threading.Timer(0.1, host.close)
    closing.start()
    _, waiting = at_once(lambda: host.ask(SLOW, 0.3), lambda: host.ask({"number": 1}, 1))
    closing.join()
    assert "closed" in str(waiting)
    with pytest.raises(TrainerFault, match="closed"):
        host.ask({"number": 2}, 1)
    assert process.started == 1


def test_two_are_answered_side_by_side(process: type[Process], monkeypatch: pytest.MonkeyPatch) -> None:
    """By processes of their own; one after the other needs only one."""
    meeting = threading.Barrier(2, timeout=20)
    answered = process.receive

    def meet(self: Process, seconds: float) -> bytes:
        if "meets" in self.request:
            meeting.wait()
        return answered(self, seconds)

    monkeypatch.setattr(process, "receive", meet)
    monkeypatch.setattr("grader.training.host.usable_processors", lambda: 2)
    with TrainerHost() as host:
        for number in range(2):
            host.ask({"number": number}, 1)
        assert process.started == 1
        answers = at_once(*(lambda number=number: host.ask({"meets": number}, 1) for number in range(2)))
        assert [answer["request"]["meets"] for answer in answers] == [0, 1]
        assert process.started == 2


def test_a_process_whose_first_answer_is_none_is_ended(process: type[Process], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "receive", lambda *_: b"no JSON")
    with TrainerHost() as host:
        with pytest.raises(TrainerFault, match="not JSON"):
            host.ask({"number": 1}, 1)
        assert not host._processes


@pytest.mark.parametrize("level", ["partial", "none"])
def test_settings_of_others_are_not_read(level: str, tmp_path: Path) -> None:
    """What libraries look for in a home or a temporary folder is looked for in one that nobody else can reach."""
    variables = environment(replace(trainer_sandbox(level, ()), scratch=tmp_path))
    places = ("HOME", "TMPDIR", "KERAS_HOME")
    assert [Path(variables[name]).is_relative_to(tmp_path) for name in places] == [True] * 3
