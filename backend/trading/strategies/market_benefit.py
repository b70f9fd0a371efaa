"""Market Benefit: trade the forecast, with the utility's tariffs as limits – never worse than today.

Whoever buys, a consumer or a producer that sold too much, pays at most what the utility takes at that meter:
retail energy, the line fees down to its bus and its withdrawal fee. Whoever sells gets at least the feed-in
tariff; a consumer that bought too much gets its withdrawal fee back as well.
"""

from trading.strategies import situation


def bids(of):
    """Bid for the nodes of a situation."""
    return situation.as_wanted(
        of,
        buy_at_rp_per_mwh=of.utility_takes_rp_per_mwh,
        sell_at_rp_per_mwh=of.utility_gives_rp_per_mwh,
    )
