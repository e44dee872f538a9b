"""What a client may choose of a site's names and paths: kept, refused with its line, sent to the machine, put back."""

from datetime import timedelta

import pytest
from django.utils import timezone
from msgspec.structs import replace
from pytest_django import Settings

from essaim import contract
from essaim.contract.rule_bounds import odd_rules
from essaim.contract.rules import Allowed, Elsewhere, Header, Hsts, Protected, Redirect, Rules
from essaim.manager.core.errors import EssaimError
from essaim.manager.core.models import AuditLine
from essaim.manager.hosting import actions, rule_errors
from essaim.manager.hosting.models import Site
from essaim.manager.hosting.redirect_lines import read_allowed, read_headers, read_redirects, redirect_line
from essaim.manager.hosting.rules import hashed, rules_of, rules_served
from essaim.manager.hosting.wanted import wanted_certificate, wanted_probe, wanted_site
from essaim.manager.web.stories import act_words
from tests.unit import factories as make
from tests.unit.hosting.wishes import wish

pytestmark = pytest.mark.django_db


@pytest.fixture
def site() -> Site:
    make.make_machine("web1")
    return make.make_site(name="one.example.test", aliases=["www.one.example.test"])


def changed(site: Site, **parts: object) -> Site:
    return actions.change_rules(site, by=None, change=lambda before: replace(before, **parts))


def refusal(site: Site, **parts: object) -> EssaimError:
    with pytest.raises(rule_errors.RuleRefused) as refused:
        changed(site, **parts)
    assert Site.objects.get(pk=site.pk).rules == {}
    return refused.value


# -- redirects


@pytest.mark.parametrize(
    ("line", "redirect"),
    [
        ("/old /new", Redirect(path="/old", target="/new")),
        ("/old/ /new", Redirect(path="/old", target="/new")),
        ("/a%20b /c%20d", Redirect(path="/a b", target="/c%20d")),
        ("/blog/* https://blog.example.test/* 302", Redirect(path="/blog", below=True, target="https://blog.example.test/*", status=302)),
        ("/* https://new.example.test/* 308", Redirect(path="", below=True, target="https://new.example.test/*", status=308)),
        ("/gone 410", Redirect(path="/gone", status=410)),
        ("/q /p 307 noquery", Redirect(path="/q", target="/p", status=307, keep_query=False)),
        ("/ /home", Redirect(path="/", target="/home")),
    ],
)  # fmt: skip
def test_a_redirect_is_a_line_and_a_line_is_a_redirect(line: str, redirect: Redirect) -> None:
    assert read_redirects(f"# old paths\n\n{line}\n") == (redirect,)
    assert read_redirects(redirect_line(redirect)) == (redirect,)


@pytest.mark.parametrize("line", ["/old", "/old /new /newer", "/old /new 303", "/old /new 410 410"])
def test_a_line_that_cannot_be_read_is_told_with_its_number(line: str) -> None:
    with pytest.raises(rule_errors.RuleRefused) as refused:
        read_redirects(f"/a /b\n# why\n{line}")
    assert str(refused.value).startswith("Line 3: ")
    assert refused.value.field == "redirects"


@pytest.mark.parametrize(
    ("redirect", "code"),
    [
        (Redirect(path="old", target="/new"), "hosting.rule_path"),
        (Redirect(path="/../old", target="/new"), "hosting.rule_path"),
        (Redirect(path="/a//b", target="/new"), "hosting.rule_path"),
        (Redirect(path="/old", target="//evil.test/"), "hosting.rule_target"),
        (Redirect(path="/old", target="javascript:alert(1)"), "hosting.rule_target"),
        (Redirect(path="/old", target="https://user@evil.test/"), "hosting.rule_target"),
        (Redirect(path="/old", target="/new\r\nSet-Cookie: a=b"), "hosting.rule_target"),
        (Redirect(path="/old", target="/a/*"), "hosting.rule_target"),
        (Redirect(path="/old", target=""), "hosting.rule_target"),
        (Redirect(path="/old", target="/new", status=410), "hosting.rule_gone_with_target"),
        (Redirect(path="/old", target="/old"), "hosting.redirect_loop"),
        (Redirect(path="/old", target="https://www.one.example.test/old/"), "hosting.redirect_loop"),
        (Redirect(path="/a", below=True, target="/a/b/*"), "hosting.redirect_loop"),
    ],
)
def test_a_redirect_that_cannot_be_is_refused_with_its_place(site: Site, redirect: Redirect, code: str) -> None:
    refused = refusal(site, redirects=(Redirect(path="/fine", target="/better"), redirect))
    assert refused.code == code
    assert str(refused).startswith("Line 2: ")


def test_a_circle_through_several_lines_says_its_way(site: Site) -> None:
    lines = read_redirects("/a /b\n/b /c/x\n/c/* /a")
    assert "/a → /b → /c/x → /a" in str(refusal(site, redirects=lines))


def test_all_of_a_site_does_not_lead_to_itself(site: Site) -> None:
    assert refusal(site, redirects=read_redirects("/* /*")).code == "hosting.redirect_loop"
    assert refusal(site, redirects=read_redirects("/* /here")).code == "hosting.redirect_loop"


def test_redirects_that_lead_away_or_stop_are_taken(site: Site) -> None:
    changed(site, redirects=read_redirects("/a /b\n/b https://elsewhere.example.test/a\n/index.php /\n/c/* /d/*"))
    assert len(rules_of(Site.objects.get()).redirects) == 4


def test_the_same_path_twice_and_too_many_are_refused(site: Site) -> None:
    assert refusal(site, redirects=read_redirects("/a /b\n/a/ /c")).code == "hosting.redirect_twice"
    many = tuple(Redirect(path=f"/old{n}", target="/new") for n in range(201))
    assert refusal(site, redirects=many).code == "hosting.rules_too_many"


# -- headers, cache, HTTPS alone


@pytest.mark.parametrize(
    "name", ["Set-Cookie", "content-length", "Transfer-Encoding", "Connection", "X-Accel-Redirect", "X-Essaim-State", "Location",
             "Strict-Transport-Security", "Keep-Alive", "Proxy-Authenticate", "TE"],
)  # fmt: skip
def test_a_header_that_says_how_an_answer_is_carried_is_not_a_clients(site: Site, name: str) -> None:
    assert refusal(site, headers=(Header(name=name, value="x"),)).code == "hosting.rule_header_reserved"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (Header(name="X Y", value="x"), "hosting.rule_header_name"),
        (Header(name="", value="x"), "hosting.rule_header_name"),
        (Header(name="X-Y", value=""), "hosting.rule_header_value"),
        (Header(name="X-Y", value="a\r\nSet-Cookie: b"), "hosting.rule_header_value"),
        (Header(name="X-Y", value="é"), "hosting.rule_header_value"),
    ],
)
def test_a_header_that_cannot_be_sent_is_refused(site: Site, header: Header, code: str) -> None:
    assert refusal(site, headers=(header,)).code == code


def test_headers_are_read_by_line(site: Site) -> None:
    assert read_headers("X-A: b: c\n\nX-D:e") == (Header(name="X-A", value="b: c"), Header(name="X-D", value="e"))
    with pytest.raises(rule_errors.RuleHeaderName, match="Line 2"):
        read_headers("X-A: b\nnothing")


def test_https_alone_waits_until_https_is_proved(site: Site) -> None:
    refused = refusal(site, hsts=Hsts(max_age_s=300))
    assert refused.code == "hosting.hsts_without_https"
    Site.objects.update(https=Site.Https.LIVE)
    changed(site, hsts=Hsts(max_age_s=300))
    Site.objects.update(https=Site.Https.FAILED)
    changed(site, redirects=read_redirects("/a /b"))  # what was chosen does not stand in the way of the rest
    assert rules_of(Site.objects.get()).hsts == Hsts(max_age_s=300)


# -- access


def test_networks_are_kept_by_their_first_address(site: Site) -> None:
    changed(site, allowed=read_allowed("/admin/ 192.0.2.77/24, 2001:db8::1"))
    assert rules_of(Site.objects.get()).allowed == (Allowed(path="/admin", networks=("192.0.2.0/24", "2001:db8::1")),)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("/admin", "hosting.rule_nobody"),
        ("/admin 300.1.1.1", "hosting.rule_network"),
        ("192.0.2.1", "hosting.rule_path"),
        ("/a/../b 192.0.2.1", "hosting.rule_path"),
    ],
)
def test_networks_that_are_none_are_refused(site: Site, line: str, code: str) -> None:
    with pytest.raises(rule_errors.RuleRefused) as refused:
        changed(site, allowed=read_allowed(line))
    assert refused.value.code == code


def test_a_password_is_kept_as_a_hash_and_nowhere_else(site: Site) -> None:
    actions.protect(site, by=None, path="/members/", user="ada", password="correct horse")
    actions.protect(site, by=None, path="/members", user="bob", password="another horse")
    folder = rules_of(Site.objects.get()).protected[0]
    assert (folder.path, sorted(folder.users)) == ("/members", ["ada", "bob"])
    assert all(kept.startswith("pbkdf2-sha512$20000$") for kept in folder.users.values())
    told = str([line.facts for line in AuditLine.objects.all()]) + str(wish("site", site).spec)
    assert "horse" not in told
    actions.unprotect(site, by=None, path="/members", user="ada")
    assert sorted(rules_of(Site.objects.get()).protected[0].users) == ["bob"]
    actions.unprotect(site, by=None, path="/members", user="bob")
    assert rules_of(Site.objects.get()).protected == ()


def test_a_password_that_is_soon_guessed_is_refused(site: Site) -> None:
    with pytest.raises(rule_errors.RulePassword):
        actions.protect(site, by=None, path="/members", user="ada", password="short")
    with pytest.raises(rule_errors.RuleUser):
        actions.protect(site, by=None, path="/members", user="a:b", password="correct horse")
    assert hashed("correct horse", user="ada") != hashed("correct horse", user="ada")


# -- names


def test_one_of_its_names_is_the_sites_own_as_long_as_it_has_it(site: Site) -> None:
    assert refusal(site, canonical=contract.Fqdn("other.example.test")).code == "hosting.canonical_unknown"
    changed(site, canonical=contract.Fqdn("www.one.example.test"))
    assert wanted_site(Site.objects.get()).rules.canonical == "www.one.example.test"
    actions.change_site(site, by=None, aliases=[])
    assert rules_served(Site.objects.get()).canonical is None


@pytest.mark.parametrize(
    "target", ["https://one.example.test", "http://www.one.example.test/x", "https://www.one.example.test."]
)
def test_a_name_does_not_lead_to_itself(site: Site, target: str) -> None:
    assert refusal(site, elsewhere=Elsewhere(target=target)).code == "hosting.elsewhere_is_itself"


def test_two_names_of_the_house_do_not_lead_to_each_other(site: Site) -> None:
    other = make.make_site(site.account, "two.example.test")
    changed(other, elsewhere=Elsewhere(target="https://www.one.example.test"))
    assert "one.example.test → two.example.test → www.one.example.test" in str(
        refusal(site, elsewhere=Elsewhere(target="https://two.example.test"))
    )


def test_a_wildcard_is_an_alias_without_a_certificate(site: Site, settings: Settings) -> None:
    settings.ACME_DIRECTORY = "https://acme.example.test/dir"
    actions.change_site(site, by=None, aliases=["*.One.example.test.", "www.one.example.test"])
    site = Site.objects.get()
    assert [alias.fqdn for alias in site.aliases.all()] == ["*.one.example.test", "www.one.example.test"]
    assert wanted_site(site).wildcards == ("one.example.test",)
    assert wanted_site(site).aliases == ("www.one.example.test",)
    assert wanted_certificate(site).names == ("one.example.test", "www.one.example.test")
    assert wanted_probe(site, wish("site", site)).wildcards == ("essaim-proof.one.example.test",)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("*.test", "hosting.name_without_domain"),
        ("*.example.test", "hosting.name_is_public_suffix"),  # shared by the house's clients
        ("*.co.uk", "hosting.name_is_public_suffix"),
        ("*.*.example.test", "hosting.name_is_wildcard"),
        ("a.*.example.test", "hosting.name_malformed"),
        ("*example.test", "hosting.name_malformed"),
        ("*.", "hosting.name_malformed"),
        ("*.127.0.0.1", "hosting.name_is_address"),
        ("*.reserved.example.net", "hosting.name_reserved"),
    ],
)
def test_a_wildcard_over_what_is_nobodys_is_refused(site: Site, name: str, code: str, settings: Settings) -> None:
    settings.RESERVED_DOMAINS = ["manager.reserved.example.net"]
    with pytest.raises(EssaimError) as refused:
        actions.change_site(site, by=None, aliases=[name])
    assert refused.value.code == code


def test_a_site_needs_a_name_of_its_own(site: Site) -> None:
    with pytest.raises(EssaimError) as refused:
        make.make_site(site.account, "*.example.test")
    assert refused.value.code == "hosting.name_is_wildcard"
    assert "example.test" in refused.value.advice


def test_a_wildcard_is_not_taken_over_another_clients_names() -> None:
    make.make_machine("web1")
    make.make_site(name="own.shared-domain.test")
    mine = make.make_site(name="mine.example.test")
    with pytest.raises(EssaimError) as refused:
        actions.change_site(mine, by=None, aliases=["*.shared-domain.test"])
    assert refused.value.code == "hosting.name_under_others"


def test_two_sites_do_not_have_the_same_wildcard(site: Site) -> None:
    actions.change_site(site, by=None, aliases=["*.one.example.test"])
    other = make.make_site(site.account, "two.example.test")
    with pytest.raises(EssaimError) as refused:
        actions.change_site(other, by=None, aliases=["*.one.example.test"])
    assert refused.value.code == "hosting.site_taken"


# -- the change itself


def test_a_change_is_wanted_told_and_put_back_in_one_act(site: Site) -> None:
    changed(site, redirects=read_redirects("/a /b"), absent="/index.html")
    spec = wish("site", site).spec
    assert spec is not None
    assert spec["rules"] == {"absent": "/index.html", "redirects": [{"path": "/a", "target": "/b"}]}
    line = AuditLine.objects.filter(code="hosting.rules_changed").get()
    assert act_words(line) == "changed the site's rules: where there is no file, redirects (/a)"
    actions.put_rules_back(site, by=None)
    assert Site.objects.get().rules == {}
    actions.put_rules_back(site, by=None)
    assert rules_of(Site.objects.get()).absent == "/index.html"


def test_the_same_rules_again_change_nothing(site: Site) -> None:
    changed(site, redirects=read_redirects("/a /b"))
    before = wish("site", site).revision
    changed(site, redirects=read_redirects("/a /b"))
    assert wish("site", site).revision == before
    assert Site.objects.get().rules_before == {}


def test_there_is_nothing_to_put_back_where_nothing_was_changed(site: Site) -> None:
    with pytest.raises(rule_errors.NothingToPutBack):
        actions.put_rules_back(site, by=None)


def test_a_closed_site_has_its_rules_left_alone(site: Site) -> None:
    actions.close_site(site, by=None)
    with pytest.raises(EssaimError) as refused:
        changed(site, absent="none")
    assert refused.value.code == "hosting.site_not_active"


# -- maintenance


def test_maintenance_is_begun_changed_and_ended(site: Site) -> None:
    until = timezone.now() + timedelta(hours=2)
    actions.begin_maintenance(site, by=None, sentence=" Back soon ", until=until, networks=["192.0.2.9/24"])
    site.refresh_from_db()
    now = wanted_site(site).maintenance
    assert now is not None
    assert (now.sentence, now.until, now.networks) == ("Back soon", int(until.timestamp()), ("192.0.2.0/24",))
    assert len(now.key) == 26
    assert wanted_probe(site, wish("site", site)).maintenance
    actions.begin_maintenance(site, by=None, sentence="Sooner")
    site.refresh_from_db()
    later = wanted_site(site).maintenance
    assert later is not None
    assert (later.key, later.sentence) == (now.key, "Sooner")
    actions.begin_maintenance(site, by=None, sentence="Sooner", is_link_new=True)
    site.refresh_from_db()
    assert wanted_site(site).maintenance != later
    actions.end_maintenance(site, by=None)
    site.refresh_from_db()
    assert wanted_site(site).maintenance is None
    codes = [
        line.code.removeprefix("hosting.maintenance_")
        for line in AuditLine.objects.filter(code__contains="maintenance").order_by("id")
    ]
    assert codes == ["begun", "changed", "changed", "ended"]


def test_maintenance_that_ends_before_it_begins_is_refused(site: Site) -> None:
    with pytest.raises(rule_errors.RuleUntil):
        actions.begin_maintenance(site, by=None, until=timezone.now() - timedelta(minutes=1))
    with pytest.raises(rule_errors.RuleNetwork):
        actions.begin_maintenance(site, by=None, networks=["nowhere"])
    with pytest.raises(rule_errors.RuleSentence):
        actions.begin_maintenance(site, by=None, sentence="x" * 501)


def test_a_suspended_site_is_proved_suspended_and_not_in_maintenance(site: Site) -> None:
    actions.begin_maintenance(site, by=None)
    actions.suspend_site(site, by=None, reason="because")
    site.refresh_from_db()
    assert not wanted_probe(site, wish("site", site)).maintenance


def test_a_protected_folder_travels_with_hashes_that_the_contract_takes() -> None:
    users = {"ada": hashed("correct horse", user="ada")}
    rules = Rules(protected=(Protected(path="/members", users=users),))
    assert list(odd_rules(rules)) == []
