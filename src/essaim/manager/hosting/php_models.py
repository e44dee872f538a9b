"""What is known of a site's PHP besides what is wanted: its errors, what it says of itself, a version that is tried."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from essaim.contract.php_reports import FILE_MAX, MESSAGE_MAX

if TYPE_CHECKING:
    from essaim.manager.hosting.models import Site


class PhpError(models.Model):
    """Errors of one severity, message, file and line that a version of PHP logged for a site, counted."""

    class Severity(models.TextChoices):
        FATAL = "fatal", _("fatal error")
        PARSE = "parse", _("syntax error")
        WARNING = "warning", _("warning")
        NOTICE = "notice", _("notice")
        DEPRECATED = "deprecated", _("deprecated")
        MESSAGE = "message", _("message of a script")

    site = models.ForeignKey("hosting.Site", on_delete=models.CASCADE, related_name="php_errors")
    digest = models.CharField(max_length=64)
    """Of what makes two errors the same."""
    version = models.CharField(_("PHP version"), max_length=4)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity)
    message = models.CharField(_("message"), max_length=MESSAGE_MAX)
    """Of the newest one."""
    file = models.CharField(_("file"), max_length=FILE_MAX, blank=True)
    """Relative to the site's directory."""
    line = models.PositiveIntegerField(_("line"), default=0)
    trace = models.JSONField(default=list)
    """Frames of the newest one, without arguments."""
    count = models.PositiveIntegerField(_("how often"), default=1)
    is_more = models.BooleanField(default=False)
    """More was logged than is read: there were so many at least."""
    first_seen = models.DateTimeField(_("first"))
    last_seen = models.DateTimeField(_("last"))

    class Meta:
        ordering = ["-last_seen", "-id"]
        constraints = [models.UniqueConstraint(fields=["site", "digest"], name="php_error_once")]
        indexes = [models.Index(fields=["site", "-last_seen", "-id"], name="php_error_newest")]

    def __str__(self) -> str:
        return self.message


class Question(models.Model):
    """Something that a machine is asked about a site's PHP, again until it answers or too often."""

    ASKS_MAX = 8

    asked = models.CharField(max_length=26)
    """The id of the question: an answer to another one is old news."""
    asked_at = models.DateTimeField()
    asks = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=32, blank=True)
    """Why there is no answer."""
    answer = models.JSONField(default=dict)

    class Meta:
        abstract = True

    @property
    def is_waiting(self) -> bool:
        """It is asked, and an answer may come."""
        return self.answered_at is None and not self.is_given_up

    @property
    def seen(self) -> str:
        """Differs when there is something else to show of it."""
        return f"{self.asked[:6]}.{self.is_given_up:d}.{self.answered_at is not None:d}"

    @property
    def is_given_up(self) -> bool:
        """It was asked too often without an answer."""
        return self.answered_at is None and self.asks >= self.ASKS_MAX

    def ask(self, asked: str) -> None:
        """Have it asked anew; what was answered before is forgotten."""
        self.asked, self.asked_at, self.asks = asked, timezone.now(), 0
        self.sent_at = self.answered_at = None
        self.code, self.answer = "", {}

    def take(self, code: str, answer: dict[str, Any]) -> None:
        """The machine answered."""
        self.answered_at, self.code, self.answer = timezone.now(), code, answer


class PhpInfo(Question):
    """What a site's PHP says of itself, as last asked."""

    site = models.OneToOneField("hosting.Site", on_delete=models.CASCADE, related_name="php_info")

    def __str__(self) -> str:
        return f"PHP of {self.site_id}"


class PhpTrial(Question):
    """A version of PHP that somebody tries on a site, and the comparison of its pages. The site's `php_preview` is what its machine is
    told of it; the question's id is the token.
    """

    LASTS = timedelta(hours=24)

    site = models.OneToOneField("hosting.Site", on_delete=models.CASCADE, related_name="php_trial")
    version = models.CharField(_("PHP version"), max_length=4)
    until = models.DateTimeField(_("until"), db_index=True)

    def __str__(self) -> str:
        return f"PHP {self.version} on {self.site_id}"

    @property
    def preview(self) -> dict[str, str | float]:
        """As `contract.php.Preview` has it."""
        return {"version": self.version, "token": self.asked, "until": self.until.timestamp()}


def end_trial(site: "Site") -> bool:
    """Nobody tries another version on `site` any more, whose row is the caller's to save. Whether somebody did."""
    site.php_preview = {}
    return PhpTrial.objects.filter(site=site).delete()[0] > 0


def moment(at: float) -> datetime:
    """Seconds of a machine's clock as a time, never in the future."""
    try:
        return min(timezone.now(), datetime.fromtimestamp(at, timezone.get_default_timezone()))
    except (ValueError, OverflowError, OSError):
        return timezone.now()
