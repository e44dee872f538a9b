"""Machines, what is wanted of them, what they answered, and the story of every object."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from essaim.manager.fleet.sentences import advice_of, sentence_of


class Machine(models.Model):
    """Something an agent runs on."""

    class State(models.TextChoices):
        EXPECTED = "expected", _("expected")  # a token was given out, nobody came yet
        ACTIVE = "active", _("active")
        DRAINING = "draining", _("draining")  # serves, takes nothing new
        REVOKED = "revoked", _("revoked")

    name = models.CharField(_("name"), max_length=32, unique=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.EXPECTED)
    roles = models.JSONField(_("roles"), default=list)
    """Of `web`, `prober`."""
    public_key = models.CharField(_("public key"), max_length=64, blank=True)
    retired_keys = models.JSONField(default=list)
    """Public keys of earlier enrolments: the worker sees to it that the bus refuses them."""
    address4 = models.GenericIPAddressField(_("IPv4 address"), protocol="IPv4", null=True, blank=True)
    address6 = models.GenericIPAddressField(_("IPv6 address"), protocol="IPv6", null=True, blank=True)
    capacity_accounts = models.PositiveIntegerField(_("capacity in accounts"), default=1000)
    facts = models.JSONField(default=dict)
    """From the last `Hello`."""
    beat = models.JSONField(default=dict)
    """The last `Beat`."""
    last_seen_at = models.DateTimeField(_("last seen"), null=True)
    boot_id = models.CharField(max_length=64, blank=True)
    report_sequence = models.BigIntegerField(default=0)
    """Sequence in the reports' stream of the last batch taken in: a batch delivered twice counts once."""
    check_asked_at = models.DateTimeField(null=True)
    """Someone wants wanted compared with real; null again once the agent was asked."""
    strangers = models.JSONField(default=dict)
    """What the agent holds and the manager knows nothing of, `kind.key` to revision: shown, never erased by itself."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def php_versions(self) -> tuple[str, ...]:
        """The PHP it said that it has, in one text."""
        return tuple(str(self.facts.get("php", "")).split())

    @property
    def runtimes(self) -> tuple[str, ...]:
        """The runtimes of programs that it said that it has."""
        return tuple(str(self.facts.get("programs", "")).split())

    @property
    def engines(self) -> tuple[str, ...]:
        """The engines it said that it has; before it said so, nginx, which every web machine has."""
        return tuple(str(self.facts.get("engines", "nginx")).split())


class EnrolmentToken(models.Model):
    """A one-time key with which a new machine enrols. Only its hash is stored."""

    machine = models.ForeignKey(Machine, on_delete=models.CASCADE, related_name="enrolment_tokens")
    sha256 = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"for {self.machine_id}"


class BeatSample(models.Model):
    """Load of a machine, one row each minute, for the plot of the day; kept 48 h."""

    machine = models.ForeignKey(Machine, on_delete=models.CASCADE, related_name="samples")
    at = models.DateTimeField()
    load1 = models.FloatField()
    cpu_percent = models.FloatField()
    memory_percent = models.FloatField()
    disk_percent = models.FloatField()

    class Meta:
        ordering = ["at"]
        indexes = [models.Index(fields=["machine", "at"], name="sample_machine_at")]

    def __str__(self) -> str:
        return f"{self.machine_id} {self.at}"


class BusContact(models.Model):
    """How the worker last stood with the bus. One row, written by the worker alone."""

    looked_at = models.DateTimeField()
    """When the worker was last there to look."""
    answered_at = models.DateTimeField()
    """When the bus was last there; before it ever was, when the worker first looked."""

    def __str__(self) -> str:
        return f"answered {self.answered_at}"


class Wanted(models.Model):
    """One wish: what this machine should hold under `kind` and `key`, and how far it has come."""

    class Outcome(models.TextChoices):
        NONE = "", _("no answer yet")
        APPLIED = "applied", _("applied")
        FAILED = "failed", _("failed")
        DRIFTED = "drifted", _("drifted")
        TOO_NEW = "too_new", _("agent too old")

    class Change(models.TextChoices):
        """What a wish changes of the one before it. Never shown by itself: sentences are chosen by it."""

        NONE = ""  # nothing: it is told the machine once more
        NEW = "new"
        CHANGED = "changed"
        SUSPENDED = "suspended"
        RESUMED = "resumed"
        CLOSED = "closed"
        RESTORED = "restored"
        ERASED = "erased"
        UNDONE = "undone"

    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="wanted")
    kind = models.CharField(max_length=16)
    key = models.CharField(max_length=253)
    revision = models.BigIntegerField()
    spec = models.JSONField(null=True)
    """Null: to be removed."""
    erase = models.BooleanField(default=False)
    change = models.CharField(max_length=9, choices=Change, default=Change.NONE, blank=True)
    changed_at = models.DateTimeField()
    """When this revision was decided."""
    sent_revision = models.BigIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    reported_revision = models.BigIntegerField(default=0)
    """The revision that the answer below is about."""
    reported_sequence = models.BigIntegerField(default=0)
    """Where that answer stands in the reports' stream: one from before it is old news, whenever it is delivered."""
    outcome = models.CharField(max_length=8, choices=Outcome, default=Outcome.NONE, blank=True)
    applied_revision = models.BigIntegerField(default=0)
    """The newest revision known to be real."""
    applied_at = models.DateTimeField(null=True)
    seconds = models.FloatField(null=True)
    code = models.CharField(max_length=64, blank=True)
    sentence = models.TextField(blank=True)
    advice = models.TextField(blank=True)
    sentence_facts = models.JSONField(default=dict)
    """What varies in sentence and advice, by name."""
    retry_at = models.DateTimeField(null=True)
    facts = models.JSONField(default=dict)
    """What the machine told when it was last applied."""

    class Meta:
        ordering = ["machine_id", "kind", "key"]
        constraints = [models.UniqueConstraint(fields=["machine", "kind", "key"], name="wanted_once")]
        indexes = [
            models.Index(fields=["revision"], condition=Q(sent_revision__lt=F("revision")), name="wanted_unsent"),
            models.Index(fields=["kind", "key"], name="wanted_kind_key"),
            models.Index(fields=["machine", "outcome"], condition=~Q(outcome="applied"), name="wanted_troubled"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} on {self.machine_id} at {self.revision}"

    @property
    def is_current(self) -> bool:
        """The machine has made the newest revision real."""
        return self.applied_revision >= self.revision and self.outcome == self.Outcome.APPLIED

    @property
    def is_under_way(self) -> bool:
        """The machine has not answered about the newest revision, or tries it again by itself."""
        tries_again = self.outcome == self.Outcome.FAILED and self.retry_at is not None
        return self.reported_revision < self.revision or tries_again

    @property
    def said(self) -> str:
        """The machine's sentence, in the reader's language."""
        return sentence_of(self.code, self.sentence_facts, self.sentence)

    @property
    def advised(self) -> str:
        """The machine's advice, in the reader's language."""
        return advice_of(self.code, self.sentence_facts, self.advice)


class StoryLine(models.Model):
    """What happened to an object, as its page tells it: decided, sent, applied, proved, failed."""

    class What(models.TextChoices):
        DECIDED = "decided", _("decided")
        SENT = "sent", _("sent to the machine")
        APPLIED = "applied", _("applied")
        PROVED = "proved", _("proved from outside")
        FAILED = "failed", _("failed")
        DRIFTED = "drifted", _("no longer as wanted")
        MENDED = "mended", _("put right")

    about_kind = models.CharField(max_length=16)
    """`site`, `account`, `machine`: the object whose page shows it."""
    about_key = models.CharField(max_length=253)
    at = models.DateTimeField()
    what = models.CharField(max_length=8, choices=What)
    kind = models.CharField(max_length=16)
    """Kind of the wish: a site's story also tells of its certificate, content and probe."""
    revision = models.BigIntegerField(null=True)
    machine = models.CharField(max_length=32, blank=True)
    seconds = models.FloatField(null=True)
    """Applying took this long (`applied`), or time since the wish was decided (`sent`, `proved`)."""
    code = models.CharField(max_length=64, blank=True)
    sentence = models.TextField(blank=True)
    advice = models.TextField(blank=True)
    audit = models.ForeignKey("core.AuditLine", on_delete=models.PROTECT, null=True, related_name="+")
    """Who asked, for `decided`."""
    facts = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["about_kind", "about_key", "id"], name="story_about")]

    def __str__(self) -> str:
        return f"{self.about_key}: {self.what} {self.kind}"

    @property
    def said(self) -> str:
        """The machine's sentence, in the reader's language."""
        return sentence_of(self.code, self.facts, self.sentence)

    @property
    def advised(self) -> str:
        """The machine's advice, in the reader's language."""
        return advice_of(self.code, self.facts, self.advice)
