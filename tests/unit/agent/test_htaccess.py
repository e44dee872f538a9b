"""What is seen in a client's `.htaccess` files, and which line Apache complains of."""

import os
from pathlib import Path

import pytest

from essaim.agent.engines import htaccess

WORDPRESS = """# BEGIN WordPress
<IfModule mod_rewrite.c>
RewriteEngine On
RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]
RewriteBase /
RewriteRule ^index\\.php$ - [L]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule . /index.php [L]
</IfModule>
# END WordPress
"""
PROTECTED = 'AuthType Basic\nAuthName "private"\nAuthUserFile /srv/home/sites/a.test/.htpasswd\nRequire valid-user\n'


def put(home: Path, name: str, text: str) -> None:
    file = home / "sites/a.test" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def look(home: Path) -> htaccess.Look:
    return htaccess.look(home, "sites", "a.test")


def test_permalinks_of_wordpress_need_no_apache(tmp_path: Path) -> None:
    put(tmp_path, ".htaccess", WORDPRESS)
    assert look(tmp_path) == htaccess.Look(1, (), "", of_php=False)
    assert look(tmp_path).facts["htaccess_needs"] == ""


def test_a_protected_folder_does_and_is_named(tmp_path: Path) -> None:
    put(tmp_path, ".htaccess", WORDPRESS)
    put(tmp_path, "wp-admin/.htaccess", PROTECTED)
    seen = look(tmp_path)
    assert (seen.files, seen.needs) == (2, ("AuthType", "AuthName", "AuthUserFile", "Require"))
    assert seen.where == "wp-admin/.htaccess"


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("RewriteEngine On\nRewriteRule ^old/(.*)$ /new/$1 [R=301,L]\n", ("RewriteRule",)),
        ("RewriteEngine On\nRewriteRule ^(.*)$ index.php?url=$1 [QSA,L]\n", ()),
        ("RewriteRule ^api/ api.php [L]\n", ("RewriteRule",)),
        ("Options -Indexes\nAddType image/webp .webp\nDirectoryIndex index.php\n", ()),
        ("Options +Indexes\n", ("Options",)),
        ("DirectoryIndex start.html\n", ("DirectoryIndex",)),
        ("Order deny,allow\nDeny from all\n", ("Order", "Deny")),
        ('<Files ~ "^\\.ht">\nDeny from all\n</Files>\n', ()),
        ('<FilesMatch "^\\.">\nRequire all denied\n</FilesMatch>\n', ()),
        ("<Files secret.txt>\nRequire all denied\n</Files>\n", ("Require",)),
        ("<IfModule mod_security.c>\nSecFilterEngine Off\n</IfModule>\n", ()),
        ("<IfModule !mod_rewrite.c>\nErrorDocument 404 /index.php\n</IfModule>\n", ()),
        ("<IfModule mod_headers.c>\nHeader set X-A b\n</IfModule>\n", ("Header",)),
        ("<IfModule headers_module>\nHeader set X-A b\n</IfModule>\n", ("Header",)),
        ('Header set X-A \\\n  "b"\n# Deny from all\n', ("Header",)),
    ],
)
def test_what_nginx_does_by_itself_is_not_asked_for(tmp_path: Path, text: str, needs: tuple[str, ...]) -> None:
    put(tmp_path, ".htaccess", text)
    assert look(tmp_path).needs == needs


def test_settings_of_php_are_seen_unless_they_are_for_an_apache_with_php(tmp_path: Path) -> None:
    put(tmp_path, ".htaccess", "<IfModule mod_php.c>\nphp_value memory_limit 256M\n</IfModule>\n")
    assert not look(tmp_path).of_php
    put(tmp_path, ".htaccess", "php_flag display_errors on\n")
    assert look(tmp_path) == htaccess.Look(1, (), "", of_php=True)


def test_no_link_is_followed_nothing_is_waited_for_and_few_folders_are_opened(tmp_path: Path) -> None:
    put(tmp_path, "a/b/c/.htaccess", PROTECTED)  # three below
    put(tmp_path.parent / "other", ".htaccess", PROTECTED)
    (tmp_path / "sites/a.test/link").symlink_to(tmp_path.parent / "other/sites/a.test")
    (tmp_path / "sites/a.test/d").mkdir()
    (tmp_path / "sites/a.test/d/.htaccess").symlink_to(tmp_path.parent / "other/sites/a.test/.htaccess")
    (tmp_path / "sites/a.test/e").mkdir()
    os.mkfifo(tmp_path / "sites/a.test/e/.htaccess")
    assert look(tmp_path).facts == {"htaccess": 0}
    for n in range(htaccess.FOLDERS_MAX + 50):
        put(tmp_path, f"many/{n:04}/.htaccess", "Deny from all\n")
    assert look(tmp_path).files < htaccess.FOLDERS_MAX


def test_a_site_without_folder_has_none(tmp_path: Path) -> None:
    assert look(tmp_path).facts == {"htaccess": 0}


@pytest.mark.parametrize(
    ("text", "complaint", "lines"),
    [
        (
            "A b\n\nFoo bar\nFoo baz\n",
            "Invalid command 'Foo', perhaps misspelled or defined by a module not included",
            (3,),
        ),
        ("RewriteEngine On\nRewriteRule ^ /y [L,ZZ]\n", "RewriteRule: unknown flag 'ZZ'", (2,)),
        ("RewriteRule a b\nRewriteRule ^ /y [L\n", "RewriteRule: bad flag delimiters", (1, 2)),
        ("#\nServerName a\n", "ServerName not allowed here", (2,)),
        ("<IfModule a>\nA b\n", "<IfModule> was not closed.", (1,)),
        ("AuthType\n", "AuthType takes one argument, an authentication type", (1,)),
        ("\n# Foo\n  foo a\\\n  b\nbar\n", "Invalid command 'bar'", (5,)),
        ("A\n", "something else is wrong", ()),
    ],
)
def test_the_line_is_found_by_the_directive_that_is_named(text: str, complaint: str, lines: tuple[int, ...]) -> None:
    assert htaccess.lines_of(text, complaint) == lines
