"""Fixtures of every room: the cast and its street."""

from trading.tests.cast import dam, rtm, street

__all__ = ["dam", "rtm", "street"]
