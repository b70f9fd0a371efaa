"""What the operator of the exchange sees."""

from django.db.models import Prefetch

from trading.markets.models import Auction
from trading.results.models import Result


def auctions_of_day(*, day):
    """Every auction of a delivery day with its final result and its incidents, in the order of the gates."""
    final = Result.objects.filter(final=True)
    rows = Auction.objects.filter(delivery_day=day).select_related("market")
    return rows.prefetch_related(
        Prefetch("results", queryset=final, to_attr="final_results"), "incidents"
    ).order_by("gate_closes_at", "pk")
