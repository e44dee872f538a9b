"""What a site has beyond files and PHP, as nginx reads it."""

import json

import msgspec
import pytest

from essaim.agent.engines import front
from essaim.agent.engines.rules import refuse_odd
from essaim.agent.errors import PermanentError
from essaim.contract import Fqdn, Login, Maintenance, Rules, Shield, Site, Way
from essaim.contract.rules import Allowed, Elsewhere, Header, Hsts, Protected, Redirect

HASH = f"pbkdf2-sha512$20000${'0' * 32}${'0' * 64}"
PLAIN = Site(fqdn=Fqdn("a.example.test"), account=Login("abeilles"), proof="p" * 26)


def test_most_sites_have_no_record() -> None:
    assert front.record(PLAIN) == ""


def test_an_engine_behind_nginx_is_named() -> None:
    assert json.loads(front.record(msgspec.structs.replace(PLAIN, engine="apache"))) == {
        "engine": "apache",
        "account": "abeilles",
    }


def test_a_suspended_site_hands_nobody_to_its_engine() -> None:
    assert front.record(msgspec.structs.replace(PLAIN, engine="program", suspended=True)) == ""


def test_limits_and_a_shield_are_in_it_and_a_suspended_site_has_no_shield() -> None:
    raised = Shield(level="checked", until=1.5, except_=(Way.read("GET,HEAD /feed"), Way.read("/api/")))
    shielded = msgspec.structs.replace(PLAIN, limits=5, shield=raised)
    assert json.loads(front.record(shielded)) == {
        "limits": 5,
        "shield": {
            "level": "checked",
            "until": 1.5,
            "except": [{"path": "/feed", "methods": "GET HEAD"}, {"path": "/api/"}],
        },
    }
    assert json.loads(front.record(msgspec.structs.replace(shielded, suspended=True))) == {"limits": 5}


def test_rules_are_written_as_lua_reads_them() -> None:
    rules = Rules(
        absent="/index.html",
        redirects=(
            Redirect(path="/old", target="/new"),
            Redirect(path="", below=True, target="https://x.example.test/*", status=302),
        ),
        headers=(Header(name="X-A", value="b"),),
        cache={"images": 60},
        hsts=Hsts(max_age_s=300, subdomains=True),
        protected=(Protected(path='/Été"', users={"ada": HASH}),),
        allowed=(Allowed(path="/", networks=("192.0.2.0/24", "2001:db8::1")),),
        canonical=Fqdn("www.example.test"),
        elsewhere=Elsewhere(target="https://y.example.test", keep_path=False),
    )
    assert json.loads(front.record(msgspec.structs.replace(PLAIN, rules=rules))) == {
        "absent": "/index.html",
        "redirects": [
            {"from": "/old", "below": False, "to": "/new", "status": 301, "query": True},
            {"from": "", "below": True, "to": "https://x.example.test/*", "status": 302, "query": True},
        ],
        "leaving": {"headers": [["X-A", "b"]], "cache": {"images": 60}, "hsts": "max-age=300; includeSubDomains"},
        "protected": [{"path": '/Été"'.lower().replace("é", "É", 1), "realm": "/t", "users": {"ada": HASH}}],
        "allowed": [{"path": "", "networks": [["c0000200", 24], ["20010db8000000000000000000000001", 128]]}],
        "canonical": "www.example.test",
        "elsewhere": {"target": "https://y.example.test", "status": 301, "keep": False},
    }


def test_a_suspended_site_says_nothing_but_that() -> None:
    rules = Rules(elsewhere=Elsewhere(target="https://y.example.test"))
    assert front.record(msgspec.structs.replace(PLAIN, rules=rules, suspended=True)) == ""


@pytest.mark.parametrize(
    "rules",
    [
        Rules(headers=(Header(name="Set-Cookie", value="a=b"),)),
        Rules(headers=(Header(name="X-A", value="a\r\nb"),)),
        Rules(redirects=(Redirect(path="/a", target="javascript:x"),)),
        Rules(absent="/../../etc/passwd"),
        Rules(protected=(Protected(path="/a", users={"ada": "plain"}),)),
        Rules(allowed=(Allowed(path="/a", networks=("nowhere",)),)),
    ],
)
def test_what_no_manager_asks_for_never_reaches_nginx(rules: Rules) -> None:
    with pytest.raises(PermanentError) as refused:
        refuse_odd(msgspec.structs.replace(PLAIN, rules=rules))
    assert refused.value.code == "site.rules_refused"


def test_maintenance_that_is_odd_is_refused_too() -> None:
    with pytest.raises(PermanentError):
        refuse_odd(msgspec.structs.replace(PLAIN, maintenance=Maintenance(key="no key")))
    refuse_odd(msgspec.structs.replace(PLAIN, maintenance=Maintenance(key="a" * 26, networks=("192.0.2.1",))))
