"""Requests a second, static and PHP, through the machine as Essaim sets it up, against bare nginx and PHP-FPM with one server block:
same files, same machine, same run, in turns. Both write a line for each request, as Debian's nginx does.
"""

import re

from benchmarks.harness import CLIENT, ensure_account
from benchmarks.rows import Row, at_least, percentile
from essaim.contract.php import DEFAULT
from essaim.lab.machine import Machine
from essaim.lab.platform import Platform

SIZE = 40
"""Seconds that each of the two is measured, in turns of one second: whatever else the machine does then falls on both."""
FQDN = "plain.serve-bench.test"
HOME = f"/srv/essaim/accounts/serve/sites/{FQDN}"


def measure(platform: Platform, size: int) -> list[Row]:
    """`size`: seconds that each is measured."""
    ensure_account(platform, "serve")
    platform.order_site("serve", FQDN, https_only=False)
    platform.wait_live(FQDN)
    platform.widen(FQDN)
    web = platform.lab.machine("web1")
    _put_files(web)
    _start_bare(web)
    try:
        rows = [_row(platform, "static", "hello.txt", size), _row(platform, "PHP", "hello.php", size)]
    finally:
        _stop_bare(web)
    return rows


def _row(platform: Platform, what: str, path: str, seconds: int) -> Row:
    ours, bare = [], []
    for _turn in range(seconds):
        ours.append(_wrk(platform, f"http://{FQDN}/{path}"))
        bare.append(_wrk(platform, f"http://{FQDN}:8081/{path}"))
    mine, theirs = percentile(ours, 50), percentile(bare, 50)
    ratio = round(mine / theirs, 3)
    return at_least(
        f"{what}: requests/s, ours to bare", ratio, "×", 0.95, compared=f"{mine:.0f} to {theirs:.0f} /s", ratio=ratio
    )


def _wrk(platform: Platform, url: str) -> float:
    done = platform.lab.outside_exec("outside1", ["wrk", "-t1", "-c32", "-d1s", url], timeout=30)
    text = done.stdout.decode()
    if "Non-2xx" in text:
        raise RuntimeError(text)
    found = re.search(r"Requests/sec:\s+([\d.]+)", text)
    if found is None:
        raise RuntimeError(text)
    return float(found[1])


def _put_files(web: Machine) -> None:
    web.write_file(f"{HOME}/hello.txt", b"x" * 1024, owner="serve:www-data", mode=0o644)
    web.write_file(f"{HOME}/hello.php", b"<?php echo 'hello';", owner="serve:www-data", mode=0o644)


def _start_bare(web: Machine) -> None:
    settings = web.read_file("/etc/essaim/accounts/serve.env").decode()
    children = dict(line.split("=", 1) for line in settings.split())["PHP_CHILDREN"]
    web.run(["mkdir", "-p", "/srv/bare"])
    web.write_file("/srv/bare/fpm.conf", _FPM % children.encode())
    web.write_file("/srv/bare/nginx.conf", _NGINX % HOME.encode())
    tree = web.run(["readlink", "--canonicalize", f"/usr/lib/essaim/php/{DEFAULT}/current"]).stdout.decode().strip()
    where = [f"--property=RootDirectory={tree}", "--property=MountAPIVFS=yes", "--property=BindPaths=/srv /run"]
    where += ["--property=BindReadOnlyPaths=/etc/essaim/accounts/serve.passwd:/etc/passwd"]
    where += ["--property=BindReadOnlyPaths=/etc/essaim/accounts/serve.group:/etc/group"]
    fpm = [f"/usr/sbin/php-fpm{DEFAULT}", "--nodaemonize", "--fpm-config", "/srv/bare/fpm.conf"]
    web.run(["systemd-run", "--unit=bare-fpm", *where, *fpm])
    web.run(
        [
            "systemd-run",
            "--unit=bare-nginx",
            "--property=LimitNOFILE=65536",
            "nginx",
            "-c",
            "/srv/bare/nginx.conf",
            "-g",
            "daemon off;",
        ]
    )


def _stop_bare(web: Machine) -> None:
    web.run(["systemctl", "stop", "bare-nginx", "bare-fpm"], check=False)


_FPM = b"""[global]
error_log = /dev/null
[www]
user = serve
group = www-data
listen = /run/bare-fpm.sock
listen.owner = www-data
pm = ondemand
pm.max_children = %s
"""
_NGINX = b"""user www-data;
worker_processes auto;
pid /srv/bare/pid;
error_log /dev/null;
events { worker_connections 4096; }
http {
    access_log /srv/bare/access.log;
    sendfile on;
    keepalive_requests 10000;
    include /etc/nginx/mime.types;
    server {
        listen 8081;
        listen [::]:8081;
        root %s;
        location ~ \\.php$ {
            include /etc/nginx/fastcgi_params;
            fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
            fastcgi_pass unix:/run/bare-fpm.sock;
        }
    }
}
"""
__all__ = ["CLIENT", "SIZE", "measure"]
