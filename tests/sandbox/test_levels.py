"""A level is chosen by trying it out, and never quietly replaced by less."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.sandbox import levels, resolve_isolation
from grader.sandbox.levels import Protection
from tests.levels import missing

HOLDS = (Protection("a wall", True, "stands"),)
GAP = (Protection("a wall", False, "has a gap", "Mend it."),)


def on_a_machine(monkeypatch: pytest.MonkeyPatch, *, full: bool, partial: bool) -> None:
    monkeypatch.setattr(levels, "full", lambda: HOLDS if full else GAP)
    monkeypatch.setattr(levels, "partial", lambda: HOLDS if partial else GAP)


@pytest.mark.parametrize(
    ("full", "partial", "level"), [(True, True, "full"), (False, True, "partial"), (False, False, "none")]
)
def test_auto_is_the_strongest_there_is(monkeypatch: pytest.MonkeyPatch, full: bool, partial: bool, level: str) -> None:
    """For a student's own file that may be none at all."""
    on_a_machine(monkeypatch, full=full, partial=partial)
    assert resolve_isolation("auto") == level


def test_a_class_never_falls_to_no_sandbox_silently(monkeypatch: pytest.MonkeyPatch) -> None:
    """It stops, and says what is missing, how to mend it and how to insist."""
    on_a_machine(monkeypatch, full=False, partial=False)
    with pytest.raises(UsageError) as stopped:
        resolve_isolation("auto", unattended=True)
    for words in ("has a gap", "Mend it.", "--isolation container", "--isolation none"):
        assert words in str(stopped.value)


@pytest.mark.parametrize("level", ["full", "partial"])
def test_a_level_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch, level: str) -> None:
    """With what was found and what to do."""
    on_a_machine(monkeypatch, full=False, partial=False)
    with pytest.raises(UsageError, match=r"not available here: a wall: has a gap\. Mend it\."):
        resolve_isolation(level)


@pytest.mark.parametrize("level", ["container", "none"])
def test_what_is_declared_is_taken_at_its_word(monkeypatch: pytest.MonkeyPatch, level: str) -> None:
    """Who says so knows where the grader runs, also for a class. All levels are named, and have words in reports."""
    on_a_machine(monkeypatch, full=True, partial=True)
    assert resolve_isolation(level, unattended=True) == level
    with pytest.raises(UsageError, match="full, partial, container, none"):
        resolve_isolation("complete")
    assert set(levels.WORDS) == set(levels.LEVELS) - {"auto"}


def test_an_old_setuid_bubblewrap_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Below 0.12 it lets users become root."""
    tool = tmp_path / "bwrap"
    tool.write_text("#!/bin/sh\necho bubblewrap 0.11.1\n")
    tool.chmod(0o4755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.delenv("GRADER_BWRAP", raising=False)
    levels._bubblewrap.cache_clear()
    layer = levels._bubblewrap()
    levels._bubblewrap.cache_clear()
    assert layer.ok is False
    assert layer.found == "0.11.1, setuid"


SECURITY = Path(__file__).parents[2] / "docs" / "security.md"


@pytest.mark.parametrize("level", ["full", "partial"])
def test_a_run_has_what_the_document_lists(level: str) -> None:
    """Found by a process in the sandbox, which tries to write everywhere: not one place more, and not one less."""
    if reason := missing(level):
        pytest.skip(reason)
    promised = re.findall(rf"^- `{level}`: (.*?)(?=^- |^$)", SECURITY.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    findings = levels.tried(level, own=level == "full" and levels.can_nest())
    assert isinstance(findings, dict), findings
    places = sorted(re.sub(r"^/.*/root/", "RUN/", path) for path in findings["writable"])
    held = ", ".join("{} ({})".format(*descriptor.split(" ", 1)) for descriptor in findings["descriptors"])
    capabilities = int(findings["capabilities"], 16)
    names = sorted(name for name in findings["namespaces"] if not name.endswith("_for_children"))
    words = (
        f"writes to {', '.join(places)}; holds descriptors {held}; {capabilities or 'no'} capabilities; "
        f"{'its own ' + ', '.join(names) if names else 'no namespaces of its own'}; "
        f"system calls up to {findings['newest call']}"
    )
    assert [" ".join(text.split()) for text in promised] == [words]
