"""The settings of tests started by hand: never the state of an installation on this machine."""

import os
import tempfile

os.environ.setdefault("ESSAIM_STATE", tempfile.mkdtemp(prefix="essaim-tests-"))

from essaim.manager.web.settings import *  # noqa: E402, F403 - Django's settings are a module
