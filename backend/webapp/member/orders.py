"""What every order says in the dialect, whatever its kind."""

from webapp.member import names
from webapp.member.auctions import CURRENCY
from webapp.member.exchange import PERIOD_MINUTES

STATES = {
    "open": "Accepted",
    "frozen": "Accepted",
    "cancelled": "Cancelled",
    "released": "Cancelled",
    "accepted": "ResultsPublished",
    "partly-accepted": "ResultsPublished",
    "not-accepted": "ResultsPublished",
}


def head(*, order_id, auction_id, portfolio, modified, version):
    """The fields that all orders have."""
    return {
        "orderId": names.guid(order_id),
        "auctionId": auction_id,
        "companyName": portfolio.customer,
        "portfolio": portfolio.node,
        "areaCode": portfolio.area,
        "modifier": None,
        "modified": modified,
        "currencyCode": CURRENCY,
        "comment": None,
        "resolutionSeconds": PERIOD_MINUTES * 60,
        "version": version,
    }
