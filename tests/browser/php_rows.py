"""What PHP has to show: a site with a long list of errors, told what it is, with a version tried; others that wait or have nothing."""

import msgspec
from django.utils import timezone

from essaim import contract
from essaim.contract import Fqdn, PhpComparison, PhpErrorGroup, PhpErrors, PhpInfo, PhpPage, PhpSetting
from essaim.manager.fleet import jobs
from essaim.manager.fleet.models import Machine
from essaim.manager.hosting import actions
from essaim.manager.hosting.models import Account, Site
from essaim.manager.people.models import Person
from tests.browser import rows
from tests.unit import factories as make

FULL, WAITING, TROUBLED = "atelier.abeilles.example.test", "essai.abeilles.example.test", "panne.abeilles.example.test"
LONG_PATH = (
    "wp-content/plugins/a-plugin-with-a-rather-long-name/includes/class-a-plugin-with-a-rather-long-name-admin.php"
)
INI = "/etc/php/8.2/fpm/conf.d"


def furnish_php(account: Account, by: Person) -> None:
    """The sites, with what their machine told."""
    for name in (FULL, WAITING, TROUBLED):
        make.make_site(account, name, by=by)
        rows.bring_live(name)
    _errors()
    actions.ask_php(Site.objects.get(fqdn=WAITING), by=by)
    actions.try_php(Site.objects.get(fqdn=WAITING), version="7.4", by=by)
    for name in (FULL, TROUBLED):
        site = Site.objects.get(fqdn=name)
        asked = actions.ask_php(site, by=by).asked
        tell(_info(asked) if name == FULL else PhpInfo(fqdn=Fqdn(name), asked=asked, code="php.odd_answer"))
        trial = actions.try_php(site, version="8.4", by=by)
        rows.send_all()
        rows.answer("site", name)
        tell(
            _comparison(trial.asked)
            if name == FULL
            else PhpComparison(fqdn=Fqdn(name), token=trial.asked, code="php.no_preview")
        )


def tell(message: msgspec.Struct) -> None:
    """As web1 tells it."""
    sequence = Machine.objects.get(name="web1").report_sequence + 1
    jobs.take_in("web1", [(sequence, contract.encode(message))])


def _errors() -> None:
    now = timezone.now().timestamp()
    groups = [
        PhpErrorGroup(
            severity="fatal", message="Uncaught Error: Call to undefined function each()", file=LONG_PATH, line=412, count=1204,
            first=now - 86_400, last=now - 30,
            trace=(f"{LONG_PATH}:388 A_Plugin_With_A_Rather_Long_Name_Admin->render()", "do_action()", "wp-settings.php:609 include_once()", "index.php:17 require()"),
        ),
        PhpErrorGroup(severity="parse", message='syntax error, unexpected token ";"', file="inc/menu.php", line=3, first=now - 400, last=now - 300),
        PhpErrorGroup(
            severity="deprecated", file="lib/légumes.php", line=9, count=12, first=now - 9000, last=now - 900,
            message="Creation of dynamic property Panier::$" + "légumes" * 20 + " is deprecated",
        ),
        PhpErrorGroup(severity="message", message="WordPress database error: a script said so by itself", first=now - 5000, last=now - 4000),
    ]  # fmt: skip
    groups += [
        PhpErrorGroup(severity="warning" if n % 2 else "notice", message=f"Undefined variable $v{chr(0x61 + n % 26)}", file=f"page-{n}.php", line=n + 1,
                      first=now - 90_000 - n, last=now - 10_000 - n)
        for n in range(46)
    ]  # fmt: skip
    tell(PhpErrors(fqdn=Fqdn(FULL), version="8.2", groups=tuple(groups)))
    tell(PhpErrors(fqdn=Fqdn(FULL), version="8.4", groups=tuple(groups[4:14])))


def _info(asked: str) -> PhpInfo:
    settings = [
        PhpSetting(name="memory_limit", value="256M", usual="128M"),
        PhpSetting(name="error_log", value=f"/srv/home/logs/{FULL}/php-8.2.log", usual=""),
        PhpSetting(name="date.timezone", value="Europe/Paris", usual="UTC"),
        PhpSetting(
            name="disable_functions", value="pcntl_alarm,pcntl_fork," * 12, usual="pcntl_alarm,pcntl_fork," * 12
        ),
    ]
    settings += [PhpSetting(name=f"session.setting_{n}", value=str(n), usual=str(n), by_script=True) for n in range(40)]
    names = ("bcmath", "Core", "curl", "date", "gd", "intl", "mbstring", "mysqli", "PDO", "Zend OPcache", "zip")
    return PhpInfo(
        fqdn=Fqdn(FULL), asked=asked, at=timezone.now().timestamp(), version="8.2.29", sapi="fpm-fcgi", system="Linux x86_64",
        ini_files=("/etc/php/8.2/fpm/php.ini", *(f"{INI}/20-{name.lower()}.ini" for name in names), f"/run/essaim/settings/{FULL}.ini"),
        extensions=dict.fromkeys(names, "8.2.29"), settings=tuple(settings),
    )  # fmt: skip


def _comparison(token: str) -> PhpComparison:
    usual = {
        "status_old": 200,
        "status_new": 200,
        "bytes_old": 48_213,
        "bytes_new": 48_190,
        "seconds_old": 0.084,
        "seconds_new": 0.071,
    }
    pages = [PhpPage(path=path, **usual) for path in ("/", "/contact/", "/les-ruches/", "/agenda/")]  # type: ignore[arg-type]  # fields by name
    said = f"Uncaught Error: Call to undefined function each() ({LONG_PATH}:412)"
    worse = {**usual, "status_new": 500, "bytes_new": 2_310, "errors_new": 1, "messages": (said,)}
    slow = {
        **usual,
        "seconds_new": 1.9,
        "errors_new": 2,
        "messages": ("Creation of dynamic property Panier::$total is deprecated (lib/panier.php:9)",),
    }
    pages += [PhpPage(path="/boutique/un-produit-au-nom-vraiment-tres-long-qui-ne-finit-pas/", **worse)]  # type: ignore[arg-type]  # as above
    pages += [PhpPage(path="/galerie/?page=2", **slow)]  # type: ignore[arg-type]  # as above
    return PhpComparison(fqdn=Fqdn(FULL), token=token, at=timezone.now().timestamp(), pages=tuple(pages))
