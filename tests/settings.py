"""The settings of tests started by hand: never the state of an installation on this machine."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "ESSAIM_STATE" not in os.environ:
    os.environ["ESSAIM_STATE"] = tempfile.mkdtemp(prefix="essaim-tests-")
    atexit.register(shutil.rmtree, os.environ["ESSAIM_STATE"], ignore_errors=True)

from essaim.cli.translations import compile_catalogue
from essaim.manager.web.settings import *  # noqa: F403 - Django's settings are a module
from essaim.manager.web.settings import STATIC_ROOT

Path(STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # whitenoise warns of a folder that is missing
compile_catalogue()  # before anything reads French: what is loaded once stays loaded
RIGHTS_USE_NOTED_EVERY = None  # else a page costs a query more, once an hour
