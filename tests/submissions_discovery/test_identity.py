"""Whoever has an id keeps it, and names that collide get ids of their own."""

from __future__ import annotations

import random
import time
import unicodedata
from pathlib import Path

import pytest

from grader.domain.people import name_keys
from grader.errors import UsageError
from grader.submissions import Reader, opened
from grader.submissions.identity import natural, read_ids, slug, with_ids, write_ids
from grader.submissions.staging import MOST_ENTRIES
from tests.submissions_discovery import downloads
from tests.submissions_discovery.downloads import tree, zipped

COLLIDING = (
    "Jane Doe.py", "jane_doe.py", "JANE DOE.py", "jane-doe.py", "jane  doe.py", "Jane Doe 2.py",
    unicodedata.normalize("NFC", "José.py"), unicodedata.normalize("NFD", "José.py"), "jose.ipynb",
)  # fmt: skip


def ids(folder: Path, out: Path | None = None) -> dict[str, str]:
    """By the path of each; remembered in `out`."""
    with opened(folder, Reader(layout="files", ids=read_ids(out) if out else {})) as intake:
        if out:
            write_ids(out, intake.ids)
        return {submission.origin.paths[0]: submission.id for submission in intake.submissions}


def test_names_that_collide_get_ids_of_their_own(tmp_path: Path) -> None:
    """In whatever order they are found, in a folder and in a zip; the one that is written like the id comes first."""
    files = dict.fromkeys(COLLIDING, "x = 1\n")
    by_path = ids(tree(tmp_path / "class", files))
    assert ids(zipped(tmp_path / "class.zip", files)) == by_path
    assert by_path["jane-doe.py"] == "jane-doe"
    assert by_path["Jane Doe 2.py"] == "jane-doe-2"
    assert by_path["jose.ipynb"] == "jose"
    assert len({name.casefold() for name in by_path.values()}) == len(COLLIDING)
    names, places = [Path(place).stem for place in COLLIDING], list(COLLIDING)
    for seed in range(5):
        order = random.Random(seed).sample(range(len(places)), len(places))
        repeated = with_ids([places[at] for at in order], [names[at] for at in order], {})
        assert {places[at]: name for at, name in zip(order, repeated, strict=True)} == by_path


@pytest.mark.parametrize("newcomer", ["jane_doe.py", "jane-doe.py", "JANE DOE.py", " Jane Doe.py", "Jane Doe/main.py"])
def test_a_newcomer_never_takes_an_id(tmp_path: Path, newcomer: str) -> None:
    """Nor when whoever has it is away for a while."""
    folder, out = tmp_path / "class", tmp_path / "out"
    tree(folder, {"Jane Doe.py": "x = 1\n", "bert.py": "x = 1\n"})
    before = ids(folder, out)
    tree(folder, {newcomer: "x = 2\n"})
    after = ids(folder, out)
    assert before["Jane Doe.py"] == "jane-doe"
    assert after.items() >= before.items()
    (folder / "Jane Doe.py").unlink()
    assert "jane-doe" not in ids(folder, out).values()
    tree(folder, {"Jane Doe.py": "x = 3\n"})
    assert ids(folder, out) == after


def test_ids_are_kept_for_a_download_too(tmp_path: Path) -> None:
    def ids_of(path: Path, names: dict[str, str]) -> dict[str, str]:
        with opened(path, Reader(ids=names)) as intake:
            return dict(intake.ids)

    first = ids_of(zipped(tmp_path / "a.zip", downloads.MOODLE), {})
    assert sorted(first.values()) == ["ada-lovelace-4713", "jane-doe-4711", "jose-garcia-4712"]
    names = {key: f"kept-{name}" for key, name in first.items()}
    assert ids_of(tree(tmp_path / "b", downloads.MOODLE), names) == names


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"schema": "grader.ids/1", "ids": {"a.py": "../../x"}}', '{"schema": "grader.ids/1", "ids": {"a.py": 3}}',
     '{"schema": "grader.ids/1", "ids": {"a.py": "a", "b.py": "A"}}', '{"ids": {"a.py": "a"}}', "[" * 100_000],
)  # fmt: skip
def test_a_damaged_memory_of_ids_is_named(tmp_path: Path, text: str) -> None:
    """Ids that shift silently would be worse than no grading."""
    (tmp_path / "ids.json").write_text(text)
    with pytest.raises(UsageError, match=r"ids\.json: .* cannot be read"):
        read_ids(tmp_path)


def test_many_files_of_one_student_are_not_all_run(tmp_path: Path) -> None:
    count = MOST_ENTRIES + 3
    files = {f"anna/part{number:02}.py": "import keras\n" for number in range(count)}
    with opened(tree(tmp_path, {**files, "bert/main.py": "import keras\n"})) as intake:
        anna = next(submission for submission in intake.submissions if submission.id == "anna")
        names = [part.entry.name for part in anna.parts]
        decision = "at most 20 files of a submission are run, and not `part20.py`, `part21.py` and `part22.py`"
        assert names == [f"part{number:02}.py" for number in range(MOST_ENTRIES)]
        assert decision in anna.origin.decisions


@pytest.mark.parametrize("letter", ["a", "д", "张", "𝒳", "🦊a"])
def test_an_id_leaves_room_for_what_is_added_to_it(letter: str) -> None:
    """A file's name is bounded in bytes, not in letters; where two collide, `-2` is added."""
    (_, name) = with_ids(["a", "b"], [letter * 250, letter * 200], {})
    assert len(f"{name}.better_two_outputs.json.12345678.grader-part".encode()) < 200


@pytest.mark.parametrize("name", ["\u0301\u0316" * 500_000, "9" * 500_000, "\ufdfa" * 500_000, " " * 500_000])
def test_a_name_of_any_length_takes_no_time(name: str) -> None:
    """Normalizing takes quadratic time, and Python refuses to read numbers of many digits."""
    started = time.process_time()
    assert len(slug(name)) <= 60
    natural(name), name_keys(name)
    assert time.process_time() - started < 2
