"""`python3 -m essaim.agent.weblog read` and `... keep`: what essaim-logs.service and essaim-logs-keep.service run."""

import argparse
import logging
import os
import sys
import time
from pathlib import Path

from essaim.agent.weblog.keeping import LAW_DAYS, Keeping, days, reopen_nginx
from essaim.agent.weblog.reader import CLIENT_DAYS, Places, Reader


def main() -> int:
    """Do what the command line says. Settings come from /etc/essaim/logs.env."""
    parser = argparse.ArgumentParser(prog="essaim.agent.weblog", description=__doc__)
    parser.add_argument("verb", choices=["read", "keep"])
    verb = parser.parse_args().verb
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    places = Places()
    if verb == "read":
        Reader(places, client_days=days(os.environ.get("LOGS_CLIENT_DAYS"), CLIENT_DAYS)).run()
        return 0
    law_days = days(os.environ.get("LOGS_LAW_DAYS"), LAW_DAYS)
    pid_file = Path("/run/essaim/nginx.pid")
    try:
        Keeping(places, law_days=law_days, now=time.time(), reopen=lambda: reopen_nginx(pid_file)).run()
    except OSError as full:
        logging.getLogger("essaim.weblog").error("The log cannot be kept: %s", full)  # noqa: TRY400  no fault of ours
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
