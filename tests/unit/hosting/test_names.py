"""Names as people type them: what is accepted, and each refusal with its code and its sentence."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from essaim import contract
from essaim.manager.core.errors import EssaimError
from essaim.manager.hosting.lookalikes import skeleton
from essaim.manager.hosting.names import ParsedName, parse_name

APPLE = "\u0430\u0440\u0440\u04cf\u0435"  # in Cyrillic
LABELS = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("typed", "fqdn"),
    [
        ("www.example.org", "www.example.org"),
        ("  WWW.Example.ORG.  ", "www.example.org"),
        ("www.example.org.", "www.example.org"),
        ("Café-des-Amis.fr", "xn--caf-des-amis-deb.fr"),
        ("xn--caf-dma.fr", "xn--caf-dma.fr"),
        ("faß.de", "xn--fa-hia.de"),
        ("例え.jp", "xn--r8jz45g.jp"),
        ("мир.рф", "xn--h1ahn.xn--p1ai"),
        ("foo。fr", "foo.fr"),
        ("one.example.test", "one.example.test"),
        ("123.fr", "123.fr"),
    ],
)
def test_a_name_becomes_what_dns_carries(typed: str, fqdn: str) -> None:
    assert parse_name(typed).fqdn == fqdn


def test_a_name_is_read_as_it_was_meant() -> None:
    assert parse_name("xn--caf-dma.fr").unicode == "café.fr"


@pytest.mark.parametrize(
    ("typed", "code", "sentence"),
    [
        ("", "name_malformed", "“” is not a site's name."),
        ("www foo.fr", "name_malformed", "“www foo.fr” is not a site's name."),
        ("-foo.fr", "name_malformed", "“-foo.fr” is not a site's name."),
        ("foo-.fr", "name_malformed", "“foo-.fr” is not a site's name."),
        ("foo..fr", "name_malformed", "“foo..fr” is not a site's name."),
        (".foo.fr", "name_malformed", "“.foo.fr” is not a site's name."),
        ("*.foo.fr", "name_is_wildcard", "“*.foo.fr” stands for many names, and a site needs one of its own."),
        ("www.*.foo.fr", "name_malformed", "“www.*.foo.fr” is not a site's name."),
        ("☃.fr", "name_malformed", "“☃.fr” is not a site's name."),
        ("ab--cd.fr", "name_malformed", "“ab--cd.fr” is not a site's name."),
        ("xn--a-b-.fr", "name_malformed", "“xn--a-b-.fr” is not a site's name."),
        ("foo_bar.fr", "name_has_underscore", "“foo_bar.fr” has an underscore (_), which a site's name cannot have."),
        ("https://www.foo.fr/path", "name_is_url", "“https://www.foo.fr/path” is a web address, not a name alone."),
        ("foo.fr/wiki", "name_is_url", "“foo.fr/wiki” is a web address, not a name alone."),
        ("foo.fr:8080", "name_is_url", "“foo.fr:8080” is a web address, not a name alone."),
        ("me@foo.fr", "name_is_email", "“me@foo.fr” is an e-mail address."),
        ("foo", "name_without_domain", "“foo” is not complete: the domain is missing."),
        (f"{'a' * 64}.fr", "name_too_long", f"“{'a' * 64}.fr” is too long."),
        (f"{'é' * 60}.fr", "name_too_long", f"“{'é' * 60}.fr” is too long."),
        (".".join(["abcdefghi"] * 26), "name_too_long", f"“{'.'.join(['abcdefghi'] * 26)[:80]}” is too long."),
        (f"{'a' * 60}.{'b' * 37}.fr", "name_too_long", f"“{'a' * 60}.{'b' * 19}” is too long."),
        ("192.0.2.7", "name_is_address", "“192.0.2.7” is a machine's address, not a name."),
        ("192.0.2.7:80", "name_is_address", "“192.0.2.7:80” is a machine's address, not a name."),
        ("2001:db8::1", "name_is_address", "“2001:db8::1” is a machine's address, not a name."),
        ("[::1]", "name_is_address", "“[::1]” is a machine's address, not a name."),
        ("[::1]:443", "name_is_address", "“[::1]:443” is a machine's address, not a name."),
        ("2130706433", "name_is_address", "“2130706433” is a machine's address, not a name."),
        ("0x7f000001", "name_is_address", "“0x7f000001” is a machine's address, not a name."),
        ("0x7f.1", "name_is_address", "“0x7f.1” is a machine's address, not a name."),
        ("127.1", "name_is_address", "“127.1” is a machine's address, not a name."),
        ("127.0.0.1", "name_is_address", "“127.0.0.1” is a machine's address, not a name."),
        ("co.uk", "name_is_public_suffix", "“co.uk” is shared by everyone who registers a domain under it."),
        ("github.io", "name_is_public_suffix", "“github.io” is shared by everyone who registers a domain under it."),
        (
            "example.test",
            "name_is_public_suffix",
            "“example.test” is shared by everyone who registers a domain under it.",
        ),
        ("www.localhost", "name_reserved", "“www.localhost” is reserved and cannot be a site's name."),
        ("printer.local", "name_reserved", "“printer.local” is reserved and cannot be a site's name."),
        (
            "1.0.0.127.in-addr.arpa",
            "name_reserved",
            "“1.0.0.127.in-addr.arpa” is reserved and cannot be a site's name.",
        ),
        ("wiki.our-house.org", "name_reserved", "“wiki.our-house.org” is reserved and cannot be a site's name."),
        (
            "p\u0430ypal.com",
            "name_looks_like",
            "In “p\u0430ypal.com”, “p\u0430ypal” could be taken for “paypal”: its letters come from another alphabet.",
        ),
        (
            f"{APPLE}.com",
            "name_looks_like",
            f"In “{APPLE}.com”, “{APPLE}” could be taken for “apple”: its letters come from another alphabet.",
        ),
    ],
)
def test_a_name_is_refused_with_its_code_and_sentence(typed: str, code: str, sentence: str, settings: object) -> None:
    settings.RESERVED_DOMAINS = ["our-house.org"]  # type: ignore[attr-defined]

    with pytest.raises(EssaimError) as refused:
        parse_name(typed)

    assert (refused.value.code, str(refused.value)) == (f"hosting.{code}", sentence)
    assert refused.value.http_status == 422
    assert refused.value.advice


def test_the_longest_name_has_a_hundred_characters_in_ascii_form() -> None:
    assert len(parse_name(f"{'a' * 60}.{'b' * 36}.fr").fqdn) == 100
    with pytest.raises(EssaimError) as refused:
        parse_name(f"{'é' * 20}.{'b' * 60}.{'c' * 10}.fr")  # 95 characters as they are read
    assert refused.value.code == "hosting.name_too_long"


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("https://www.Foo.fr/path?x=1", "Keep the name only: www.foo.fr"),
        ("me@foo.fr", "Write what stands after the @, if that is your domain: foo.fr"),
        ("https://10.0.0.1/", "Keep the name only: www.example.org"),
    ],
)
def test_what_was_pasted_gets_the_name_inside_as_a_suggestion(typed: str, hint: str) -> None:
    with pytest.raises(EssaimError) as refused:
        parse_name(typed)

    assert refused.value.advice == hint


@pytest.mark.parametrize(
    ("name", "registrable"),
    [
        ("a.b.example.org", "example.org"),
        ("a.foo.co.uk", "foo.co.uk"),
        ("a.me.github.io", "me.github.io"),
        ("a.anything.test", "anything.test"),
        ("a.shop.example.test", "shop.example.test"),
    ],
)
def test_the_registrable_domain_is_what_somebody_holds(name: str, registrable: str) -> None:
    assert parse_name(name).registrable == registrable


@given(st.lists(LABELS, min_size=1, max_size=4))
def test_parsing_what_was_parsed_changes_nothing(labels: list[str]) -> None:
    name = parse_name(".".join([*labels, "example", "fr"]))

    assert parse_name(name.fqdn) == parse_name(name.unicode.upper() + ".") == name


@given(st.text(max_size=80) | st.lists(st.text(max_size=12), max_size=5).map(".".join))
def test_any_text_is_a_name_of_the_contract_or_is_refused_in_words(text: str) -> None:
    name = parsed_or_refused(text)

    if isinstance(name, EssaimError):
        assert name.code.startswith("hosting.name_")
        assert str(name)
        assert name.advice
        return
    assert contract.Fqdn(name.fqdn) == name.fqdn
    assert name.fqdn == name.registrable or name.fqdn.endswith(f".{name.registrable}")
    assert parse_name(name.unicode).fqdn == name.fqdn


def parsed_or_refused(text: str) -> ParsedName | EssaimError:
    try:
        return parse_name(text)
    except EssaimError as refused:
        return refused


def test_what_looks_the_same_has_one_skeleton_and_accents_are_told_apart() -> None:
    assert skeleton("g00gle") == skeleton("google")
    assert skeleton("\u03bfme") == skeleton("ome")
    assert skeleton("n\u1ecdm") == skeleton("nom")  # a dot below hides
    assert skeleton("café") != skeleton("cafe")
    assert skeleton("asso10") != skeleton("asso11")


@pytest.mark.parametrize("name", ["machines.house.org", "bus.house.org", "bus.far.org", "shop.BUS.far.org"])
def test_names_of_the_managers_own_machine_are_reserved_by_themselves(name: str, settings: object) -> None:
    settings.HOSTS = ["Machines.house.org", "192.0.2.1"]  # type: ignore[attr-defined]
    settings.BUS_URL = "tls://bus.house.org:4222"  # type: ignore[attr-defined]
    settings.BUS_PUBLIC_URL = "tls://bus.far.org:4222"  # type: ignore[attr-defined]

    with pytest.raises(EssaimError) as refused:
        parse_name(name)
    assert refused.value.code == "hosting.name_reserved"
    assert parse_name("www.house.org").fqdn == "www.house.org"


def test_a_shared_domain_may_lie_below_a_reserved_one(settings: object) -> None:
    settings.RESERVED_DOMAINS = ["house.org", "admin.sites.house.org"]  # type: ignore[attr-defined]
    settings.SHARED_DOMAINS = ["sites.house.org"]  # type: ignore[attr-defined]

    assert parse_name("garden.sites.house.org").registrable == "garden.sites.house.org"
    for name in ("garden.house.org", "admin.sites.house.org", "x.admin.sites.house.org"):
        with pytest.raises(EssaimError) as refused:
            parse_name(name)
        assert refused.value.code == "hosting.name_reserved"
