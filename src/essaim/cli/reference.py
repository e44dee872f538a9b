"""Writes docs/contract.md from the contract's own types, so that the page cannot lie. `--check` tells whether it is current."""

import sys
from pathlib import Path
from typing import Any

from essaim import contract

PAGE = Path(__file__).resolve().parents[3] / "docs/contract.md"
INTRODUCTION = """# The contract

Written by `./essaim fix` from `src/essaim/contract`; do not edit. Version {version}. Messages are JSON; unknown fields are ignored, so that
an older reader understands a newer writer as far as `version` allows. An agent that meets a `version` above its own answers `too_new` and
keeps what it has.

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
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "anyOf" in schema:
        return " or ".join(_type(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if "pattern" in schema:
        return f"string `{schema['pattern']}`".replace("|", "\\|")
    return str(schema.get("type", "any"))


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` answer 1 when it is not current."""
    text = page()
    current = PAGE.read_text() if PAGE.exists() else ""
    if "--check" not in arguments:
        PAGE.write_text(text)
    elif text != current:
        print("docs/contract.md is not what the contract says: run ./essaim fix.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
