"""The settings of tests started by hand: never the state of an installation on this machine."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("ESSAIM_STATE", tempfile.mkdtemp(prefix="essaim-tests-"))

from essaim.cli.translations import compile_catalogue
from essaim.manager.web.settings import *  # noqa: F403 - Django's settings are a module
from essaim.manager.web.settings import STATIC_ROOT

Path(STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # whitenoise warns of a folder that is missing
compile_catalogue()  # before anything reads French: what is loaded once stays loaded
