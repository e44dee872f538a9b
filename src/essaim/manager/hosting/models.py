"""Accounts, sites and what belongs to them: the rows are what is wanted; machines report how far it has come."""

from http import HTTPStatus

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from essaim.contract.php import DEFAULT
from essaim.manager.fleet.sentences import advice_of, sentence_of
from essaim.manager.hosting.names import as_read

STILL_SERVED = "probe.still_served"
"""What a prober says of a site that should be off and is not."""


class Account(models.Model):
    """One Unix user with its quota, sites and access, on one machine."""

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
    quota_bytes = models.BigIntegerField(_("disk quota"), default=10 * 1024**3)
    processes = models.PositiveIntegerField(_("processes"), default=64)
    memory_bytes = models.BigIntegerField(_("memory"), default=512 * 1024**2)
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
    def placed_said(self) -> str:
        """Why this machine, in the reader's language."""
        return sentence_of(self.placed_code, self.placed_facts, self.placed_because)


class Site(models.Model):
    """One FQDN with its own content. An alias is not counted as a site."""

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
    https_only = models.BooleanField(_("redirect to HTTPS"), default=True)
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
        """Why not yet over HTTPS, in the reader's language."""
        return sentence_of(self.https_code, self.https_facts, self.https_sentence)


class Alias(models.Model):
    """Another name of a site, answered with the same content."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="aliases")
    fqdn = models.CharField(_("name"), max_length=253, unique=True)
    name_unicode = models.CharField(_("name as read"), max_length=253)

    class Meta:
        ordering = ["fqdn"]
        constraints = [models.CheckConstraint(condition=Q(fqdn=Lower("fqdn")), name="alias_fqdn_lower")]

    def __str__(self) -> str:
        return self.name_unicode


class TakenName(models.Model):
    """Every name in use, of sites and aliases alike: the one place where two people cannot have the same name.

    `registrable` and `skeleton` find, each by an index, names under the same domain and names that look the same.
    """

    fqdn = models.CharField(max_length=253, unique=True)
    registrable = models.CharField(max_length=253, db_index=True)
    skeleton = models.CharField(max_length=253, db_index=True)
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="taken_names")

    class Meta:
        ordering = ["fqdn"]
        constraints = [models.CheckConstraint(condition=Q(fqdn=Lower("fqdn")), name="taken_fqdn_lower")]

    def __str__(self) -> str:
        return self.fqdn


class Sequence(models.Model):
    """A number that only grows. User ids come from here: one is never given twice, also after its account was erased,
    because a file that outlived an account must not fall to another.
    """

    name = models.CharField(max_length=16, primary_key=True)
    last = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.name}: {self.last}"


class NameConsent(models.Model):
    """A client lets another hang names under one of its own (`shop.example.org` under `example.org`), or take a name
    that looks like it.
    """

    fqdn = models.CharField(_("name"), max_length=253)
    owner = models.ForeignKey("people.Client", on_delete=models.CASCADE, related_name="consents_given")
    guest = models.ForeignKey("people.Client", on_delete=models.CASCADE, related_name="consents_received")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fqdn", "owner", "guest"], name="consent_once")]

    def __str__(self) -> str:
        return f"{self.fqdn}: {self.owner_id} to {self.guest_id}"

    @property
    def name_unicode(self) -> str:
        """The name as people read it."""
        return as_read(self.fqdn)


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
    check_name = models.CharField(max_length=5, default="proof")
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
