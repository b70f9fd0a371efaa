"""The dialect's names and the exchange's: contracts are periods of an auction, order ids are GUIDs there."""

import base64
import binascii
import re
import uuid

from shared import problems
from webapp.gateway.operations import NotThere

# A GUID has four bytes more than an order's name; these tell ours from others.
MARK = bytes.fromhex("ceec0000")
CONTRACT = re.compile(r"(.{1,40})-Q([0-9]{1,4})", re.ASCII)


def contract(auction_id, period):
    """The contract of a period, counted from 1."""
    return f"{auction_id}-Q{period + 1:02d}"


def period(contract_id, *, auction, field):
    """The period that a contract of an auction stands for, counted from 0.

    :raises Problem: 400 if the auction has no such contract
    """
    found = CONTRACT.fullmatch(contract_id) if isinstance(contract_id, str) else None
    number = int(found[2]) if found and found[1] == auction["auctionId"] else 0
    if not 1 <= number <= auction["periods"]:
        raise problems.field_error(field, "unknown", "The auction has no such contract.")
    return number - 1


def guid(order_id):
    """An order's name as a GUID."""
    return str(uuid.UUID(bytes=MARK + base64.urlsafe_b64decode(order_id)))


def order(guid_text):
    """The order's name behind a GUID.

    :raises NotThere: it is none of ours
    """
    try:
        raw = uuid.UUID(guid_text).bytes
    except (ValueError, binascii.Error) as error:
        raise NotThere from error
    if not raw.startswith(MARK):
        raise NotThere
    return base64.urlsafe_b64encode(raw[len(MARK) :]).decode()
