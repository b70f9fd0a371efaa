"""Flexibility: as Never Lose, and offer all that the battery can give and take in the real-time market.

The grid operator asks for power up or down with an order in the auction, like any other, at a bus of its
grid. Where it pays more than the energy in the battery is worth, the battery gives; where it sells for
less, the battery takes. *Never Lose* feeds in no more than is planned; here all that the battery holds, as
fast as it can, is offered in the real-time market. In the day-ahead market only what is planned is bid, since
a day's worth of full power is in no battery. Cars and heat pumps wait as with *Never Lose*.
"""

from trading.strategies.never_lose import bids

__all__ = ["bids"]
