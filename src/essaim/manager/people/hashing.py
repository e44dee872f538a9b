"""How passwords are hashed: Argon2id (RFC 9106) with 19 MiB and two passes, OWASP's figures, and one stranger at a time in each process.

Django's own parameters take 100 MiB and eight lanes: sixteen people at once would be 1.6 GB, and a flood of guesses would take every
processor. A hash made with other parameters, or by PBKDF2, is replaced when its person next signs in (Django's `must_update`).
"""

import threading
from contextvars import ContextVar

from django.contrib.auth.hashers import Argon2PasswordHasher

_strangers, _known = threading.Lock(), threading.Lock()
"""One of each in a process: who is known never waits behind strangers. argon2 lets other threads of Python run meanwhile."""
is_known: ContextVar[bool] = ContextVar("is_known", default=True)
"""Said by the gate of signing in; everywhere else somebody has signed in."""


def _turn() -> threading.Lock:
    return _known if is_known.get() else _strangers


class BoundedArgon2(Argon2PasswordHasher):
    """Django's, with our figures and a queue."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _turn():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _turn():
            return super().verify(password, encoded)
