"""Local days as spans of time: which a longer span holds, and what it holds beside them."""

from datetime import timedelta

from trading.markets import calendar


def whole_days(starts_at, ends_at):
    """The first local day that starts in a span, and the one in which it ends."""
    first = calendar.day_of(starts_at)
    if calendar.delivery_day(first)[0] < starts_at:
        first += timedelta(days=1)
    return first, calendar.day_of(ends_at)


def of_days(days):
    """The spans of some ascending local days, those that touch as one."""
    spans = []
    for day in days:
        opens, closes = calendar.delivery_day(day)
        if spans and spans[-1][1] == opens:
            opens = spans.pop()[0]
        spans.append((opens, closes))
    return tuple(spans)


def left(starts_at, ends_at, spans):
    """The spans of time that some ascending ones leave of a longer one."""
    found, reached = [], starts_at
    for opens, closes in spans:
        if reached < opens:
            found.append((reached, opens))
        reached = closes
    return [*found, (reached, ends_at)] if reached < ends_at else found
