"""Requests a second of the engines, a small file, a line of PHP and the front page of WordPress: nginx alone, and Apache behind it, as Essaim
sets them up, each against the same engines bare, with one server block and one virtual host: same files, same machine, same run, in turns.
Both sides' nginx writes a line for each request, as Debian's configuration does: a host has to keep them.
"""

import re

from benchmarks.harness import CLIENT, ensure_account
from benchmarks.rows import Row, at_least, percentile
from essaim.contract.php import DEFAULT
from essaim.lab import wordpress
from essaim.lab.machine import Machine
from essaim.lab.platform import Platform

SIZE = 30
"""Seconds that each of two is measured, in turns of one second: whatever else the machine does then falls on both."""
LOGIN = "engines"
DOMAIN = "engines-bench.test"
BARE = {"nginx": 8081, "apache": 8082}
"""Where each is found bare; the bare Apache itself listens one above."""
LEAST = {"nginx": 0.95, "apache": 0.90}
WHAT = {"static": ("hello.txt", 32, 1), "PHP": ("hello.php", 32, 1), "WordPress": ("", 4, 5)}
"""What is asked for, by how many connections at once, and how many seconds a turn has: a slow page needs more to be counted."""


def measure(platform: Platform, size: int) -> list[Row]:
    """`size`: seconds that each is measured."""
    ensure_account(platform, LOGIN)
    web, outside = platform.lab.machine("web1"), platform.lab.machine("outside1")
    wordpress.start_mariadb(outside, web)
    for engine in BARE:
        _make_site(platform, engine)
    _start_bare(web)
    try:
        return [_row(platform, engine, what, size) for engine in BARE for what in WHAT]
    finally:
        web.run(["systemctl", "stop", "bare-nginx", "bare-apache", "bare-fpm"], check=False)


def _make_site(platform: Platform, engine: str) -> None:
    name, outside, web = f"{engine}.{DOMAIN}", platform.lab.machine("outside1"), platform.lab.machine("web1")
    platform.order_site(LOGIN, name, https_only=False, engine=engine)
    platform.wait_live(name)
    platform.widen(name)
    database = wordpress.make_database(outside, f"bench_{engine}")
    platform.api.put(f"/sites/{name}/content", wordpress.archive(database), filename="wordpress.tar.gz")
    while platform.api.get(f"/sites/{name}")["content"]["state"] in ("received", "sent"):
        outside.run(["sleep", "0.2"])
    wordpress.install(outside, name, title="Bench", user="bench", password="not a secret of anybody's")  # noqa: S106
    web.write_file(f"{_home(name)}/hello.txt", b"x" * 1024, owner=f"{LOGIN}:{LOGIN}", mode=0o644)
    web.write_file(f"{_home(name)}/hello.php", b"<?php echo 'hello';", owner=f"{LOGIN}:{LOGIN}", mode=0o644)


def _home(name: str) -> str:
    return f"/srv/essaim/accounts/{LOGIN}/sites/{name}"


def _row(platform: Platform, engine: str, what: str, seconds: int) -> Row:
    name, turn_s = f"{engine}.{DOMAIN}", WHAT[what][2]
    for port in ("", f":{BARE[engine]}"):  # both awake, and their scripts compiled
        page = [
            "curl",
            "--silent",
            "--max-time",
            "60",
            "-H",
            f"Host: {name}",
            f"http://{name}{port}/{WHAT[what][0]}?[1-4]",
        ]
        platform.lab.outside_exec("outside1", page, timeout=250)
    ours, bare = [], []
    for _turn in range(max(1, seconds // turn_s)):
        ours.append(_wrk(platform, name, "", what))
        bare.append(_wrk(platform, name, f":{BARE[engine]}", what))
    mine, theirs = percentile(ours, 50), percentile(bare, 50)
    ratio = round(mine / theirs, 3)
    said = f"{mine:.0f} to {theirs:.0f} /s"
    through = "nginx" if engine == "nginx" else "Apache behind nginx"
    return at_least(
        f"{what}, {through}: requests/s, ours to bare", ratio, "×", LEAST[engine], compared=said, ratio=ratio
    )


def _wrk(platform: Platform, name: str, port: str, what: str) -> float:
    """The name alone is what is asked for, so that WordPress sends nobody to another port."""
    path, connections, seconds = WHAT[what]
    asked = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-H", f"Host: {name}"]
    asked.append(f"http://{name}{port}/{path}")
    text = platform.lab.outside_exec("outside1", asked, timeout=60).stdout.decode()
    found = re.search(r"Requests/sec:\s+([\d.]+)", text)
    if found is None or "Non-2xx" in text or not float(found[1]):
        raise RuntimeError(text)
    return float(found[1])


def _start_bare(web: Machine) -> None:
    settings = web.read_file(f"/etc/essaim/accounts/{LOGIN}.env").decode()
    children = dict(line.split("=", 1) for line in settings.split())["PHP_CHILDREN"]
    threads = web.read_file(f"/etc/essaim/apache/{LOGIN}/account.conf").decode().split()[2]
    web.run(["mkdir", "-p", "/srv/bare"])
    web.write_file("/srv/bare/fpm.conf", _FPM.format(children=children, login=LOGIN).encode())
    web.write_file("/srv/bare/nginx.conf", _NGINX.format(nginx=_home(f"nginx.{DOMAIN}")).encode())
    modules = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in _MODULES)
    home = _home(f"apache.{DOMAIN}")
    web.write_file("/srv/bare/apache.conf", f"{modules}{_APACHE.format(apache=home, threads=threads)}".encode())
    as_account = ["--property=MountAPIVFS=yes", "--property=BindPaths=/srv /run"]
    as_account += [
        f"--property=BindReadOnlyPaths=/etc/essaim/accounts/{LOGIN}.{file}:/etc/{file}" for file in ("passwd", "group")
    ]
    for unit, tree, argv in (
        ("bare-fpm", f"/usr/lib/essaim/php/{DEFAULT}", [f"/usr/sbin/php-fpm{DEFAULT}", "--nodaemonize", "--fpm-config", "/srv/bare/fpm.conf"]),
        ("bare-apache", "/usr/lib/essaim/apache", ["/usr/sbin/apache2", "-DFOREGROUND", "-f", "/srv/bare/apache.conf"]),
    ):  # fmt: skip
        root = web.run(["readlink", "--canonicalize", f"{tree}/current"]).stdout.decode().strip()
        web.run(["systemd-run", f"--unit={unit}", f"--property=RootDirectory={root}", *as_account, *argv])
    nginx = ["nginx", "-c", "/srv/bare/nginx.conf", "-g", "daemon off;"]
    web.run(["systemd-run", "--unit=bare-nginx", "--property=LimitNOFILE=65536", *nginx])


_FPM = """[global]
error_log = /dev/null
[www]
user = {login}
group = www-data
listen = /run/bare-fpm.sock
listen.owner = www-data
listen.mode = 0666
pm = ondemand
pm.max_children = {children}
"""
_NGINX = """user www-data;
worker_processes auto;
pid /srv/bare/pid;
error_log /dev/null;
events {{ worker_connections 4096; }}
http {{
    access_log /srv/bare/access.log;
    sendfile on;
    keepalive_requests 10000;
    include /etc/nginx/mime.types;
    gzip on;
    upstream apache {{ server 127.0.0.1:8083; keepalive 64; }}
    server {{
        listen 8081;
        listen [::]:8081;
        root {nginx};
        index index.php index.html;
        location / {{ try_files $uri $uri/ /index.php?$args; }}
        location ~ \\.php$ {{
            include /etc/nginx/fastcgi_params;
            fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
            fastcgi_pass unix:/run/bare-fpm.sock;
        }}
    }}
    server {{
        listen 8082;
        listen [::]:8082;
        location / {{
            proxy_pass http://apache;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $remote_addr;
        }}
    }}
}}
"""
_MODULES = (
    "mpm_event", "authz_core", "authz_host", "authz_user", "authn_core", "authn_file", "auth_basic", "alias", "dir", "env", "expires",
    "filter", "deflate", "headers", "mime", "negotiation", "proxy", "proxy_fcgi", "remoteip", "rewrite", "setenvif", "autoindex",
)  # fmt: skip
# As nginx' user: an account is not let listen.
_APACHE = """ServerName bare.invalid
User www-data
Group www-data
PidFile /srv/bare/apache.pid
Listen 127.0.0.1:8083
ErrorLog /dev/null
TypesConfig /etc/mime.types
ServerLimit 4
StartServers 1
ThreadsPerChild {threads}
MaxRequestWorkers {threads}
KeepAlive On
KeepAliveTimeout 75
MaxKeepAliveRequests 0
RemoteIPHeader X-Forwarded-For
<Directory {apache}>
    AllowOverride All
    Options SymLinksIfOwnerMatch
    Require all granted
</Directory>
<VirtualHost *:8083>
    ServerName apache.engines-bench.test
    DocumentRoot {apache}
    DirectoryIndex index.php index.html
    <FilesMatch "\\.php$">
        SetHandler "proxy:unix:/run/bare-fpm.sock|fcgi://localhost"
    </FilesMatch>
</VirtualHost>
"""
__all__ = ["CLIENT", "SIZE", "measure"]
