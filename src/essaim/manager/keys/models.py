"""People as Unix users of machines, the certificates they were given, and the sessions that machines told of."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MachineUser(models.Model):
    """A person's Unix user, the same on every machine. Its login and number are never given to another person."""

    person = models.OneToOneField("people.Person", on_delete=models.SET_NULL, null=True, related_name="machine_user")
    """Null: the person is gone; files of theirs on machines keep the number."""
    login = models.CharField(_("login"), max_length=24, unique=True)
    uid = models.PositiveIntegerField(unique=True)

    def __str__(self) -> str:
        return self.login


class HostCertificate(models.Model):
    """What lets a person's computer know a machine: its own key, signed."""

    machine = models.OneToOneField("fleet.Machine", on_delete=models.CASCADE, related_name="host_certificate")
    host_key = models.CharField(max_length=200)
    text = models.TextField()
    valid_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"of {self.machine_id} until {self.valid_until:%Y-%m-%d}"


class Certificate(models.Model):
    """A key to machines, for one person, one role and at most eight hours. The private half never was here."""

    class Role(models.TextChoices):
        OPERATOR = "operator", _("operator")
        ROOT = "root", _("root")

    serial = models.BigIntegerField(unique=True)
    """Random, so that a Manager restored from yesterday gives none out twice."""
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="certificates")
    login = models.CharField(_("login"), max_length=24)
    role = models.CharField(_("role"), max_length=8, choices=Role)
    machines = models.JSONField(_("machines"))
    """Names."""
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    origin = models.CharField(_("from"), max_length=64, blank=True)
    issued_at = models.DateTimeField(_("given"), default=timezone.now)
    valid_until = models.DateTimeField(_("until"))
    revoked_at = models.DateTimeField(_("revoked"), null=True)
    revoked_by = models.ForeignKey("people.Person", on_delete=models.SET_NULL, null=True, related_name="+")
    revoke_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-issued_at", "-id"]
        indexes = [models.Index(fields=["valid_until"], condition=Q(revoked_at=None), name="certificate_valid")]

    def __str__(self) -> str:
        return self.key_id

    @property
    def key_id(self) -> str:
        """What machines log of it."""
        return f"{self.login}/{self.role}/{self.serial}"

    @property
    def is_valid(self) -> bool:
        """It opens machines now."""
        return self.revoked_at is None and self.valid_until > timezone.now()


class Confirmation(models.Model):
    """A person has shown in the browser that it is them: their command line may ask for certificates for some minutes."""

    person = models.OneToOneField("people.Person", on_delete=models.CASCADE, related_name="+")
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person_id} until {self.until:%H:%M}"


class Session(models.Model):
    """A shell or a command that somebody ran on a machine, as the machine tells it."""

    machine = models.ForeignKey("fleet.Machine", on_delete=models.CASCADE, related_name="ssh_sessions")
    number = models.CharField(max_length=16)
    """The machine's own name for it."""
    serial = models.BigIntegerField()
    certificate = models.ForeignKey(Certificate, on_delete=models.SET_NULL, null=True, related_name="sessions")
    """Null: none that was given out here opened it."""
    login = models.CharField(_("login"), max_length=24)
    role = models.CharField(_("role"), max_length=8, choices=Certificate.Role)
    origin = models.CharField(_("from"), max_length=64, blank=True)
    command = models.TextField(_("command"), blank=True)
    opened_at = models.DateTimeField(_("opened"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    is_cut = models.BooleanField(default=False)
    recording = models.CharField(max_length=300, blank=True)
    glass = models.CharField(_("by the break-glass key"), max_length=80, blank=True)
    """Who it is by their own word; empty: a certificate of the Manager opened it."""
    glass_heard_at = models.DateTimeField(null=True)
    """When the machine last told of that use: it tells until it is answered."""
    became_root = models.JSONField(default=list)
    """Each time that it became root: `at`, `reason`, `command`."""

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["machine", "number"], name="ssh_session_once")]
        indexes = [
            models.Index(fields=["-opened_at"], name="ssh_session_opened"),
            models.Index(fields=["glass_heard_at"], condition=~Q(glass_heard_at=None), name="ssh_session_glass"),
        ]

    def __str__(self) -> str:
        return f"{self.login} on {self.machine_id} at {self.opened_at:%Y-%m-%d %H:%M}"


class GlassAuthority(models.Model):
    """The public half of a key whose certificates open machines when nothing of the Manager is left; two of five sheets give the other half."""

    public = models.CharField(_("public key"), max_length=120, unique=True)
    """As `ssh-ed25519 AAAA...`."""
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(models.Value(1), condition=Q(ended_at=None), name="glass_authority_one_open")
        ]

    def __str__(self) -> str:
        return self.public
