"""The audit trail and idempotency keys: what every room writes to. No domain word stands here."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from essaim.manager.core import masks


class AuditLine(masks.MaskedRows):
    """One thing that a person or the platform did. Append-only: the database itself refuses update and delete (triggers in migrations
    0002 and 0004; a word may go, with its salt), and each line carries the hash of the one before.
    """

    MASKED: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "who": masks.email,
        "about_key": masks.email,
        "origin": masks.words,
        "reason": masks.words,
        "facts": masks.facts,
        "previous_hash": masks.gone,  # a hash of what is hidden: guesses could be tried on it
        "hash": masks.gone,
        "salts": masks.gone,
        "sealed": masks.gone,
    }

    at = models.DateTimeField(_("when"))
    code = models.CharField(_("what"), max_length=64)
    """Dotted, room first: `hosting.site_created`."""
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    """Null: the platform itself."""
    who = models.CharField(_("who"), max_length=254)
    """The person's e-mail at that time, or `essaim`."""
    about_kind = models.CharField(max_length=16)
    about_key = models.CharField(max_length=253)
    client_slug = models.CharField(max_length=64, blank=True)
    """The client whose thing it is; empty for what is the house's own."""
    origin = models.CharField(_("from where"), max_length=64, blank=True)
    """Address and way in: `web 203.0.113.7`, `api ...`, `cli`, `worker`."""
    reason = models.TextField(_("reason"), blank=True)
    facts = models.JSONField(default=dict)
    salts = models.JSONField(null=True)
    """By word (`audit_words`): what its hash was made with; gone with a word that was forgotten. Null: from before words could go."""
    sealed = models.JSONField(null=True)
    """By word: the hash of it and its salt. The chain covers these."""
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["about_kind", "about_key", "id"], name="audit_about"),
            models.Index(fields=["client_slug", "id"], name="audit_client"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.code} {self.about_key}"

    def is_about_others(self, who: masks.Reader) -> bool:
        """Every line but those about the reader's own clients."""
        return self.__dict__.get("client_slug", "") not in who.clients.values()


class IdempotencyKey(models.Model):
    """An answer already given to a request: the same key from the same person gets it again, once a day is kept."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=128)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    """Null: the request is still under way, or its process was killed; the transaction that did it decides."""
    body = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return self.key


class Mail(masks.MaskedRows):
    """One letter to one person, from the transaction that wanted it until a mail server took it. Once that happened, or was given up,
    its text is forgotten: it may have held a link that opens something.
    """

    MASKED: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "to": masks.email,
        "subject": masks.gone,  # it names whom the letter is about
        "text": masks.gone,
        "html": masks.gone,
        "refusal": masks.words,
    }

    to = models.EmailField(_("to"), max_length=254)
    kind = models.CharField(_("what"), max_length=40)
    language = models.CharField(max_length=2, default="fr")
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    message_id = models.CharField(max_length=120, unique=True)
    """The same for every try: a reader's program that gets two knows them as one (RFC 5322, section 3.6.4)."""
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    due_at = models.DateTimeField(_("next try"), db_index=True, null=True)
    """Null: taken, or given up."""
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    sent_at = models.DateTimeField(_("taken"), null=True)
    refusal = models.TextField(_("refusal"), blank=True)
    """What the mail server said last."""

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}"

    @property
    def is_given_up(self) -> bool:
        """Nobody tries any more, and it was not taken."""
        return self.due_at is None and self.sent_at is None
