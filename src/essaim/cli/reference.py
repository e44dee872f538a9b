"""Writes docs/contract.md and docs/contract.schema.json from the contract's own types, so that they cannot lie. `--check` tells whether it is current."""

import json
import sys
from pathlib import Path
from typing import Any

from essaim import contract

DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = DOCS / "contract.md"
SCHEMA = DOCS / "contract.schema.json"
INTRODUCTION = """# The contract

Written by `./essaim fix` from `src/essaim/contract`; do not edit. Version {version}. Messages are JSON; unknown fields are ignored, so that
an older reader understands a newer writer as far as `version` allows. An agent that meets a `version` above its own answers `too_new` and
keeps what it has. The same as JSON Schema: [contract.schema.json](contract.schema.json).

"""


def page() -> str:
    """The page as it should be."""
    definitions = contract.json_schemas()["$defs"]
    parts = [INTRODUCTION.format(version=contract.VERSION)]
    for name, schema in definitions.items():
        parts.append(_section(name, schema))
    return "".join(parts).rstrip() + "\n"


def _section(name: str, schema: dict[str, Any]) -> str:
    description = " ".join(schema.get("description", "").split())
    required = set(schema.get("required", []))
    lines = [f"## {name}\n", f"{description}\n\n" if description else "\n", "| field | type | |\n|---|---|---|\n"]
    for field, details in schema.get("properties", {}).items():
        need = "required" if field in required else f"default `{details.get('default', '')}`"
        lines.append(f"| `{field}` | {_type(details)} | {need} |\n")
    return "".join(lines) + "\n"


def _type(schema: dict[str, Any]) -> str:
    """A field's type as the table shows it."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return _plain_type(schema)


def _plain_type(schema: dict[str, Any]) -> str:
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    if "pattern" in schema:
        return f"string `{schema['pattern']}`".replace("|", "\\|")
    return str(schema.get("type", "any"))


def schema() -> str:
    """Every message as JSON Schema 2020-12, for programs that are not ours."""
    return json.dumps(contract.json_schemas(), indent=1, ensure_ascii=False, default=str) + "\n"


def main(arguments: list[str]) -> int:
    """Write both files, or with `--check` answer 1 when one is not current."""
    stale = []
    for path, text in ((PAGE, page()), (SCHEMA, schema())):
        current = path.read_text() if path.exists() else ""
        if "--check" not in arguments:
            path.write_text(text)
        elif text != current:
            stale.append(path.name)
    if stale:
        print(f"{', '.join(stale)} in docs/ is not what the contract says: run ./essaim fix.")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
