"""A client's own program that answers for a site: what is wanted of it, and how its machine last saw it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from essaim.contract.program import RUNTIMES
from essaim.manager.fleet.sentences import advice_of, sentence_of


class Program(models.Model):
    """One program. The site is handed to it once it has answered for the first time."""

    class State(models.TextChoices):
        WAITING = "waiting", _("being started")
        RUNNING = "running", _("running")
        ASLEEP = "asleep", _("asleep until it is asked")
        FAILING = "failing", _("ends again and again")
        STOPPED = "stopped", _("stopped")
        REFUSED = "refused", _("not started")

    site = models.OneToOneField("hosting.Site", on_delete=models.CASCADE, related_name="program")
    runtime = models.CharField(_("runtime"), max_length=10)
    words = models.JSONField(_("command"), default=list)
    """What follows the interpreter."""
    environment = models.JSONField(_("variables"), default=dict)
    """Values may be secret: they go to the machine, and are shown to nobody."""
    health = models.CharField(_("address that has to answer"), max_length=201, default="/")
    patience_s = models.PositiveSmallIntegerField(default=30)
    share_percent = models.PositiveSmallIntegerField(_("share"), default=50)
    """Of the account's memory and processes."""
    always_on = models.BooleanField(_("always on"), default=False)
    is_stopped = models.BooleanField(default=False)
    generation = models.PositiveIntegerField(default=0)
    """Grows with every wish to start it anew."""
    content = models.CharField(max_length=40, blank=True)
    """The content that it was last started anew for."""
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    state_code = models.CharField(max_length=64, blank=True)
    state_facts = models.JSONField(default=dict)
    state_sentence = models.TextField(blank=True)
    state_advice = models.TextField(blank=True)
    since = models.DateTimeField(null=True)
    restarts = models.PositiveIntegerField(default=0)
    memory_bytes = models.BigIntegerField(default=0)
    lines = models.TextField(blank=True)
    """The last that it wrote."""
    looked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.site_id}: {self.command}"

    @property
    def label(self) -> str:
        """The runtime as people know it."""
        found = RUNTIMES.get(self.runtime)
        return found.label if found else self.runtime

    @property
    def command(self) -> str:
        """The words as a person types them."""
        import shlex  # shown on few pages

        return shlex.join(self.words)

    @property
    def said(self) -> str:
        """What is the matter, in the reader's language."""
        return sentence_of(self.state_code, self.state_facts, self.state_sentence)

    @property
    def advised(self) -> str:
        """What can be done about it, in the reader's language."""
        return advice_of(self.state_code, self.state_facts, self.state_advice)
