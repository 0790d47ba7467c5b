"""Counties, the people who sign in, and who may act and sign for which county."""

from datetime import date
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import get_random_string

from portal import clock


def new_session_salt() -> str:
    """A part of what each session of a person is tied to: a new one ends all their sessions."""
    return get_random_string(16)


class County(models.Model):
    """One of California's 58 counties. Its number and FIPS code are text: "01", "06001"."""

    number = models.CharField(
        primary_key=True,
        max_length=2,
        validators=[RegexValidator(r"^[0-9]{2}\Z", "Enter the two digits of the county, like 01.")],
    )
    name = models.CharField(max_length=60, unique=True)
    official_name = models.CharField(max_length=80)
    fips = models.CharField(
        "FIPS code",
        max_length=5,
        unique=True,
        validators=[RegexValidator(r"^06[0-9]{3}\Z", "Enter five digits that start with 06.")],
    )
    seat = models.CharField("county seat", max_length=60)
    population = models.PositiveIntegerField("population in 2020")
    welfare_department = models.CharField(max_length=160)
    ihss_department = models.CharField("department that runs IHSS", max_length=160)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "counties"

    def __str__(self) -> str:
        return self.official_name


class Role(models.TextChoices):
    """What a person is to the portal: staff of a county, or one of the four who read cases."""

    COUNTY = "county", "County staff"
    REVIEWER = "reviewer", "Reviewer"
    APPROVER = "approver", "Approver"
    ADMINISTRATOR = "administrator", "Administrator"
    AUDITOR = "auditor", "Auditor"


class People(BaseUserManager["User"]):
    """Finds people by email, and adds them: nobody signs up by themselves."""

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=(email or "").strip().lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new person; without a password they can't sign in until they set one by email."""
        if not email:
            raise ValueError("A person needs an email address.")
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """The first administrator of a new portal."""
        return self.create_user(email, password, **{**fields, "role": Role.ADMINISTRATOR})


class User(AbstractBaseUser):
    """A person who signs in by email: county staff, or someone of CDSS or of an audit.

    What they may do follows from the role alone, and for county staff from the counties they
    belong to now. Nobody is deleted; a person who left is made inactive, which ends all their
    sessions at once.
    """

    email = models.EmailField("email address", unique=True)
    name = models.CharField(max_length=120)
    title = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    role = models.CharField(max_length=20, choices=Role, default=Role.COUNTY)
    is_active = models.BooleanField(
        "may sign in",
        default=True,
        help_text="Untick instead of deleting a person who left.",
    )
    joined_at = models.DateTimeField(default=clock.now, editable=False)
    session_salt = models.CharField(max_length=16, default=new_session_salt, editable=False)

    objects = People()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name", "email"]
        verbose_name = "person"
        verbose_name_plural = "people"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="person_email_is_lower_case",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="person_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        super().clean()
        self.email = self.email.strip().lower()

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keeps the address in lower case; an inactive person's sessions end for good."""
        self.email = self.email.strip().lower()
        if not self.is_active:
            self.session_salt = new_session_salt()
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "session_salt"}
        super().save(*args, **kwargs)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        self.__dict__.pop("_memberships", None)
        super().refresh_from_db(*args, **kwargs)

    def get_session_auth_hash(self) -> str:
        """What a session is tied to: the password, and the salt that `save` renews."""
        return super().get_session_auth_hash() + self.session_salt

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    @property
    def is_county(self) -> bool:
        return self.role == Role.COUNTY

    @property
    def is_reviewer(self) -> bool:
        """Reviewers, and approvers, who are reviewers too."""
        return self.role in (Role.REVIEWER, Role.APPROVER)

    @property
    def is_approver(self) -> bool:
        return self.role == Role.APPROVER

    @property
    def is_administrator(self) -> bool:
        return self.role == Role.ADMINISTRATOR

    @property
    def is_auditor(self) -> bool:
        return self.role == Role.AUDITOR

    @property
    def reads_cases(self) -> bool:
        """Anyone who sees the proposals of all counties once they are sent."""
        return self.is_reviewer or self.is_administrator or self.is_auditor

    @property
    def is_staff(self) -> bool:
        """Whether the administration pages open for this person."""
        return self.is_active and self.is_administrator

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_staff

    def has_perms(self, perm_list: list[str], obj: object = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff

    @property
    def current_memberships(self) -> list["Membership"]:
        """The counties this person acts for now; read once and kept with this instance."""
        if "_memberships" not in self.__dict__:
            self._memberships = (
                list(
                    self.memberships.filter(ended_at=None)
                    .select_related("county")
                    .order_by("county__name")
                )
                if self.is_county
                else []
            )
        return self._memberships

    @property
    def county_list(self) -> list[County]:
        """The counties of this person by name, without a further query."""
        return [membership.county for membership in self.current_memberships]

    def counties(self) -> models.QuerySet[County]:
        """The counties of this person, as the choices of a form or the scope of a query."""
        return County.objects.filter(pk__in=[m.county_id for m in self.current_memberships])

    def belongs_to(self, county: County) -> bool:
        return any(m.county_id == county.pk for m in self.current_memberships)

    def may_sign_for(self, county: County, on: date | None = None) -> bool:
        """Whether this person may send a proposal of that county, on that Pacific date."""
        return any(
            m.county_id == county.pk and m.may_sign(on or clock.today())
            for m in self.current_memberships
        )


class Membership(models.Model):
    """That a person works for a county, and whether they may sign for it: from, until, by whom.

    The signer is the county's director or a delegate; others prepare and ask for a signature.
    """

    user = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        related_name="memberships",
        verbose_name="person",
    )
    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="memberships")
    since = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    may_sign_from = models.DateField(
        null=True, blank=True, help_text="Leave empty when this person doesn't sign."
    )
    may_sign_until = models.DateField(
        null=True, blank=True, help_text="The last day included; empty for no end."
    )
    may_sign_granted_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="granted_signatures",
    )

    class Meta:
        ordering = ["county__name", "user__name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "county"], name="one_membership_per_county"),
            models.CheckConstraint(
                condition=models.Q(may_sign_until=None)
                | models.Q(
                    may_sign_from__isnull=False, may_sign_from__lte=models.F("may_sign_until")
                ),
                name="may_sign_from_before_until",
                violation_error_message="Enter a first day of signing that isn't after the last.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.county}"

    def may_sign(self, on: date) -> bool:
        """Whether this membership gives the right to sign on that date."""
        return (
            self.ended_at is None
            and self.may_sign_from is not None
            and self.may_sign_from <= on
            and (self.may_sign_until is None or on <= self.may_sign_until)
        )
