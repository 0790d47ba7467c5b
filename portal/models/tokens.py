"""One-time form tokens that have been used."""

from django.conf import settings
from django.db import models


class FormToken(models.Model):
    """A form that was sent: the same form sent again answers with this one's result."""

    token = models.CharField(max_length=64, unique=True)
    act = models.CharField(max_length=80)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="form_tokens")
    result = models.TextField(blank=True, help_text="The address of the page that answered.")
    used_at = models.DateTimeField()

    def __str__(self):
        return f"{self.act} {self.token}"

    def conclude(self, result_url: str) -> None:
        """Keeps where the first use led, in the same transaction as the act itself."""
        self.result = result_url
        self.save(update_fields=["result"])
