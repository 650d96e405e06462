"""The reference says what the code says: each section is generated, and complete."""

from __future__ import annotations

import importlib.util
import inspect
import json
import re
from types import ModuleType

import jsonschema
import pytest

from grader import errors
from grader.reporting import GRADE_SCHEMA
from tests.docs.blocks import DOCS, PAGES, blocks
from tests.docs.commands import parsers


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generated", DOCS / "_ext" / "generated.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_command_and_option_is_in_the_reference(reference: ModuleType) -> None:
    commands, options = reference.commands(), reference.options()
    for name, parser in parsers().items():
        assert f"| `grader {name}" in commands
        for param in parser.params:
            assert param.param_type_name == "argument" or param.opts[0] in options


def test_every_error_stands_beside_its_exit_code() -> None:
    """All but 3 by name: that one is of every error that is the grader's own."""
    text = (DOCS / "reference" / "commands.md").read_text(encoding="utf-8")
    documented = dict(re.findall(r"^\| (\d+) \| (.*?) \|", text, re.MULTILINE))
    for error in vars(errors).values():
        if inspect.isclass(error) and issubclass(error, errors.GraderError):
            assert error.exit_code == 3 or f"`{error.__name__}`" in documented[str(error.exit_code)]


def test_the_example_of_a_grade_is_one() -> None:
    text = (DOCS / "reference" / "documents.md").read_text(encoding="utf-8")
    (example,) = [json.loads(block.text) for block in blocks(text) if block.language == "json"]
    jsonschema.validate(example, GRADE_SCHEMA)


def test_every_section_is_used(reference: ModuleType) -> None:
    pages = [page.read_text(encoding="utf-8") for page in PAGES]
    used = {match["name"] for text in pages for match in reference.PLACE.finditer(text)}
    assert used == set(reference.SECTIONS)


def test_links_out_of_the_site_lead_to_the_repository(reference: ModuleType) -> None:
    """GitHub follows them as they are; the site has no such files."""
    text = "[words](../CONTRIBUTING.md#words), [files](../integrations/), [here](../docs/security.md)"
    assert reference.outside(text, DOCS) == (
        "[words](https://github.com/keras-grader/keras-grader/blob/main/CONTRIBUTING.md#words), "
        "[files](https://github.com/keras-grader/keras-grader/tree/main/integrations), [here](../docs/security.md)"
    )


def test_the_pages_of_a_checkout_say_what_the_site_says(reference: ModuleType) -> None:
    texts = {page: page.read_text(encoding="utf-8") for page in reference.pages()}
    assert texts
    assert [page.name for page, text in texts.items() if reference.fill(text) != text] == []
