"""Accounts, sites and what belongs to them: the rows are what is wanted; machines report how far it has come."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import formats, timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from essaim.contract.php import DEFAULT
from essaim.manager.core import masks
from essaim.manager.fleet.sentences import advice_of, sentence_of
from essaim.manager.hosting import numbers_models  # noqa: F401  Django looks for all of a room's models here
from essaim.manager.hosting.access_models import TechnicianAccount
from essaim.manager.hosting.defence_models import Defence, DefenceSample
from essaim.manager.hosting.name_models import Alias, NameConsent, Sequence, TakenName
from essaim.manager.hosting.offered import Offer
from essaim.manager.hosting.php_models import PhpError, PhpInfo, PhpTrial
from essaim.manager.hosting.program_model import Program
from essaim.manager.hosting.tls_models import OwnCertificate, Reissue

__all__ = [
    "Account",
    "Alias",
    "Defence",
    "DefenceSample",
    "NameConsent",
    "Offer",
    "OwnCertificate",
    "PhpError",
    "PhpInfo",
    "PhpTrial",
    "Program",
    "ProofLine",
    "Reissue",
    "Sequence",
    "Site",
    "TakenName",
    "TechnicianAccount",
    "Upload",
]

OF_CERTIFICATES = "certificate."
"""How the codes of certificates begin."""
ENDING = timedelta(days=20)
"""A certificate whose renewal fails is shown to people so long before its end."""
OWN_ENDING = timedelta(days=30)
"""The end of a client's own certificate, which nobody here renews, is shown to people so long before."""
STILL_SERVED = "probe.still_served"
"""What a prober says of a site that should be off and is not."""


class Account(masks.MaskedRows):
    """One Unix user with its quota, sites and access, on one machine."""

    MASKED: ClassVar[Mapping[str, Callable[[Any], Any]]] = {"suspended_reason": masks.words}

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        SUSPENDED = "suspended", _("suspended")
        CLOSED = "closed", _("closed")

    client = models.ForeignKey("people.Client", on_delete=models.PROTECT, related_name="accounts")
    login = models.CharField(_("login"), max_length=24, unique=True)
    uid = models.PositiveIntegerField(_("user id"), unique=True)
    machine = models.ForeignKey("fleet.Machine", on_delete=models.PROTECT, related_name="accounts")
    placed_code = models.CharField(max_length=64, blank=True)
    """Why this machine."""
    placed_facts = models.JSONField(default=dict)
    """What varies in that sentence, by name."""
    placed_because = models.TextField(_("why this machine"), blank=True)
    """The sentence itself, of accounts from before there were codes."""
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.ACTIVE)
    offer = models.ForeignKey("hosting.Offer", on_delete=models.PROTECT, related_name="accounts")
    offer_revision = models.PositiveIntegerField(default=0)
    """Which of its revisions the account was given."""
    own_limits = models.JSONField(default=list)
    """Names of the limits that the team set for this account alone: its offer does not move them."""
    quota_bytes = models.BigIntegerField(_("disk quota"), default=10 * 1024**3)
    processes = models.PositiveIntegerField(_("processes"), default=64)
    memory_bytes = models.BigIntegerField(_("memory"), default=512 * 1024**2)
    php_extensions = models.JSONField(_("PHP extensions"), default=dict)
    """What was chosen for its PHP, names by version: of these, what its offer and its machine do not have any more is left out."""
    php_extensions_again = models.PositiveIntegerField(default=0)
    """Grows when the same are chosen once more, to try what did not stay up."""
    suspended_reason = models.TextField(_("reason"), blank=True)
    """Kept while the account is closed: restoring it does not lift a suspension."""
    suspended_by_team = models.BooleanField(default=False)
    """What the team suspended, only the team resumes."""
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    erase_after = models.DateTimeField(_("kept until"), null=True, blank=True)

    class Meta:
        ordering = ["login"]
        constraints = [models.CheckConstraint(condition=Q(uid__gte=20_000), name="account_uid_from_20000")]

    def __str__(self) -> str:
        return self.login

    @property
    def full_percent(self) -> int:
        """How much of its quota is used, if that is 90 % or more, as its machine last said; else 0."""
        full: dict[str, int] = self.machine.beat.get("full", {})
        return full.get(self.login, 0) if self.state == Account.State.ACTIVE else 0

    @property
    def placed_said(self) -> str:
        """Why this machine, in the reader's language."""
        return sentence_of(self.placed_code, self.placed_facts, self.placed_because)


class Site(masks.MaskedRows):
    """One FQDN with its own content. An alias is not counted as a site."""

    MASKED: ClassVar[Mapping[str, Callable[[Any], Any]]] = {"suspended_reason": masks.words}

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        SUSPENDED = "suspended", _("suspended")
        CLOSED = "closed", _("closed")

    class Health(models.TextChoices):
        """How far the newest wish has come, kept up by the worker so that lists need no join."""

        WAITING = "waiting", _("waiting for the machine")
        APPLYING = "applying", _("being made")
        PROVING = "proving", _("being proved")
        LIVE = "live", _("live")
        FAILED = "failed", _("failed")
        CHANGED = "changed", _("not as it should be")
        OFF = "off", _("off")  # suspended or closed, and proved so

    class Engine(models.TextChoices):
        """What answers for the site's files."""

        NGINX = "nginx", _("nginx")
        APACHE = "apache", _("Apache behind nginx")
        PROGRAM = "program", _("a program of yours")

    class Tls(models.TextChoices):
        """Which clients may come over HTTPS (Mozilla's guidelines, 5.7)."""

        USUAL = "", _("as usual in this house")
        MODERN = "modern", _("modern: TLS 1.3")
        INTERMEDIATE = "intermediate", _("intermediate: TLS 1.2 too, for old devices and programs")

    class Shield(models.TextChoices):
        """What a raised shield does."""

        CALM = "calm", _("calm")
        CHECKED = "checked", _("checked")

    class Https(models.TextChoices):
        NONE = "none", _("not asked")
        PENDING = "pending", _("being obtained")
        LIVE = "live", _("live")
        FAILED = "failed", _("not yet")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="sites")
    fqdn = models.CharField(_("name"), max_length=253, unique=True)
    """A-labels, as DNS has it."""
    name_unicode = models.CharField(_("name as read"), max_length=253)
    docroot = models.CharField(_("published folder"), max_length=200, blank=True)
    php = models.CharField(_("PHP version"), max_length=4, default=DEFAULT)
    php_before = models.CharField(max_length=4, blank=True)
    """The version that the last change took away and that one act puts back; empty: nothing to put back."""
    php_settings = models.JSONField(_("PHP settings"), default=dict)
    """What differs from the usual, by the name that PHP has for it; values as `contract.php` writes them."""
    php_preview = models.JSONField(default=dict)
    """What its machine is told of a version that is tried (`PhpTrial`), so that a wish needs no other row; empty: none is."""
    engine = models.CharField(_("engine"), max_length=7, choices=Engine, default=Engine.NGINX)
    engine_before = models.CharField(max_length=7, blank=True)
    """The engine that the last change took away and that one act puts back; empty: nothing to put back."""
    engine_troubles = models.JSONField(default=list)
    """What keeps the engine from answering, as its machine last told: a code, facts and the moment of each (`troubles.py`)."""
    limits = models.PositiveSmallIntegerField(_("times the usual limits"), default=1)
    """Of what a visitor, and all of them, may ask for at once."""
    shield = models.CharField(_("shield"), max_length=7, choices=Shield, blank=True)
    """Raised while the site is flooded; empty: down."""
    shield_until = models.DateTimeField(_("shield until"), null=True, blank=True)
    """Then it comes down by itself; None: it stays until somebody takes it down."""
    shield_ways = models.JSONField(_("left out by the shield"), default=list)
    """As people write them; kept while it is down, for the next time."""
    rules = models.JSONField(_("rules"), default=dict)
    """What its client chose of names and paths, as `contract.Rules` has it; what is as usual is left out."""
    rules_before = models.JSONField(null=True, default=None)
    """The rules before the last change, that one act puts back; null: none were."""
    maintenance = models.JSONField(null=True, default=None)
    """As `contract.Maintenance` has it; null: it is in none."""
    https_only = models.BooleanField(_("redirect to HTTPS"), default=True)
    tls = models.CharField(_("TLS versions"), max_length=12, choices=Tls, blank=True, default=Tls.USUAL)
    certificate_own = models.BooleanField(default=False)
    """It is served with the certificate that its client brought (`own_certificate`)."""
    certificate_reissue = models.BigIntegerField(default=0)
    """Number of the last `Reissue` that it was part of."""
    proof = models.CharField(max_length=26)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.ACTIVE)
    suspended_reason = models.TextField(_("reason"), blank=True)
    """Kept while the site is closed: restoring it does not lift a suspension."""
    suspended_by_team = models.BooleanField(default=False)
    """What the team suspended, only the team resumes."""
    health = models.CharField(_("health"), max_length=8, choices=Health, default=Health.WAITING)
    health_code = models.CharField(max_length=64, blank=True)
    health_facts = models.JSONField(default=dict)
    """What varies in the sentence and the advice, by name."""
    health_sentence = models.TextField(blank=True)
    health_advice = models.TextField(blank=True)
    https = models.CharField(_("HTTPS"), max_length=7, choices=Https, default=Https.PENDING)
    https_code = models.CharField(max_length=64, blank=True)
    https_facts = models.JSONField(default=dict)
    https_sentence = models.TextField(blank=True)
    certificate_not_after = models.DateTimeField(_("certificate until"), null=True, blank=True)
    front_status = models.PositiveSmallIntegerField(_("status of the front page"), null=True)
    proved_revision = models.BigIntegerField(default=0)
    """Revision of the site's wish that was last proved from outside."""
    proved_at = models.DateTimeField(_("last proved"), null=True)
    revision_proved_at = models.DateTimeField(null=True)
    """When that revision was first proved; `proved_at` moves on with every later proof."""
    https_proved_at = models.DateTimeField(null=True)
    """When HTTPS was first proved since it was last not."""
    live_seconds = models.FloatField(_("seconds from order to live"), null=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    erase_after = models.DateTimeField(_("kept until"), null=True, blank=True)

    class Meta:
        ordering = ["fqdn"]
        constraints = [models.CheckConstraint(condition=Q(fqdn=Lower("fqdn")), name="site_fqdn_lower")]
        indexes = [
            models.Index(fields=["account", "fqdn"], name="site_account_fqdn"),
            models.Index(fields=["health", "fqdn"], name="site_health_fqdn"),
            # Nothing behind the state: SQLite reads the newest of a state straight from it, by row number.
            models.Index(fields=["state"], name="site_state"),
        ]

    def __str__(self) -> str:
        return self.name_unicode or self.fqdn

    @property
    def health_said(self) -> str:
        """What is the matter, in the reader's language."""
        return sentence_of(self.health_code, self.health_facts, self.health_sentence)

    @property
    def health_advised(self) -> str:
        """What can be done about it, in the reader's language."""
        return advice_of(self.health_code, self.health_facts, self.health_advice)

    @property
    def https_said(self) -> str:
        """Why not yet over HTTPS, or why its certificate is not renewed, in the reader's language."""
        return sentence_of(self.https_code, self.https_facts, self.https_sentence)

    @property
    def https_advised(self) -> str:
        """What can be done about it, in the reader's language."""
        return advice_of(self.https_code, self.https_facts, "")

    @property
    def renewal_fails(self) -> bool:
        """It is served over HTTPS, and its machine could not get the next certificate when it last tried."""
        return self.https == Site.Https.LIVE and self.https_code.startswith(OF_CERTIFICATES)

    @property
    def certificate_is_ending(self) -> bool:
        """Its certificate ends soon and the renewal fails, or nobody renews it: somebody has to look."""
        ends, before = self.certificate_not_after, OWN_ENDING if self.certificate_own else ENDING
        is_left = self.certificate_own or self.renewal_fails
        return is_left and ends is not None and ends <= timezone.now() + before

    @property
    def certificate_said(self) -> str:
        """That its certificate is ending and why, in the reader's language; empty: it is not."""
        if not self.certificate_is_ending or self.certificate_not_after is None:
            return ""
        day = formats.date_format(timezone.localtime(self.certificate_not_after), "j F Y")
        if self.certificate_own:
            words = gettext(
                "Its own certificate ends on %(day)s: upload the next one, or use an automatic certificate."
            )
            return words % {"day": day}
        words = gettext("Its certificate ends on %(day)s and could not be renewed yet: %(reason)s")
        return words % {"day": day, "reason": self.https_said}


class Upload(models.Model):
    """What a client put as a site's content, until the machine has it."""

    class State(models.TextChoices):
        RECEIVED = "received", _("received")
        SENT = "sent", _("sent to the machine")
        IN_PLACE = "in_place", _("in place")
        REFUSED = "refused", _("refused")
        UNDONE = "undone", _("undone")

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="uploads")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    upload = models.CharField(max_length=26, unique=True)
    filename = models.CharField(_("file"), max_length=200)
    archive = models.CharField(max_length=4)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.BigIntegerField(_("size"))
    files = models.PositiveIntegerField(_("files"), default=0)
    unpacked_bytes = models.BigIntegerField(_("unpacked"), default=0)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.RECEIVED)
    code = models.CharField(max_length=64, blank=True)
    facts = models.JSONField(default=dict)
    """What varies in sentence and advice, by name."""
    sentence = models.TextField(blank=True)
    advice = models.TextField(blank=True)
    at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.filename

    @property
    def said(self) -> str:
        """The machine's sentence, in the reader's language."""
        return sentence_of(self.code, self.facts, self.sentence)

    @property
    def advised(self) -> str:
        """The machine's advice, in the reader's language."""
        return advice_of(self.code, self.facts, self.advice)


class ProofLine(models.Model):
    """The newest result of one request of a site's proof, shown as a table on its page."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="proofs")
    name = models.CharField(max_length=253)
    scheme = models.CharField(max_length=5)
    family = models.CharField(max_length=4)
    check_name = models.CharField(max_length=6, default="proof")
    address = models.GenericIPAddressField(null=True)
    ok = models.BooleanField(default=False)
    status = models.PositiveSmallIntegerField(default=0)
    seconds = models.FloatField(default=0.0)
    code = models.CharField(max_length=64, blank=True)
    facts = models.JSONField(default=dict)
    """What varies in the sentence, by name."""
    sentence = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["site_id", "name", "scheme", "family"]
        constraints = [
            models.UniqueConstraint(fields=["site", "name", "scheme", "family", "check_name"], name="proof_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.scheme} {self.family}"

    @property
    def is_of_absence(self) -> bool:
        """It was looked whether the site is off: where it is served, its proof answers with status 200 or fails."""
        return self.check_name == "proof" and (self.code == STILL_SERVED or (self.ok and self.status != HTTPStatus.OK))

    @property
    def said(self) -> str:
        """What was seen, in the reader's language."""
        return sentence_of(self.code, self.facts, self.sentence)
