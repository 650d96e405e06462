"""The reference, written from the code: into the pages of a checkout by `make reference`, and again for the site.

A page names a section in a comment, `<!-- generated: commands -->`, and closes it with `<!-- end -->`. Between them is
the section. Every section is a function that returns a table in Markdown, and needs no Sphinx.
"""

from __future__ import annotations

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
KEY = ("Key", "Type", "Default", "Meaning")
Row = tuple[str, ...]
Schema = Mapping[str, Any]


def fill(text: str) -> str:
    """A page with its generated sections. Raises `KeyError` if it names one that does not exist."""

    def filled(place: re.Match[str]) -> str:
        begin, _, _ = place[0].partition("\n")
        return f"{begin}\n{SECTIONS[place['name']](*place['arguments'].split())}\n<!-- end -->"

    return PLACE.sub(filled, text)


def pages() -> Iterator[Path]:
    """The pages of a checkout that have such sections."""
    for path in sorted((REPOSITORY / "docs").rglob("*.md")):
        if PLACE.search(path.read_text(encoding="utf-8")):
            yield path


# Commands


def commands() -> str:
    """Every command with its arguments, and what `--help` says of it and of them."""
    rows = []
    for name, command in parsers().items():
        arguments = [one for one in command.params if one.param_type_name == "argument"]
        explained = " ".join(f"`{_argument(one)}`: {_sentence(one.help)}" for one in arguments if one.help)
        usage = " ".join(["grader", name, *map(_argument, arguments)])
        rows.append((f"`{usage}`", f"{_prose(command.help or '')} {explained}".strip()))
    return _table(("Command", "What it does"), rows)


def options() -> str:
    """Every option; those of several commands once, and first."""
    users: dict[Row, list[str]] = {}
    for name, command in parsers().items():
        with command.context_class(command, info_name=name) as context:
            for option in command.params:
                if option.param_type_name == "option" and not option.hidden:
                    row = (_spelling(option, context), _prose(option.help or ""), _default(option))
                    users.setdefault(row, []).append(f"`{name}`")
    ordered = sorted(users.items(), key=lambda item: len(item[1]) == 1)
    return _table(("Of", "Option", "Meaning", "Default"), [(", ".join(names), *row) for row, names in ordered])


def parsers() -> Mapping[str, Any]:
    """The parser of each command that is no secret, by its name, such as `grade` or `course copy`."""
    import typer

    from grader.cli import app

    group: Any = typer.main.get_command(app)
    found: dict[str, Any] = {}
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        found |= {f"{name} {part}": one for part, one in inner.items()} if inner else {name: command}
    return {name: command for name, command in found.items() if not command.hidden}


def _argument(argument: Any) -> str:
    name = str(argument.metavar or argument.name).upper().strip("[].") + ("…" if argument.nargs == -1 else "")
    return name if argument.required else f"[{name}]"


def _spelling(option: Any, context: Any) -> str:
    """As `--help` has it."""
    variable = f"; variable `{option.envvar}`" if option.envvar else ""
    return f"`{' '.join(option.get_help_record(context)[0].split())}`{variable}"


def _default(option: Any) -> str:
    """The default; where it depends on the machine, the option says it in words (`show_default`)."""
    if isinstance(option.show_default, str):
        return option.show_default
    if option.is_flag or callable(option.default) or option.default in (None, ""):
        return ""
    return f"`{option.default}`"


# JSON schemas: assignment.toml and the documents


def assignment_toml() -> str:
    """Every key of `assignment.toml`, with those that all checks have; those of each kind are in `kind-options`."""
    from grader.assignments.spec import SpecFile
    from grader.checks import CheckOptions

    checks = CheckOptions.model_json_schema()
    return _toml([*_keys(SpecFile.model_json_schema()), *_keys(checks, checks, "checks[].")])


def course_toml() -> str:
    from grader.assignments.toml import SettingsFile

    return _toml(_keys(SettingsFile.model_json_schema()))


def _toml(rows: Iterable[Row], header: Row = KEY) -> str:
    """A table of keys of TOML, which has no null."""
    return _table(header, (tuple(cell.replace(" or null", "") for cell in row) for row in rows))


def subjects() -> str:
    return ", ".join(f"`{subject}`" for subject in get_args(Subject))


def grade_fields(*wanted: str) -> str:
    """These fields of a GRADE document, as `grader schema grade` describes them."""
    from grader.reporting import GRADE_SCHEMA

    fields = {key.strip("`"): (key, kind, meaning) for key, kind, _, meaning in _keys(GRADE_SCHEMA)}
    return _table(("Field", "Type", "Meaning"), [fields[name] for name in wanted])


def _keys(whole: Schema, part: Schema | None = None, prefix: str = "") -> Iterator[Row]:
    """A row for each key of a schema; behind the key of a table those of the table, if it says something of them."""
    parts: Mapping[str, Schema] = whole.get("$defs", {})
    part = part or whole
    for key, field in part.get("properties", {}).items():
        inner, way = _table_in(field, parts)
        meaning = field.get("description") or inner.get("description", "")
        default = "required" if key in part.get("required", ()) else _value(field.get("default"))
        yield f"`{prefix}{key}`", _type(field, parts), default, _prose(meaning)
        if any("description" in described for described in inner.get("properties", {}).values()):
            yield from _keys(whole, inner, f"{prefix}{key}{way}.")


def _table_in(field: Schema, parts: Mapping[str, Schema]) -> tuple[Schema, str]:
    """The table that a field is or holds, and how its keys are reached."""
    for one in (field, *field.get("anyOf", ())):
        for holder, way in ((one, ""), (one.get("items"), "[]"), (one.get("additionalProperties"), ".<name>")):
            if isinstance(holder, dict) and "properties" in (found := _resolved(holder, parts)):
                return found, way
    return {}, ""


def _resolved(field: Schema, parts: Mapping[str, Schema]) -> Schema:
    return parts[field["$ref"].rsplit("/", 1)[-1]] if "$ref" in field else field


def _type(field: Schema, parts: Mapping[str, Schema]) -> str:
    """What a value is, in words, with its bounds."""
    field = _resolved(field, parts)
    if keys := field.get("properties"):
        said = any("description" in described for described in keys.values())
        return "table" if said else f"table of {', '.join(f'`{key}`' for key in keys)}"
    if "const" in field:
        return f"`{field['const']}`"
    if field.get("enum") == list(get_args(Subject)):
        return "[subject](#subjects)"
    if "enum" in field:
        return ", ".join(f"`{value}`" if value != "" else "empty" for value in field["enum"])
    if "anyOf" in field:
        return " or ".join(dict.fromkeys(_type(one, parts) for one in field["anyOf"]))
    if isinstance(inner := field.get("additionalProperties"), dict):
        return f"table of {_type(inner, parts)}{_bounds(field, 'minProperties', 'maxProperties')}"
    if field.get("type") == "array":
        return f"list of {_type(field.get('items', {}), parts)}{_bounds(field, 'minItems', 'maxItems')}"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false", "object": "table"}
    kind = field.get("type", "any")
    return words.get(kind, kind) + _bounds(field, "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def _bounds(field: Schema, least: str, most: str, above: str = "", below: str = "") -> str:
    signs = ((least, "at least"), (above, "above"), (most, "at most"), (below, "below"))
    bounds = [f"{sign} {field[key]:g}" for key, sign in signs if key in field]
    if "maxLength" in field:
        bounds.append(f"at most {field['maxLength']} characters")
    return f" ({' and '.join(bounds)})" if bounds else ""


# Checks, hints, formats


def kinds() -> str:
    """Every kind of check: its title, and what it looks at."""
    from grader.checks import KINDS

    rows = [(f"`{name}`", kind.title, _prose(kind.spec.__doc__ or "")) for name, kind in KINDS.items()]
    return _table(("Kind", "Title", "What it checks"), rows)


def kind_options() -> str:
    """The options of every kind, without those that all checks have."""
    from grader.checks import KINDS, CheckOptions

    common = {f"`{key}`" for key in (*CheckOptions.model_json_schema()["properties"], "kind")}
    rows = [
        (f"`{name}`", *row)
        for name, kind in KINDS.items()
        for row in _keys(kind.spec.model_json_schema())
        if row[0] not in common
    ]
    return _toml(rows, ("Kind", *KEY))


def hints() -> str:
    """Every note by its code: the sentence of a report, and the story of `grader explain`."""
    from grader.hints import EXPLANATIONS

    rows = [(f"`{code}`", _prose(one.sentence), _prose(one.story)) for code, one in EXPLANATIONS.items()]
    return _table(("Code", "What a report says", "What it means, and what to write"), rows)


def formats() -> str:
    """The formats of `--report`, with what their functions say of them."""
    from grader.reporting import FORMATS, OF_ONE

    of = {name: "`check`" if name in OF_ONE else "`check`, `grade`" for name in FORMATS}
    rows = [(f"`{name}`", _first(write.__doc__ or ""), of[name]) for name, write in FORMATS.items()]
    return _table(("Format", "What it is", "Of"), rows)


def layouts() -> str:
    from grader.submissions.lms_layouts import LAYOUTS

    rows = [(f"`{name}`", layout.about) for name, layout in LAYOUTS.items()]
    return _table(("Layout", "What it is"), rows)


def csv_columns() -> str:
    """The columns of `grades.csv` and of `grader export csv`, in their order."""
    from grader.gradebooks.totals import WHO
    from grader.reporting.formats.csv_export import COLUMNS as GRADES

    of_each = ("score", "max", "status", "<check>")
    by_check = [*WHO, *(f"<exercise>.{name}" for name in of_each), "total", "max", "status"]
    files = (("`grades.csv` and `--report csv`", GRADES), ("`grader export csv`", by_check))
    rows = [(title, ", ".join(f"`{name}`" for name in names)) for title, names in files]
    return _table(("File", "Columns"), rows)


# Words


def words(*wanted: str) -> str:
    """Some rows of the table of words in CONTRIBUTING.md, where each word is explained once."""
    known = contributing_words()
    spaced = sorted(word.replace("_", " ") for word in wanted)
    return _table(("Word", "Meaning"), [(f"**{word}**", known[word]) for word in spaced])


def contributing_words() -> dict[str, str]:
    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.partition("\n## Words\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+?) \| (.+?) \|$", table, re.MULTILINE)
    return {word: meaning for word, meaning in rows if word != "Word"}


# Markdown


def _table(header: Row, rows: Iterable[Row]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _prose(text: str) -> str:
    return " ".join(text.replace("\f", "").split())


def _sentence(text: str) -> str:
    return f"{_prose(text).removesuffix('.')}."


def _first(docstring: str) -> str:
    """The first sentence of a docstring, without the name that a module's begins with."""
    return re.sub(r"^`[\w.]+`: ", "", _prose(docstring.split("\n\n", maxsplit=1)[0]))


def _value(value: Any) -> str:
    if value in (None, "", []) or isinstance(value, dict):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


SECTIONS: Mapping[str, Callable[..., str]] = {
    "assignment-toml": assignment_toml,
    "commands": commands,
    "course-toml": course_toml,
    "csv-columns": csv_columns,
    "formats": formats,
    "grade-fields": grade_fields,
    "hints": hints,
    "kind-options": kind_options,
    "kinds": kinds,
    "layouts": layouts,
    "options": options,
    "subjects": subjects,
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
