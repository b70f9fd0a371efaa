"""The dialect's decimals and the exchange's integers, exactly: MW and Wh of a period, CHF/MWh and Rp/MWh."""

from decimal import Decimal, InvalidOperation

from shared import problems

LARGEST = Decimal(10) ** 12
WH_PER_MWH = 1_000_000
RP_PER_CHF = 100


def to_wh(value, *, period_minutes, field):
    """MW during one period as Wh, with its sign.

    :raises Problem: 400 if it is no number, or no whole number of Wh
    """
    wh = _decimal(value, field) * WH_PER_MWH * period_minutes / 60
    if wh != int(wh):
        step = Decimal(60) / period_minutes / WH_PER_MWH
        raise problems.field_error(field, "off-step", f"Volumes are multiples of {step:f} MW, which is 1 Wh.")
    return int(wh)


def to_rp_per_mwh(value, *, field):
    """CHF/MWh as Rp/MWh.

    :raises Problem: 400 if it is no number, or no whole number of Rp/MWh
    """
    price = _decimal(value, field) * RP_PER_CHF
    if price != int(price):
        raise problems.field_error(field, "off-tick", "Prices are multiples of 0.01 CHF/MWh.")
    return int(price)


def to_permille(value, *, field):
    """A ratio from 0 to 1 in thousandths.

    :raises Problem: 400 if it is none
    """
    permille = _decimal(value, field) * 1000
    if permille != int(permille) or not 0 <= permille <= 1000:
        raise problems.field_error(field, "out-of-range", "Ratios are 0 to 1, in steps of 0.001.")
    return int(permille)


def from_wh(wh, *, period_minutes):
    """Wh in one period as MW."""
    return _number(Decimal(wh) * 60 / period_minutes / WH_PER_MWH)


def from_rp_per_mwh(price):
    """Rp/MWh as CHF/MWh."""
    return _number(Decimal(price) / RP_PER_CHF)


def from_permille(permille):
    """Thousandths as a ratio."""
    return _number(Decimal(permille) / 1000)


def _decimal(value, field):
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise problems.field_error(field, "invalid", "A number is required.")
    try:
        # The shortest decimal that is this number: what the sender wrote.
        number = Decimal(repr(value))
    except InvalidOperation as error:
        raise problems.field_error(field, "invalid", "A number is required.") from error
    if not number.is_finite() or abs(number) > LARGEST:
        raise problems.field_error(field, "out-of-range", "This number is too large.")
    return number


def _number(value):
    return int(value) if value == int(value) else float(value)
