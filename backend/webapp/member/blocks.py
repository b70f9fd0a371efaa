"""Block orders: read from the dialect, and told in it. A list of blocks is one order there."""

from shared import problems
from webapp.member import names, units
from webapp.member.exchange import PERIOD_MINUTES
from webapp.member.orders import STATES, head


def read(blocks, *, auction):
    """The blocks as the exchange takes them.

    :raises Problem: 400 for an unknown contract, buying beside selling, an inexact number, a spread block
    """
    return [_read(block, f"blocks.{index}", auction) for index, block in enumerate(blocks)]


def _read(block, field, auction):
    if block.get("isSpreadBlock"):
        raise problems.field_error(f"{field}.isSpreadBlock", "not-taken", "Spread blocks are not taken.")
    volumes = [_period(row, f"{field}.periods.{at}", auction) for at, row in enumerate(block["periods"])]
    sides = {"sell" if wh > 0 else "buy" for _, wh in volumes if wh}
    if len(sides) != 1 or not all(wh for _, wh in volumes):
        text = "A block sells (all volumes positive) or buys (all negative)."
        raise problems.field_error(f"{field}.periods", "mixed-sides", text)
    ratio = units.to_permille(block["minimumAcceptanceRatio"], field=f"{field}.minimumAcceptanceRatio")
    return {
        "name": block["name"],
        "side": sides.pop(),
        "priceRpPerMwh": units.to_rp_per_mwh(block["price"], field=f"{field}.price"),
        "minRatioPermille": ratio,
        "periods": [{"period": period, "quantityWh": abs(wh)} for period, wh in volumes],
        "linkedTo": block.get("linkedTo"),
        "exclusiveGroup": block.get("exclusiveGroup"),
    }


def _period(row, field, auction):
    period = names.period(row["contractId"], auction=auction, field=f"{field}.contractId")
    return period, units.to_wh(row["volume"], period_minutes=PERIOD_MINUTES, field=f"{field}.volume")


def merged(found, said):
    """What a list says once blocks are replaced by others of their names, and new ones are added."""
    named = {block["name"] for block in said}
    fields = ("name", "side", "priceRpPerMwh", "minRatioPermille", "periods", "linkedTo", "exclusiveGroup")
    kept = [{name: each[name] for name in fields} for each in found["blocks"] if each["state"] == "open"]
    return said + [each for each in kept if each["name"] not in named]


def described(found, *, portfolio):
    """A list in the dialect; of blocks that were entered again under their name only the last."""
    last = {each["name"]: each for each in found["blocks"]}
    modified = max(each["cancelledAt"] or each["receivedAt"] for each in found["blocks"])
    told = [_block(found["auctionId"], each, STATES[each["state"]]) for each in last.values()]
    return _list(found, portfolio, modified, found["version"]) | {"blocks": told}


def versions(found, changes, *, portfolio):
    """What a list said after each change, the first version first."""
    blocks, told = {}, {}
    for each in changes:
        state = "Cancelled" if each["deed"] == "cancelled" else "Accepted"
        blocks[each["name"]] = _block(found["auctionId"], each, state)
        told[each["version"]] = _list(found, portfolio, each["at"], each["version"]) | {
            "blocks": list(blocks.values())
        }
    return list(told.values())


def _list(found, portfolio, modified, version):
    return head(
        order_id=found["listId"],
        auction_id=found["auctionId"],
        portfolio=portfolio,
        modified=modified,
        version=version,
    )


def _block(auction_id, said, state):
    sign = 1 if said["side"] == "sell" else -1
    return {
        "name": said["name"],
        "price": units.from_rp_per_mwh(said["priceRpPerMwh"]),
        "minimumAcceptanceRatio": units.from_permille(said["minRatioPermille"]),
        "periods": [
            {
                "contractId": names.contract(auction_id, each["period"]),
                "volume": units.from_wh(sign * each["quantityWh"], period_minutes=PERIOD_MINUTES),
            }
            for each in said["periods"]
        ],
        "linkedTo": said["linkedTo"],
        "exclusiveGroup": said["exclusiveGroup"],
        "isSpreadBlock": False,
        "state": state,
    }
