"""Views of the queue that a person named: the filters they come back to, found by a name."""

from __future__ import annotations

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.db.models.functions import Lower

from portal import clock
from portal.models import User

MOST, LONGEST = 20, 2000


class NameTaken(ValueError):
    """The person has another view of that name."""


class NotKept(ValueError):
    """The view is too long, or the person has as many as the queue's page can show."""


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def of(self, person: User) -> SavedViewQuerySet:
        """A person's own views, by name; nobody sees another's."""
        return self.filter(person=person).order_by(Lower("name"))

    def named(self, name: str) -> SavedViewQuerySet:
        """Those of that name, in capitals or not, as the constraint compares them."""
        return self.annotate(lower=Lower("name")).filter(lower=Lower(models.Value(name)))


class SavedViewManager(models.Manager.from_queryset(SavedViewQuerySet)):
    @transaction.atomic
    def keep(self, *, by: User, name: str, query: str) -> tuple[SavedView, bool]:
        """Keep a view under a name; of one with that name the filters are replaced.

        Also says whether it is a new one. Raises NotKept.
        """
        if len(query) > LONGEST:
            raise NotKept("Search for fewer or shorter words: a view can’t keep as many letters.")
        # Held until the end, so that two tabs can't pass the limit together.
        User.objects.select_for_update().get(pk=by.pk)
        values = {"name": name, "query": query, "saved_at": clock.now()}
        if known := self.of(by).named(name).first():
            self.filter(pk=known.pk).update(**values)
            known.refresh_from_db()
            return known, False
        if self.of(by).count() >= MOST:
            raise NotKept(f"You have {MOST} views. Remove one, or replace one of them.")
        return self.create(person=by, **values), True


class SavedView(models.Model):
    """What one person looks at often: a view of the queue with its filters, as its address."""

    person = models.ForeignKey(User, models.PROTECT, related_name="saved_views")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=LONGEST)
    saved_at = models.DateTimeField()

    objects = SavedViewManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                "person", Lower("name"), name="a_person_names_each_saved_view_once"
            ),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(query=""), name="a_saved_view_has_a_name_and_filters"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def rename(self, *, by: User, name: str) -> None:
        """Give it another name. Raises NameTaken."""
        try:
            with transaction.atomic():
                SavedView.objects.of(by).filter(pk=self.pk).update(name=name)
        except IntegrityError as twice:
            raise NameTaken(f"You have another view named “{name}”.") from twice
        self.name = name

    def remove(self, *, by: User) -> None:
        """Take it off the person's list; what it showed is not touched."""
        SavedView.objects.of(by).filter(pk=self.pk).delete()
