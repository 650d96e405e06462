"""A small slice of `make fuzz`, and that its instruments notice what they are there for."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader.execution.recording import read_recording
from tests.attacks.injection import active
from tests.fuzz import campaign as campaigns
from tests.fuzz.campaign import Campaign, run, temporary_folder
from tests.fuzz.cases import NONCE, Case, read_case, recording_of, seeds
from tests.fuzz.hostile import TOKEN

pytestmark = pytest.mark.long

INPUTS = 400
EMPTY = Case(json.dumps(recording_of()).encode(), "an empty recording")


def spin() -> None:
    while True:
        pass


@pytest.fixture
def campaign() -> Iterator[Campaign]:
    with temporary_folder() as folder:
        yield Campaign(Path(folder))


@pytest.mark.parametrize("seed", seeds(), ids=lambda seed: seed.origin)
def test_a_recording_that_is_spoilt_was_whole(seed: Case) -> None:
    """One of an older protocol would be refused at its first key, and its changes never be looked at."""
    recording, unusable = read_recording(seed.content, NONCE)
    assert not unusable
    assert not [model.config_error for model in recording.models if "cannot be used" in model.config_error]
    assert all(note.said is not None for note in recording.noted)


def test_no_recording_harms_the_grader(campaign: Campaign) -> None:
    run(campaign, INPUTS, seed=4)
    assert [(finding.kind, finding.case.origin, finding.detail) for finding in campaign.tally.findings] == []
    assert {"unreadable", "no network", "described", "trainable"} <= set(campaign.tally.outcomes)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (lambda: 1 / 0, "crash"),
        (lambda: open("/etc/hostname").close(), "audit"),
        (lambda: exec("1"), "audit"),
        (lambda: __import__("this_is_no_module"), "audit"),
        (spin, "hang"),
    ],
    ids=["raises", "opens", "executes", "imports", "spins"],
)
def test_a_fault_is_found(campaign: Campaign, monkeypatch: pytest.MonkeyPatch, fault: object, kind: str) -> None:

    def travel(folder: Path, **_: bool) -> str:
        with contextlib.suppress(OSError, ImportError):
            fault()  # type: ignore[operator]
        return "read"

    monkeypatch.setattr(campaigns, "travel", travel)
    monkeypatch.setattr("tests.fuzz.watch.MOST_SECONDS", 0.2)
    campaign.feed(EMPTY)
    assert [finding.kind for finding in campaign.tally.findings] == [kind]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(
            ("a.html", f"<p>{text}</p>")
            for text in ("<x-fuzz>", "<p onclick='1'>", "<script>pwnfuzz</script>", "<img src=x>")
        ),
        *((name, f"a{text}b") for name in ("a.html", "a.csv", "screen") for text in ("\x1b[31m", "\u202e")),
        ("a.csv", "a,=1+1\n"),
    ],
)
def test_what_got_through_is_found(name: str, text: str) -> None:
    assert active({name: text}, TOKEN)


def test_what_is_only_shown_is_not_found() -> None:
    assert active({"a.html": "<p>&lt;x-fuzz&gt;</p>", "a.csv": "a,'=1+1\n", "screen": "a [31mb\n"}, TOKEN) == []


def test_an_input_is_replayed_as_it_was(tmp_path: Path) -> None:
    EMPTY.write(tmp_path)
    assert replace(read_case(tmp_path), origin=EMPTY.origin) == EMPTY
