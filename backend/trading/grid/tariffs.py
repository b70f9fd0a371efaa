"""Tariffs with a day from which they hold."""

from datetime import timedelta

from django.db import transaction

from shared import problems
from trading.grid.models import DistributionSystemOperator, Tariff

# The day-ahead auction of tomorrow may have been cleared at the tariffs of today.
AHEAD = timedelta(days=2)
NAMES = (
    "retail_energy_rp_per_mwh",
    "feed_in_rp_per_mwh",
    "grid_rp_per_mwh",
    "levies_rp_per_mwh",
    "vat_permille",
    "same_transformer_permille",
    "across_transformers_permille",
)


class TariffTooLate(Exception):
    """A tariff must be published two days before it holds."""


class TariffThere(Exception):
    """Another tariff begins on that day."""


class TariffUnsound(Exception):
    """Retail energy may not cost less than what is paid for feed-in, nor nearer energy more than farther."""


problems.register(TariffTooLate, status=409, code="not-ahead", title="Too late")
problems.register(TariffThere, status=409, code="changed-already", title="Changed already")
problems.register(TariffUnsound, status=409, code="tariff-unsound", title="Not sound")


@transaction.atomic
def publish(*, dso, valid_from, values, today):
    """Add a tariff of a grid operator; what the present one says and `values` does not, stays.

    :raises TariffTooLate, TariffThere, TariffUnsound: see there
    """
    DistributionSystemOperator.objects.select_for_update(no_key=True).get(pk=dso.pk)
    if valid_from < today + AHEAD:
        raise TariffTooLate
    if Tariff.objects.filter(dso=dso, valid_from=valid_from).exists():
        raise TariffThere
    before = Tariff.objects.filter(dso=dso, valid_from__lt=valid_from).latest("valid_from")
    new = Tariff(dso=dso, valid_from=valid_from, **{name: getattr(before, name) for name in NAMES} | values)
    nearer, farther = new.same_transformer_permille, new.across_transformers_permille
    if new.retail_energy_rp_per_mwh < new.feed_in_rp_per_mwh or not nearer <= farther <= 1000:
        raise TariffUnsound
    new.save()
    return new


def of(*, dso):
    """Every tariff of a grid operator, the newest first."""
    return Tariff.objects.filter(dso=dso).order_by("-valid_from")
