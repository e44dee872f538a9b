"""What machines say, in the reader's language: every code has words, every fact a name, and nothing unforeseen raises."""

import ast
import re
import ssl
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.utils import translation

import essaim
from essaim.agent.errors import from_os_error
from essaim.agent.prober.checks import Check, failed
from essaim.agent.prober.http import BadAnswer
from essaim.cli.translations import CATALOGUE
from essaim.contract import KINDS, ProbeResult
from essaim.contract.archives import refusals
from essaim.manager.fleet.models import Machine, StoryLine, Wanted
from essaim.manager.fleet.sentences import TABLE, advice_of, names_in, sentence_of, words_for
from essaim.manager.fleet.sentences.words import PHRASES
from tests.unit.factories import answer, make_machine, make_site, seen

pytestmark = pytest.mark.one_database
SOURCES = Path(essaim.__file__).parent
CODE = re.compile(r"(agent|account|site|content|certificate|probe|program|systemd|tree|keys)\.[a-z][a-z0-9_]*")
FILES = {"conf", "json", "jwt", "log", "pem", "seed", "sqlite3", "toml"}
"""Endings of file names that look like codes."""
SHARED = {"disk_full", "quota_full", "system"}
"""`agent.errors.from_os_error` gives these to every kind."""
OURS = {"probe.no_prober", "content.replaced", "fleet.most_room"}
"""Codes of the manager itself."""
OF_EVERY_REQUEST = {"name", "scheme", "family", "address"}
"""Facts that each fault of a request has (`agent.prober.checks`)."""
OF_ANOTHER_FUNCTION = {
    "program.ended": {"status", "signal"},
    "program.failing": {"status", "signal"},
    "probe.resolver_away": {"name", "detail", "seconds"},
    "content.upload_gone": {"chunk", "upload"},
}
"""Facts given where the code is not."""


def _speaking() -> Iterator[ast.Module]:
    for folder in ("agent", "contract/archives"):
        for file in sorted((SOURCES / folder).rglob("*.py")):
            yield ast.parse(file.read_text(), str(file))


def _is_code(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value)):
        return False
    return node.value.rpartition(".")[2] not in FILES


def _codes() -> set[str]:
    """Every code that stands in the sources of the agent and of the reader of archives, and those made of a kind."""
    found = {node.value for tree in _speaking() for node in ast.walk(tree) if _is_code(node)}  # type: ignore[attr-defined]
    return found | {f"{kind}.{word}" for kind in KINDS for word in SHARED}


def _facts_by_code() -> Iterator[tuple[str, set[str]]]:
    """Each call that is given a code, with the names that its function puts into facts."""
    for tree in _speaking():
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            nodes = list(ast.walk(function))
            names = {key.value for node in nodes if isinstance(node, ast.Dict) for key in node.keys if _is_text(key)}  # type: ignore[union-attr]
            names |= {word.arg for node in nodes if isinstance(node, ast.Call) for word in node.keywords if word.arg}
            for call in (node for node in nodes if isinstance(node, ast.Call) and node.args and _is_code(node.args[0])):
                implied = OF_EVERY_REQUEST if isinstance(call.func, ast.Name) and call.func.id == "Fault" else set()
                code = call.args[0].value  # type: ignore[attr-defined]
                yield code, names | implied | OF_ANOTHER_FUNCTION.get(code, set())


def _is_text(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_every_code_that_a_machine_can_say_has_words() -> None:
    """One that is missing gets its words in `fleet/sentences/`, then `./essaim fix` and its French."""
    assert {code for code in _codes() if words_for(code) is None} == set()


def test_no_words_are_kept_for_a_code_that_nothing_says() -> None:
    assert {code for code in TABLE if not code.startswith("*.")} - _codes() == OURS


def test_what_the_words_need_is_told_where_the_code_is() -> None:
    """`facts=` beside the code names all that one of its sentences, and of its pieces of advice, is filled with."""
    told = list(_facts_by_code())
    assert len(told) > 50
    lacking = {
        (code, str(templates[-1]))
        for code, names in told
        if (words := words_for(code)) is not None
        for templates in words
        if templates and not any(names_in(str(template)) <= names for template in templates)
    }
    assert lacking == set()


def test_french_words_name_the_same_facts() -> None:
    french = {entry.msgid: entry.msgstr for entry in polib.pofile(str(CATALOGUE))}
    with translation.override(None):
        english = {str(template) for words in TABLE.values() for templates in words for template in templates}
    assert {text for text in english if names_in(french[text]) != names_in(text)} == set()
    assert {text for text in PHRASES if not french[text]} == set()


REFUSED = {"name": "a.example.test", "scheme": "HTTP", "family": "IPv6", "address": "2001:db8::1"}


def test_a_sentence_is_said_in_the_readers_language() -> None:
    with translation.override("fr"):
        said = sentence_of("probe.refused", REFUSED, "Nothing listens.")
    assert said == "Rien n’écoute pour a.example.test en HTTP et IPv6 à 2001:db8::1."


def test_of_several_sentences_the_one_whose_facts_are_there_is_said() -> None:
    assert sentence_of("probe.name_unresolved", {"name": "a.test", "family": "IPv6", "record": "AAAA"}, "") == (
        "a.test has no IPv6 address in DNS (no AAAA record)."
    )
    assert sentence_of("probe.name_unresolved", {"name": "a.test"}, "") == "a.test has no address in DNS."


def test_a_fact_that_is_a_phrase_of_ours_is_translated_and_a_name_never_is() -> None:
    with translation.override("fr"):
        said = sentence_of("probe.not_served", {"name": "site", "state": "suspended"}, "")
    assert said == "site répond que son état est\u202f: suspendu."


@pytest.mark.parametrize(
    ("language", "said"), [("en", "2 of 12,000 accounts."), ("fr", "2 sur 12\N{NO-BREAK SPACE}000 hébergements.")]
)
def test_an_amount_is_written_as_the_readers_language_writes_it(language: str, said: str) -> None:
    with translation.override(language):
        assert sentence_of("fleet.most_room", {"machine": "web1", "used": 2, "capacity": 12_000}, "").endswith(said)


@pytest.mark.parametrize(("seconds", "shown"), [(10.0, "10"), (0.5, "0,5"), (60, "60")])
def test_seconds_are_written_without_needless_places(seconds: float, shown: str) -> None:
    with translation.override("fr"):
        assert f" {shown} s" in sentence_of("probe.timeout", {**REFUSED, "seconds": seconds}, "")


def test_a_number_that_is_a_name_is_not_grouped() -> None:
    assert " 20001," in sentence_of("content.account_broken", {"home": "/srv/x", "uid": 20_001}, "")


def test_an_unknown_code_leaves_the_machines_own_words() -> None:
    assert sentence_of("moon.full", {}, "The moon is full.") == "The moon is full."
    assert advice_of("moon.full", {}, "Wait.") == "Wait."
    assert sentence_of("", {}, "") == ""


@pytest.mark.parametrize("code", sorted(TABLE))
@pytest.mark.parametrize("facts", [{}, {"name": None}, {"name": "{x}", "detail": "{0} }{", "other": True}])
def test_a_fact_that_is_missing_or_odd_never_raises(code: str, facts: dict[str, object]) -> None:
    assert sentence_of(code, facts, "As it was said.")
    assert isinstance(advice_of(code, facts, ""), str)


def test_what_stands_in_a_fact_is_never_a_template() -> None:
    said = sentence_of("content.unsafe_path", {"name": "{name}/{0.__class__}"}, "")
    assert said == "{name}/{0.__class__} would be written outside the site."


def test_an_archives_refusal_sounds_the_same_as_where_it_was_written() -> None:
    for refused in (refusals.too_large(5_000_000), refusals.not_an_archive("RAR"), refusals.not_an_archive(),
                    refusals.bomb(250), refusals.unsafe_link("a", "/etc"), refusals.empty()):  # fmt: skip
        assert sentence_of(refused.code, refused.facts, "") == str(refused)
        assert advice_of(refused.code, refused.facts, "") == refused.advice


@pytest.mark.parametrize(
    "wrong",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        OSError(113, "No route to host"),
        ssl.SSLError(1, "WRONG_VERSION_NUMBER"),
        BadAnswer("What was answered is not HTTP."),
    ],
)
def test_a_request_without_an_answer_sounds_the_same_as_where_it_was_written(wrong: Exception) -> None:
    seen = failed(Check(name="a.example.test", address="192.0.2.7", scheme="http", family="ipv4"), wrong, 10.0)
    assert sentence_of(seen.code, seen.facts, "") == seen.sentence


@pytest.mark.parametrize(
    ("path", "said"), [("/srv/x", "The system refused at /srv/x: Denied."), (None, "The system refused: Denied.")]
)
def test_the_kernels_word_sounds_the_same_as_where_it_was_written(path: str | None, said: str) -> None:
    error = from_os_error(OSError(13, "Denied", path), "site")
    assert sentence_of(error.code, error.facts, "") == error.sentence == said


@pytest.fixture
def prober() -> Machine:
    """A machine that looks at sites from outside."""
    make_machine()
    return make_machine("outside1", roles=["prober"])


@pytest.mark.django_db
def test_a_failure_keeps_its_facts_beside_what_was_applied(prober: Machine) -> None:
    wish = Wanted.objects.get(kind="site", key=make_site().fqdn)
    answer(wish, "applied", facts={"quota": "btrfs"})

    answer(wish, "failed", code="site.alias_taken", sentence="Taken.", facts={"alias": "b.test", "fqdn": "a.test"})

    assert wish.facts == {"quota": "btrfs"}
    with translation.override("fr"):
        assert (
            wish.said
            == "b.test est un site à part entière sur cette machine\u202f: il ne peut pas être un alias de a.test."
        )
        assert wish.advised == "Fermez d’abord ce site\u202f; l’agent continue tout seul."
        assert StoryLine.objects.get(what="failed").said == wish.said


@pytest.mark.django_db
def test_a_drift_is_told_in_the_readers_language(prober: Machine) -> None:
    site = make_site()
    wish = Wanted.objects.get(kind="site", key=site.fqdn)
    answer(wish)

    answer(wish, "drifted", code="site.folder_missing", sentence="It was missing.", facts={"fqdn": site.fqdn})

    site.refresh_from_db()
    with translation.override("fr"):
        assert site.health_said == f"Le dossier de {site.fqdn} manquait."
        assert StoryLine.objects.get(what="drifted").said == site.health_said


@pytest.mark.django_db
def test_a_probe_that_speaks_for_its_report_lends_its_code_and_facts(prober: Machine) -> None:
    site = make_site()
    answer(Wanted.objects.get(kind="site", key=site.fqdn))
    silent = ProbeResult(scheme="http", family="ipv6", code="probe.refused", sentence="Refused.", facts=dict(REFUSED))

    answer(Wanted.objects.get(kind="probe", key=site.fqdn), "failed", probes=(silent,))

    site.refresh_from_db()
    assert site.health_said == "Nothing listens for a.example.test over HTTP and IPv6 at 2001:db8::1."
    assert site.proofs.get().said == site.health_said


@pytest.mark.django_db
def test_what_was_said_is_forgotten_once_it_is_no_longer_so(prober: Machine) -> None:
    site = make_site()
    answer(Wanted.objects.get(kind="site", key=site.fqdn))
    answer(
        Wanted.objects.get(kind="probe", key=site.fqdn), "failed", code="probe.refused", sentence="R.", facts=REFUSED
    )

    answer(Wanted.objects.get(kind="probe", key=site.fqdn), probes=seen())

    site.refresh_from_db()
    assert (site.health, site.health_code, site.health_facts, site.health_said) == ("live", "", {}, "")
