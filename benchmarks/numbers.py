"""`numbers`: requests that the process which reads the log carries for a second of processor, and its memory, with many sites on the machine.

The log is made up: each site gets some requests, a few get most, and they come mixed. The process runs on the web machine as its unit runs it
there, as batch work and beside nothing; each site gets its lines in its own file, and its sums.
"""

import json

from benchmarks.rows import Row, at_least, at_most
from essaim.lab.platform import PYTHON, Platform

SIZE = 11_000
LINES_A_SITE = 20
GOAL_LINES, GOAL_MIB = 5000, 256
ACCOUNTS = 1000

_MAKE = """
import json, os, random, sys
from pathlib import Path
sites, lines, accounts = map(int, sys.argv[1:])
root, chance, noon = Path("/srv/numbers-bench"), random.Random(1), 1_795_694_400.0
for path in ("var/log/essaim/web", "srv/essaim/sites", "srv/essaim/logs", "var/lib/essaim/numbers/told"):
    (root / path).mkdir(parents=True)
for n in range(sites):
    login, name = f"bench{n % accounts}", f"s{n}.bench.test"
    (root / "srv/essaim/logs" / login).mkdir(exist_ok=True)
    (root / "srv/essaim/sites" / name).mkdir()
    (root / "srv/essaim/sites" / name / "content").symlink_to(f"/srv/essaim/accounts/{login}/sites/{name}")
agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
with (root / "var/log/essaim/web/access.log").open("w") as log:
    for k in range(lines):
        n = min(sites - 1, int(chance.expovariate(8 / sites))) if k % 2 else chance.randrange(sites)
        said = [round(noon + k / 200, 3), f"s{n}.bench.test", f"192.0.{chance.randrange(256)}.{chance.randrange(256)}", "", "GET",
                f"/page-{int(chance.expovariate(0.05))}?x={k}", "HTTP/2.0", "404" if k % 9 == 0 else "200", 5000, 4800, 300,
                round(chance.expovariate(20), 3), "0.010", "https://search.example.org/", agent, "TLSv1.3", ""]
        log.write(json.dumps(said, separators=(",", ":")) + "\\n")
"""
_READ = """
import json, os, resource, time
from pathlib import Path
from essaim.agent.weblog.reader import Places, Reader
os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
before = resource.getrusage(resource.RUSAGE_SELF)
started, reader = time.monotonic(), Reader(Places(Path("/srv/numbers-bench")))
batches = 1
while reader.read_once():
    batches += 1
took = time.monotonic() - started
used = resource.getrusage(resource.RUSAGE_SELF)
told, turns, told_at = 0, 0, time.monotonic()
while True:
    reader._told_at = -1e9
    some = reader.tell_when_due()
    if not some:
        break
    turns += 1
    told += some
    for path in Path("/srv/numbers-bench/var/lib/essaim/numbers/told").iterdir():
        path.unlink()
print(json.dumps({"seconds": took, "cpu": used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime, "mib": used.ru_maxrss / 1024, "batches": batches,
                  "told": told, "turns": turns, "telling": time.monotonic() - told_at}))
"""


def measure(platform: Platform, size: int) -> list[Row]:
    """`size` sites, twenty requests each."""
    web = platform.lab.machine("web1")
    lines = size * LINES_A_SITE
    web.run(["rm", "-rf", "/srv/numbers-bench"])
    web.run([*PYTHON, "-", str(size), str(lines), str(ACCOUNTS)], input=_MAKE.encode(), timeout=600)
    found = json.loads(web.run([*PYTHON, "-"], input=_READ.encode(), timeout=900).stdout)
    web.run(["rm", "-rf", "/srv/numbers-bench"])
    beside = f"{lines:,} requests to {size:,} sites in {found['seconds']:.1f} s, {found['batches']} batches"
    return [
        at_least("requests read for a second of processor", lines / found["cpu"], "", GOAL_LINES, compared=beside),
        at_most("memory", found["mib"], "MiB", GOAL_MIB, compared="at its highest"),
        at_most("minutes until every site was told of", found["turns"], "", 60, compared="all of them changed at once"),
    ]
