"""What the hostile tenant tries: the attempts of `tenant.php` and `tenant.py`, and the tests beside them that look from outside.

`python -m tests.lab.hostile.attempts` prints the list as docs/threats.md has it.
"""

import ast
import re
from pathlib import Path

from tests.lab.hostile import tenant

HERE = Path(__file__).parent
PHP = (HERE / "tenant.php").read_text()
PYTHON = (HERE / "tenant.py").read_text()
BY_PHP = [found.replace("\\'", "'") for found in re.findall(r"^    '((?:[^'\\]|\\.)+)' =>", PHP, re.MULTILINE)]
BY_CALLS = list(tenant.ATTEMPTS)


def tests() -> list[tuple[str, str]]:
    """The tests that are attempts of their own: file and name. Those of `test_attempts.py` make the attempts of the two lists."""
    files = [file for file in sorted(HERE.glob("test_*.py")) if file.name != "test_attempts.py"]
    return [
        (file.name, node.name)
        for file in files
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


def listing() -> str:
    """The whole list in Markdown."""
    groups = [
        ("By PHP (`tests/lab/hostile/tenant.php`)", BY_PHP),
        ("By system calls (`tests/lab/hostile/tenant.py`)", BY_CALLS),
        *(
            (
                f"`tests/lab/hostile/{file}`",
                [name.removeprefix("test_").replace("_", " ") for other, name in tests() if other == file],
            )
            for file in dict.fromkeys(file for file, _ in tests())
        ),
    ]
    parts = [
        f"**{title}**\n" + "\n".join(f"{n}. {sentence}" for n, sentence in enumerate(found, 1))
        for title, found in groups
    ]
    lists = len(BY_PHP) + len(BY_CALLS)
    head = f"{lists} attempts in two lists, and {len(tests())} tests beside them. Each fails if the attempt succeeds."
    return f"{head}\n\n" + "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    print(listing(), end="")  # noqa: T201  it is what this is for
