import structlog
from django.db import IntegrityError, transaction

from shared import problems
from webapp.users import letters, passwords, queries, second_factor, sessions, throttles, tokens
from webapp.users.models import Letter, RefreshFamily, Registration, ResetToken, Throttle, User

log = structlog.get_logger(__name__)


class WrongCredentials(Exception):
    """Address and password do not belong together, or the address is not confirmed yet."""


class LinkNotValid(Exception):
    """The link is too old, was used already, or has been replaced by a newer one."""


problems.register(sessions.NotLoggedIn, status=401, code="not-authenticated", title="Not logged in")
problems.register(sessions.SessionNotYours, status=404, code="not-found", title="Not found")
problems.register(WrongCredentials, status=401, code="wrong-credentials", title="Not logged in")
problems.register(LinkNotValid, status=400, code="link-not-valid", title="Link not valid")


def register(*, email, password, language, address, at):
    """Note that someone wants to become a user; does the same whether the address is known or not.

    :raises Problem: 400 for a weak password, 429 after too many letters to this address
    """
    passwords.check_acceptable(password, email=email, field="password")
    throttles.count("letter-address", address, at=at)
    throttles.count("letter", email, at=at)
    stored = passwords.hashed(password)
    with transaction.atomic():
        registration = Registration.objects.create(
            email=email,
            password=stored,
            language=language,
            requested_at=at,
            expires_at=at + letters.REGISTRATION_LIFETIME,
        )
        letters.ask(kind=Letter.REGISTRATION, email=email, registration=registration, at=at)


def confirm(*, token, address, at):
    """Make a user of someone who could read the mail.

    :raises LinkNotValid: unknown, expired, or the address has a user already
    """
    throttles.count("token-address", address, at=at)
    try:
        with transaction.atomic():
            registration = (
                Registration.objects.select_for_update()
                .filter(token_digest=tokens.digest(token), expires_at__gt=at)
                .first()
            )
            if registration is None:
                raise LinkNotValid
            user = User.objects.create(
                email=registration.email,
                password=registration.password,
                language=registration.language,
                created_at=at,
            )
            Registration.objects.filter(email=user.email).delete()
    except IntegrityError as error:
        raise LinkNotValid from error
    return user


@transaction.atomic
def create_confirmed(*, email, password, role, language, at):
    """Make a user without a mail, for commands; one that exists gets this role and language."""
    user, created = User.objects.get_or_create(
        email=email.lower(),
        defaults={
            "password": passwords.hashed(password),
            "role": role,
            "language": language,
            "created_at": at,
        },
    )
    if not created and (user.role, user.language) != (role, language):
        user.role, user.language = role, language
        user.save(update_fields=["role", "language"])
    return user


def log_in(*, email, password, address, at, code="", device=""):
    """Open a session for someone who knows the password, and the code where one is needed.

    :raises WrongCredentials: the same for unknown, unconfirmed and inactive users, in the same time
    :raises CodeNeeded: the password is right, and the user wants a code as well
    :raises WrongCode: the code is wrong, or was used before
    :raises Problem: 429 after too many tries from one address or for one account
    """
    _count_log_in(email, address, at)
    user = queries.by_email(email)
    if not passwords.matches(password, user) or not user.is_active:
        throttles.note("login-account", email, at=at)
        log.warning("log_in_refused", address=address)
        raise WrongCredentials
    throttles.forget("login-account-address", f"{email} {address}")
    second_factor.check(user=user, code=code, at=at)
    with transaction.atomic():
        # Whoever remembers the password needs no link any more.
        ResetToken.objects.filter(user=user).delete()
        return sessions.open(user=user, at=at, device=device)


def _count_log_in(email, address, at):
    throttles.count("login-address", address, at=at)
    pair = f"{email} {address}"
    if not throttles.exceeded("login-account", email, at=at):
        return throttles.count("login-account-address", pair, at=at)
    # Someone is guessing from many places. Each place gets one try, so the owner is not locked out.
    hits, ends_at = throttles.note("login-account-address", pair, at=at)
    if hits > 1:
        throttles.refuse(ends_at, at=at)
    return None


def request_reset(*, email, address, at):
    """Ask for a link by which to choose another password; does the same whether the address is known or not.

    :raises Problem: 429 after too many letters to this address
    """
    throttles.count("letter-address", address, at=at)
    throttles.count("letter", email, at=at)
    with transaction.atomic():
        letters.ask(kind=Letter.RESET, email=email, at=at)


def reset_password(*, token, password, address, at):
    """Choose another password by the newest link, and end every session.

    :raises LinkNotValid: unknown, used, replaced or expired
    """
    throttles.count("token-address", address, at=at)
    with transaction.atomic():
        found = (
            ResetToken.objects.select_for_update(of=("self",))
            .select_related("user")
            .filter(digest=tokens.digest(token), expires_at__gt=at, user__is_active=True)
            .first()
        )
        if found is None:
            raise LinkNotValid
        passwords.check_acceptable(password, email=found.user.email, field="password")
        _set_password(found.user, password, at)


def change_password(*, user, current, new, at, device=""):
    """Choose another password, end every session, and open a new one.

    :raises WrongPassword: `current` is not the password
    """
    passwords.check_own(current, user, at=at)
    passwords.check_acceptable(new, email=user.email, field="newPassword")
    with transaction.atomic():
        _set_password(user, new, at)
        return sessions.open(user=user, at=at, device=device)


def _set_password(user, password, at):
    user.password = passwords.hashed(password)
    user.save(update_fields=["password"])
    sessions.end_all(user=user, at=at, because="password")
    ResetToken.objects.filter(user=user).delete()
    letters.ask(kind=Letter.PASSWORD_CHANGED, email=user.email, at=at)


def choose_language(*, user, language):
    """Speak with the user in this language from now on."""
    user.language = language
    user.save(update_fields=["language"])
    return user


@transaction.atomic
def purge(*, at):
    """Forget what has expired."""
    RefreshFamily.objects.filter(expires_at__lt=at).delete()
    RefreshFamily.objects.filter(revoked_at__lt=at - sessions.IDLE_LIFETIME).delete()
    Registration.objects.filter(expires_at__lt=at).delete()
    ResetToken.objects.filter(expires_at__lt=at).delete()
    Throttle.objects.filter(ends_at__lt=at).delete()
    Letter.objects.filter(done_at__lt=at - letters.KEPT).delete()
