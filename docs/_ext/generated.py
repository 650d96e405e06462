"""The reference, written from the code: into the pages of a checkout by `make reference`, and again for the site.

A page names a section in a comment, `<!-- generated: commands -->`, and closes it with `<!-- end -->`. Between them is
the section. Every section is a function that returns Markdown, and needs no Sphinx.
"""

from __future__ import annotations

import importlib
import inspect
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from grader.domain import Subject

REPOSITORY = Path(__file__).parents[2]
PLACE = re.compile(
    r"^<!-- generated: (?P<name>[\w-]+)(?P<arguments>[^>]*?) -->\n.*?^<!-- end -->$", re.MULTILINE | re.DOTALL
)
LINK = re.compile(r"\]\((?P<path>\.\./[^)#\s]*)(?P<anchor>#[^)\s]*)?\)")


def fill(text: str) -> str:
    """A page with its generated sections. Raises `KeyError` if it names one that does not exist."""

    def filled(found: re.Match[str]) -> str:
        begin, _, _ = found[0].partition("\n")
        return f"{begin}\n{SECTIONS[found['name']](*found['arguments'].split()).strip()}\n<!-- end -->"

    return PLACE.sub(filled, text)


def pages() -> Iterator[Path]:
    """The pages of a checkout that have such sections."""
    for path in sorted((REPOSITORY / "docs").rglob("*.md")):
        if PLACE.search(path.read_text(encoding="utf-8")):
            yield path


# Commands


def commands() -> str:
    """Every command with its arguments and options, from the parser itself."""
    return "\n\n".join(_command(name, command) for name, command in parsers().items() if not command.hidden)


def parsers() -> Mapping[str, Any]:
    """The parser of each command, by its name, such as `grade` or `course copy`."""
    import typer

    from grader.cli import app

    group: Any = typer.main.get_command(app)
    found: dict[str, Any] = {}
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        found |= {f"{name} {part}": one for part, one in inner.items()} if inner else {name: command}
    return found


def _command(name: str, command: Any) -> str:
    with command.context_class(command, info_name=f"grader {name}") as context:
        usage = " ".join(command.get_usage(context).removeprefix("Usage:").split())
        arguments = [one for one in command.params if one.param_type_name == "argument"]
        options = [one for one in command.params if one.param_type_name == "option" and not one.hidden]
        text = [f"## `grader {name}`", _paragraphs(command.help or ""), f"```text\n{usage}\n```"]
        described = [(f"`{' '.join(one.get_usage_pieces(context))}`", _prose(one.help or "")) for one in arguments]
        if any(meaning for _, meaning in described):
            text.append(_table(("Argument", "Meaning"), described))
        rows = [(_spelling(one, context), _prose(one.help or ""), _default(one)) for one in options]
        if rows:
            text.append(_table(("Option", "Meaning", "Default"), rows))
    return "\n\n".join(text)


def _spelling(option: Any, context: Any) -> str:
    """As `--help` has it."""
    spelling = " ".join(option.get_help_record(context)[0].split())
    variable = f"; variable `{option.envvar}`" if option.envvar else ""
    return f"`{spelling}`{variable}"


def _default(option: Any) -> str:
    """The default; where it depends on the machine, the option says it in words (`show_default`)."""
    if isinstance(option.show_default, str):
        return option.show_default
    if option.is_flag or option.default is None or callable(option.default) or option.default == "":
        return ""
    return f"`{option.default}`"


# JSON schemas: assignment.toml and the documents


def assignment_toml() -> str:
    """Every table and key of `assignment.toml`; of checks, see `kinds`."""
    from grader.assignments.spec import SpecFile

    more = {"checks": "the rubric, see [Kinds of check](checks.md)"}
    text = _schema(SpecFile.model_json_schema(), "The file itself", more).replace(" or null", "")  # TOML has no null
    listed = ", ".join(f"`{subject}`" for subject in get_args(Subject))
    return f"{text}\n\n### Subjects\n\nWhat a mistake can be about: {listed}."


def course_toml() -> str:
    from grader.assignments.settings import SettingsFile

    return _schema(SettingsFile.model_json_schema(), "Settings", {}).replace(" or null", "")


def document(name: str) -> str:
    """The tables of the schema that `grader schema` prints for `grade`, `check` or `recording`."""
    from grader.execution import recording_schema
    from grader.reporting import CHECK_SCHEMA, GRADE_SCHEMA

    schemas = {"grade": GRADE_SCHEMA, "check": CHECK_SCHEMA, "recording": recording_schema()}
    return _schema(schemas[name], "The document", {})


def protocol() -> str:
    """What the two files of a recording hold, as the code that writes them says."""
    from grader.execution import student

    return f"```text\n{_paragraphs(student.__doc__ or '')}\n```"


COLUMNS = ("Key", "Type", "Default", "Meaning")


def _schema(schema: Mapping[str, Any], top: str, more: Mapping[str, str]) -> str:
    """A table for the schema, and one for each part in it, in the order in which they are first named."""
    parts: Mapping[str, Any] = schema.get("$defs", {})
    text = [f"### {top}", _prose(schema.get("description", "")), _table(COLUMNS, _rows(schema, parts, more))]
    return "\n\n".join(filter(None, [*text, *_tables_of_parts(schema)]))


def _tables_of_parts(schema: Mapping[str, Any]) -> Iterator[str]:
    parts: Mapping[str, Any] = schema.get("$defs", {})
    for name in _in_order(schema, parts):
        part = parts[name]
        yield from (f"### {_title(name)}", _prose(part.get("description", "")), _table(COLUMNS, _rows(part, parts, {})))


def _in_order(schema: Mapping[str, Any], parts: Mapping[str, Any]) -> list[str]:
    found: dict[str, None] = {}
    waiting = [schema]
    while waiting:
        for name in re.findall(r"#/\$defs/(\w+)", repr(waiting.pop(0).get("properties", {}))):
            if name not in found and "properties" in parts[name]:
                found[name] = None
                waiting.append(parts[name])
    return list(found)


def _rows(schema: Mapping[str, Any], parts: Mapping[str, Any], more: Mapping[str, str]) -> list[tuple[str, ...]]:
    required = schema.get("required", ())
    rows = []
    for key, field in schema.get("properties", {}).items():
        default = "required" if key in required else _value(field.get("default"))
        part = parts.get(field.get("$ref", "").rsplit("/", 1)[-1], {})
        meaning = field.get("description", "") or more.get(key, "") or part.get("description", "")
        rows.append((f"`{key}`", _type(field, parts), default, _prose(meaning)))
    return rows


def _type(field: Mapping[str, Any], parts: Mapping[str, Any]) -> str:
    """What a value is, in words, with its bounds."""
    if "$ref" in field:
        name = field["$ref"].rsplit("/", 1)[-1]
        linked = f"[{_title(name)}](#{_title(name).lower()})"
        return linked if "properties" in parts[name] else _type(parts[name], parts)
    if "const" in field:
        return f"`{field['const']}`"
    if field.get("enum") == list(get_args(Subject)):
        return "[subject](#subjects)"
    if "enum" in field:
        return ", ".join(f"`{value}`" if value != "" else "empty" for value in field["enum"])
    if "anyOf" in field:
        kinds = dict.fromkeys(_type(one, parts) for one in field["anyOf"] if one.get("type") != "null")
        return " or ".join(kinds) + (" or null" if any(one.get("type") == "null" for one in field["anyOf"]) else "")
    if isinstance(inner := field.get("additionalProperties"), dict):
        return f"table of {_type(inner, parts)}{_bounds(field, 'minProperties', 'maxProperties')}"
    if field.get("type") == "string" and "maxLength" in field:
        return f"text (at most {field['maxLength']} characters)"
    if field.get("type") == "array":
        return f"list of {_type(field.get('items', {}), parts)}{_bounds(field, 'minItems', 'maxItems')}"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false", "object": "table"}
    kind = field.get("type", "any")
    return words.get(kind, kind) + _bounds(field, "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def _bounds(field: Mapping[str, Any], least: str, most: str, above: str = "", below: str = "") -> str:
    signs = ((least, "at least"), (above, "above"), (most, "at most"), (below, "below"))
    said = [f"{sign} {field[key]:g}" for key, sign in signs if key in field]
    return f" ({' and '.join(said)})" if said else ""


def _title(name: str) -> str:
    """`TrainingPart` and `GradeDocument` without the word that all of them end in."""
    return name.removesuffix("Part").removesuffix("Document")


# Checks, hints, formats


def kinds() -> str:
    """Every kind of check: its title, what it looks at, its options."""
    from grader.checks import KINDS, CheckOptions

    common = set(CheckOptions.model_json_schema()["properties"])
    parts = []
    for name, kind in KINDS.items():
        schema = kind.spec.model_json_schema()
        of_kind = {key: field for key, field in schema["properties"].items() if key not in {*common, "kind"}}
        rows = _rows({**schema, "properties": of_kind}, schema.get("$defs", {}), {})
        parts += [f"## `{name}`", f"*{kind.title}.* {_prose(kind.spec.__doc__ or '')}"]
        parts += [_table(COLUMNS, rows) if rows else "No options of its own.", *_tables_of_parts(schema)]
    return "\n\n".join(filter(None, parts))


def check_options() -> str:
    from grader.checks import CheckOptions

    return _table(COLUMNS, _rows(CheckOptions.model_json_schema(), {}, {"kind": "which kind it is"}))


def hints() -> str:
    """Every note by its code: the sentence of a report, and the story of `grader explain`."""
    from grader.hints import EXPLANATIONS

    entries = [f"## `{code}`\n\n**{one.sentence}**\n\n{_prose(one.story)}" for code, one in EXPLANATIONS.items()]
    return "\n\n".join(entries)


def formats() -> str:
    """The formats of `--report`, with what their modules say of them."""
    from grader.reporting import FORMATS, OF_ONE

    rows = []
    for name, write in FORMATS.items():
        use = "`check`" if name in OF_ONE else "`check`, `grade`"
        module = inspect.getmodule(write)
        own_file = module is not None and module.__name__.startswith("grader.reporting.formats.")
        rows.append((f"`{name}`", _first((module if own_file else write).__doc__ or ""), use))
    return _table(("Format", "What it is", "Of"), rows)


def layouts() -> str:
    from grader.submissions.layouts import LAYOUTS

    modules = {name: importlib.import_module(f"grader.submissions.layouts.{name}") for name in LAYOUTS}
    rows = [(f"`{name}`", _first(module.__doc__ or "")) for name, module in modules.items()]
    return _table(("Layout", "What it is"), rows)


def csv_columns() -> str:
    """The columns of `grades.csv` and of `grader export csv`, in their order."""
    from grader.gradebooks.tables import WHO
    from grader.reporting.formats.csv_export import COLUMNS as GRADES

    of_each = ("score", "max", "status", "<check>")
    by_check = [*WHO, *(f"<exercise>.{name}" for name in of_each), "total", "max", "status"]
    files = (("`grades.csv` and `--report csv`", GRADES), ("`grader export csv`", by_check))
    rows = [(title, ", ".join(f"`{name}`" for name in names)) for title, names in files]
    return _table(("File", "Columns"), rows)


def exit_codes() -> str:
    """Errors with their codes, and what each command says about its own."""
    from grader import errors

    tree = [one for one in vars(errors).values() if inspect.isclass(one) and issubclass(one, errors.GraderError)]
    rows = [(f"`{one.__name__}`", str(one.exit_code), _first(one.__doc__ or "")) for one in tree]
    return "\n\n".join([_table(("Command", "Exit codes"), _said_of_codes()), _table(("Error", "Code", "When"), rows)])


def _said_of_codes() -> list[tuple[str, str]]:
    rows = []
    for name, command in parsers().items():
        paragraphs = [_prose(one) for one in inspect.cleandoc(command.help or "").split("\n\n")]
        said = [one.removeprefix("Exit code: ") for one in paragraphs if one.startswith("Exit code: ")]
        rows += [(f"`grader {name}`", one) for one in said]
    return rows


# Words


def words(*wanted: str) -> str:
    """Some rows of the table of words in CONTRIBUTING.md, where each word is explained once."""
    known = contributing_words()
    return _table(("Word", "Meaning"), [(f"**{word}**", known[word]) for word in sorted(wanted)])


def contributing_words() -> dict[str, str]:
    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.partition("\n## Words\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+?) \| (.+?) \|$", table, re.MULTILINE)
    return {word: meaning for word, meaning in rows if word != "Word"}


# Markdown


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _paragraphs(text: str) -> str:
    return inspect.cleandoc(text).replace("\f", "")


def _prose(text: str) -> str:
    return " ".join(text.split())


def _first(docstring: str) -> str:
    """The first sentence of a docstring, without the name that a module's begins with."""
    return re.sub(r"^`[\w.]+`: ", "", _prose(docstring.split("\n\n", maxsplit=1)[0]))


def _value(value: Any) -> str:
    if value is None or value == "" or isinstance(value, dict):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`" if value != [] else ""


SECTIONS: Mapping[str, Callable[..., str]] = {
    "assignment-toml": assignment_toml,
    "check-options": check_options,
    "commands": commands,
    "course-toml": course_toml,
    "csv-columns": csv_columns,
    "document": document,
    "exit-codes": exit_codes,
    "formats": formats,
    "hints": hints,
    "kinds": kinds,
    "layouts": layouts,
    "protocol": protocol,
    "words": words,
}


def outside(text: str, folder: Path) -> str:
    """A page whose links to files of the repository that are no part of the site lead to where the repository is."""
    with (REPOSITORY / "pyproject.toml").open("rb") as file:
        home = tomllib.load(file)["project"]["urls"]["Homepage"]

    def linked(found: re.Match[str]) -> str:
        place = (folder / found["path"]).resolve()
        if not place.exists() or place.is_relative_to(REPOSITORY / "docs"):
            return found[0]
        kind = "tree" if place.is_dir() else "blob"
        return f"]({home}/{kind}/main/{place.relative_to(REPOSITORY).as_posix()}{found['anchor'] or ''})"

    return LINK.sub(linked, text)


def setup(app: Any) -> dict[str, bool]:
    """Sphinx calls this. The text of every page passes through `fill` and `outside` before it is parsed."""

    def generated(_app: Any, name: str, source: list[str]) -> None:
        source[0] = outside(fill(source[0]), (REPOSITORY / "docs" / name).parent)

    app.connect("source-read", generated)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


if __name__ == "__main__":
    for page in pages():
        page.write_text(fill(page.read_text(encoding="utf-8")), encoding="utf-8")
