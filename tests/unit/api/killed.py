"""Orders one site with a fixed Idempotency-Key in a process of its own, which may be killed on the way.

    python -m tests.unit.api.killed make        # the database, with an account and a token
    python -m tests.unit.api.killed order POINT

POINT: `in_act`, `before_commit`, `after_commit` kill this process there with SIGKILL; `never` prints what came of it.
"""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import django

KEY = "the-one-key-of-this-test"


def die(*_given: object, **_more: object) -> Any:
    """As the kernel, the operator or a power cut would end it: nothing is tidied up."""
    os.kill(os.getpid(), signal.SIGKILL)


def make(token_file: Path) -> None:
    """Tables and the few rows that an order needs."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    from tests.unit.api.calling import token_for
    from tests.unit.factories import make_account, make_person

    account = make_account(login="garden")
    token_file.write_text(token_for(make_person(client=account.client)))


def order(token_file: Path, point: str) -> None:
    """One POST, and what stands in the database after it."""
    from essaim.manager.core.models import AuditLine, IdempotencyKey
    from essaim.manager.fleet.models import Wanted
    from essaim.manager.hosting import wishes
    from essaim.manager.hosting.models import Site
    from tests.unit.api.calling import Caller

    if point == "in_act":
        wishes.wish = die
    if point == "before_commit":
        save = IdempotencyKey.save

        def save_and_die(self: IdempotencyKey, *arguments: Any, **options: Any) -> None:
            save(self, *arguments, **options)
            if self.status is not None:
                die()

        IdempotencyKey.save = save_and_die  # type: ignore[method-assign]
    answer = Caller(token_file.read_text()).post(
        "/sites", {"account": "garden", "name": "once.example.test"}, Idempotency_Key=KEY
    )
    if point == "after_commit":
        die()
    print(  # noqa: T201 - the parent reads it
        json.dumps(
            {
                "status": answer.status_code,
                "replay": answer.headers.get("Idempotent-Replay", ""),
                "body": answer.json(),
                "sites": Site.objects.filter(fqdn="once.example.test").count(),
                "orders": AuditLine.objects.filter(code="hosting.site_created").count(),
                "wishes": Wanted.objects.filter(kind="site").count(),
                "keys": IdempotencyKey.objects.count(),
            }
        )
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "essaim.manager.web.settings")
    django.setup()
    state = Path(os.environ["ESSAIM_STATE"])
    make(state / "token") if sys.argv[1] == "make" else order(state / "token", sys.argv[2])
