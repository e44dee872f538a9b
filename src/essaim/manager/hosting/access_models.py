"""Which accounts a technician of a client was given. The list lives here, for people know nothing of accounts."""

from django.db import models


class TechnicianAccount(models.Model):
    """One account that one technician may look after. It goes when they leave, and when the account is erased."""

    membership = models.ForeignKey("people.Membership", on_delete=models.CASCADE, related_name="technician_accounts")
    account = models.ForeignKey("hosting.Account", on_delete=models.CASCADE, related_name="technicians")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "account"], name="technician_account_once")]

    def __str__(self) -> str:
        return f"{self.membership_id} {self.account_id}"
