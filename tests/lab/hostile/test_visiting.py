"""What a hostile tenant tries through the web server: their files and answers lead it astray, or their requests do."""

import io
import tarfile

import pytest

from essaim.lab.errors import LabError
from essaim.lab.machine import Machine
from essaim.lab.platform import Platform
from tests.lab.hostile.conftest import SECRET, Names, Tenant, from_outside
from tests.lab.whole import Visitor, eventually, put, refusal, zip_of

NOT_SHOWN = (400, 403, 404, 421)
ASK = """
import socket, sys
host, request = sys.argv[1], sys.argv[2].encode().decode("unicode_escape").encode("latin-1")
with socket.create_connection((host, 80), 10) as talk:
    talk.sendall(request)
    talk.settimeout(5)
    said = b""
    try:
        while part := talk.recv(65536):
            said += part
    except OSError:
        pass
print(said.decode("latin-1"))
"""
LINKS = r"""foreach (['file.html' => "$home/index.html", 'folder' => $home, 'passwd' => '/etc/passwd', 'home' => dirname($home, 2),
'key.pem' => "/srv/essaim/tls/$site/key.pem", 'seed' => '/etc/essaim/agent.seed', 'proof' => "/srv/essaim/sites/$site/proof",
'live' => "/srv/essaim/sites/$site/live", 'environ' => '/proc/self/environ'] as $name => $to) { @unlink($name); symlink($to, $name); }"""


def told(tenant: Tenant, code: str) -> str:
    return tenant.runs(f"$home = '{tenant.names.neighbours_home}'; $site = '{tenant.names.site}'; {code}")


@pytest.mark.parametrize(
    "path",
    [
        "file.html",
        "folder/index.html",
        "passwd",
        "key.pem",
        "seed",
        "home/sites",
        "proof",
        "live/index.html",
        "environ",
    ],
)
def test_a_link_to_what_is_not_the_clients_is_not_followed(
    tenant: Tenant, names: Names, visitor: Visitor, path: str
) -> None:
    assert told(tenant, LINKS) == ""
    answer = visitor.get(f"http://{names.own}/{path}")
    assert answer.status in (403, 404)
    assert SECRET not in answer.text


def test_a_link_that_is_swapped_all_the_while_never_shows_the_neighbours_file(
    platform: Platform, tenant: Tenant, names: Names
) -> None:
    tenant.writes("harmless.html", "harmless")
    tenant.writes("swap.php", f"""<?php set_time_limit(50); touch('swapping'); $until = microtime(true) + 12;
        while (microtime(true) < $until) {{ foreach (['{names.home}/harmless.html', '{names.neighbours_home}/index.html'] as $to) {{
            symlink($to, 'next'); rename('next', 'swapped.html'); }} }}""")  # fmt: skip
    outside = platform.lab.machine("outside1")
    with outside.popen(["curl", "--silent", f"http://{names.own}/swap.php"]):
        eventually(lambda: tenant.web.run(["test", "-e", f"{names.home}/swapping"], check=False).returncode == 0)
        got = outside.run(
            ["curl", "--silent", f"http://{names.own}/swapped.html?[1-3000]"], timeout=120
        ).stdout.decode()
    assert "harmless" in got
    assert SECRET not in got


@pytest.mark.parametrize(
    "request_line",
    [
        "GET /../{b}/index.html HTTP/1.1\\r\\nHost: {own}",
        "GET /..%2f..%2f{site}/live/index.html HTTP/1.1\\r\\nHost: {own}",
        "GET /index.html HTTP/1.1\\r\\nHost: {own}/../{site}",
        "GET /index.html HTTP/1.1\\r\\nHost: {own}%2f..%2f{site}",
        "GET /sites/{site}/live/index.html HTTP/1.1\\r\\nHost: ..",
        "GET /index.html HTTP/1.1\\r\\nHost: .",
        "GET /index.html HTTP/1.1\\r\\nHost: {own}\\r\\nHost: {site}",
        "GET /index.html HTTP/1.1\\r\\nHost: {own}\\x00{site}",
        "GET /index.html HTTP/1.1\\r\\nHost:",
        "POST /index.html HTTP/1.1\\r\\nHost: {own}\\r\\nContent-Length: 5\\r\\nTransfer-Encoding: chunked",
    ],
)
def test_a_host_or_a_path_that_confuses_shows_nothing_of_the_neighbours(
    platform: Platform, names: Names, request_line: str
) -> None:
    request = request_line.format(b=names.b, own=names.own, site=names.site) + "\\r\\nConnection: close\\r\\n\\r\\n"
    said = from_outside(platform.lab.machine("outside1"), ASK, names.own, request)
    assert int(said.split()[1]) in NOT_SHOWN
    assert SECRET not in said


def test_a_site_cannot_be_asked_for_as_another_to_its_own_scripts(
    platform: Platform, tenant: Tenant, names: Names
) -> None:
    tenant.writes("who.php", "<?php echo '<', $_SERVER['SERVER_NAME'], '>', $_SERVER['HTTP_PROXY'] ?? '';")
    request = f"GET http://{names.own}/who.php HTTP/1.1\\r\\nHost: {names.site}\\r\\nProxy: evil\\r\\nConnection: close\\r\\n\\r\\n"
    said = from_outside(platform.lab.machine("outside1"), ASK, names.own, request)
    assert f"<{names.own}>" in said
    assert "evil" not in said


@pytest.mark.parametrize(
    "to",
    [
        "/../{site}/live/index.html",
        "/%2e%2e/{site}/live/index.html",
        "/folder/index.html",
        "/file.html",
        "//{site}/index.html",
    ],
)
def test_an_answer_that_sends_nginx_elsewhere_shows_nothing_of_the_neighbours(
    tenant: Tenant, names: Names, visitor: Visitor, to: str
) -> None:
    told(tenant, LINKS)
    tenant.writes("accel.php", f"<?php header('X-Accel-Redirect: {to.format(site=names.site)}');")
    answer = visitor.get(f"http://{names.own}/accel.php")
    assert answer.status != 200
    assert SECRET not in answer.text


def test_settings_in_a_clients_own_files_change_neither_the_proof_nor_a_ceiling(
    tenant: Tenant, visitor: Visitor, names: Names
) -> None:
    tenant.writes("evil.php", "<?php echo 'evil';")
    tenant.writes(".user.ini", "auto_prepend_file = evil.php\nmemory_limit = -1\nupload_tmp_dir = /srv\n")
    try:
        proof = visitor.get(f"http://{names.own}/.well-known/essaim/php?nonce=1")
        assert (proof.status, "evil" in proof.text) == (200, False)
        tenant.writes("limit.php", "<?php echo ini_get('memory_limit'), ini_get('upload_tmp_dir');")
        assert "-1" not in visitor.get(f"http://{names.own}/limit.php").text
        assert visitor.get(f"http://{names.own}/.user.ini").status == 404
    finally:
        tenant.web.run(["rm", f"{names.home}/.user.ini"])
        tenant.starts_anew()  # .user.ini is remembered for five minutes


def test_what_is_no_file_holds_nothing_up(tenant: Tenant, visitor: Visitor, names: Names) -> None:
    assert tenant.runs(
        "foreach (['pipe.html', 'pipe.php'] as $name) { @unlink($name); posix_mkfifo($name, 0644); } @unlink('sock.html');"
        "$s = stream_socket_server('unix://sock.html'); @mkdir('index.html.d'); echo 'made';"
    ) == "made"  # fmt: skip
    for name in ("pipe.html", "pipe.php", "sock.html"):
        answer = visitor.get(f"http://{names.own}/{name}", "--max-time", "10")
        assert answer.status in (403, 404, 500), (name, answer)  # nginx cannot open a socket, and says 500
    assert tenant.neighbour_is_served()


def test_a_client_who_opens_the_own_home_lets_no_neighbour_in(
    tenant: Tenant, visitor: Visitor, names: Names, web: Machine
) -> None:
    assert tenant.runs("echo chmod('/srv/home', 0777) ? 'open' : 'kept';") == "open"  # it is theirs
    web.write_file(f"{names.neighbours_home}/peek.php",
                   f"<?php echo count(@scandir('/srv/essaim/accounts/{names.a}') ?: []);".encode(), owner=f"{names.b}:{names.b}")  # fmt: skip
    assert visitor.get(f"http://{names.site}/peek.php").text == "0"
    tenant.runs("chmod('/srv/home', 0710);")


@pytest.mark.parametrize("docroot", ["..", "../..", "../../voisin", "a/../../.."])
def test_a_site_outside_the_account_is_not_ordered(platform: Platform, names: Names, docroot: str) -> None:
    with pytest.raises(LabError, match=r"\((400|422)"):
        platform.order_site(names.a, f"out.{names.own}", docroot=docroot)


def archive(name: str, kind: bytes, link: str = "", mode: int = 0o644) -> bytes:
    """A tar with one entry of this kind, beside a page."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        page = tarfile.TarInfo("index.html")
        page.size = 2
        tar.addfile(page, io.BytesIO(b"ok"))
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname, entry.mode, entry.devmajor, entry.devminor = kind, link, mode, 8, 0
        tar.addfile(entry, io.BytesIO())
    return made.getvalue()


@pytest.mark.parametrize(
    ("name", "kind", "link"),
    [
        ("disk", tarfile.BLKTYPE, ""),
        ("mem", tarfile.CHRTYPE, ""),
        ("pipe", tarfile.FIFOTYPE, ""),
        ("passwd", tarfile.SYMTYPE, "/etc/passwd"),
        ("up", tarfile.SYMTYPE, "../../.."),
        ("shadow", tarfile.LNKTYPE, "/etc/shadow"),
        ("../../planted", tarfile.REGTYPE, ""),
        ("/etc/planted", tarfile.REGTYPE, ""),
    ],
)
def test_an_archive_brings_no_device_pipe_or_way_out(
    platform: Platform, names: Names, name: str, kind: bytes, link: str
) -> None:
    assert "was refused" in refusal(platform, archive(name, kind, link), names.own)


def test_an_archive_brings_no_program_that_runs_as_its_owner(platform: Platform, names: Names, web: Machine) -> None:
    keep = web.read_file(f"{names.home}/tenant.py").decode()
    put(platform, names.own, archive("su", tarfile.REGTYPE, mode=0o6755), filename="site.tar")
    found = web.run(["find", f"/srv/essaim/accounts/{names.a}", "-perm", "/6000", "-type", "f"]).stdout
    put(platform, names.own, zip_of(tenant_py=keep))
    assert found == b""


def test_a_directory_that_is_swapped_while_an_archive_is_unpacked_leads_nowhere(
    platform: Platform, tenant: Tenant, names: Names
) -> None:
    tenant.writes("swap.php", f"""<?php set_time_limit(50); touch('racing'); $until = microtime(true) + 15;
        chdir('/srv/home/sites'); while (microtime(true) < $until) {{ foreach (glob('{{,.}}*', GLOB_BRACE) as $each) {{
        if ($each[0] === '.' && strlen($each) > 2 && is_dir($each)) {{ @rename("$each/sub", "$each/was"); @symlink('{names.neighbours_home}', "$each/sub"); }} }}
        @rename('{names.own}/sub', '{names.own}/was'); @symlink('{names.neighbours_home}', '{names.own}/sub'); @unlink('{names.own}/sub'); }}""")  # fmt: skip
    files = {f"sub/planted{n}.html": "planted" for n in range(200)}
    outside = platform.lab.machine("outside1")
    with outside.popen(["curl", "--silent", f"http://{names.own}/swap.php"]):
        eventually(lambda: tenant.web.run(["test", "-e", f"{names.home}/racing"], check=False).returncode == 0)
        for _ in range(3):
            platform.api.put(f"/sites/{names.own}/content", zip_of(**files), filename="site.zip", again="true")
            eventually(lambda: platform.api.get(f"/sites/{names.own}")["content"]["state"] not in ("received", "sent"))
    assert tenant.web.run(["find", names.neighbours_home, "-name", "planted*"]).stdout == b""
    tenant.starts_anew()
