from shared import problems
from webapp.gateway.operations import NotThere
from webapp.member import blocks, curves, names


def portfolio(exchange, *, name, area):
    """The node that stands behind a portfolio and an area.

    :raises Problem: 400 for one that may not be traded for, and for another area than its own
    """
    found = next((each for each in exchange.portfolios() if each.node == name), None)
    if found is None:
        raise problems.field_error("portfolio", "unknown", "You have no such portfolio.")
    if found.area != area:
        raise problems.field_error("areaCode", "unknown", f"This portfolio lies in {found.area}.")
    return found


def chosen(exchange, *, portfolios, areas):
    """The portfolios that a filter leaves; all without one."""
    return [
        each
        for each in exchange.portfolios()
        if (not portfolios or each.node in portfolios) and (not areas or each.area in areas)
    ]


def place_curve(exchange, *, said):
    """Place a curve order."""
    where = portfolio(exchange, name=said["portfolio"], area=said["areaCode"])
    auction = _auction(exchange, said["auctionId"])
    side, points = curves.read(said["curves"], auction=auction, curve_type=said["curveType"])
    body = {
        "auctionId": auction["auctionId"],
        "side": side,
        "curve": said["curveType"].lower(),
        "points": points,
    }
    order = exchange.ask("POST", f"/node/{where.node}/orders", body=body)
    return curves.described(order, portfolio=where)


def find(exchange, *, order_id):
    """An order and the portfolio it belongs to.

    :raises NotThere: there is none, or it is not the caller's
    """
    order, where = _mine(exchange, exchange.read(f"/orders/{names.order(order_id)}"))
    if order["block"] is not None:
        raise NotThere
    return order, where


def _mine(exchange, order):
    where = next((each for each in exchange.portfolios() if each.node == order["nodeId"]), None)
    if where is None:
        raise NotThere
    return order, where


def patch_curve(exchange, *, order_id, said, version=None):
    """Say something else for some contracts of an order; without curves it is cancelled."""
    order, where = find(exchange, order_id=order_id)
    path = f"/node/{where.node}/orders/{order['orderId']}"
    if not said["curves"]:
        return curves.described(exchange.ask("DELETE", path), portfolio=where)
    auction = _auction(exchange, order["auctionId"])
    curve_type = said.get("curveType") or order["curve"].capitalize()
    side, points = curves.read(said["curves"], auction=auction, curve_type=curve_type)
    if side != order["side"]:
        raise problems.field_error("curves", "mixed-sides", "An order keeps its side.")
    named = {point["period"] for point in points}
    kept = [point for point in order["points"] if point["period"] not in named]
    body = {
        "version": order["version"] if version is None else version,
        "curve": curve_type.lower(),
        "points": sorted(kept + points, key=lambda each: (each["period"], each["priceRpPerMwh"])),
    }
    return curves.described(exchange.ask("PUT", path, body=body), portfolio=where)


def place_blocks(exchange, *, said):
    """Place a list of blocks: all of them or none."""
    where = portfolio(exchange, name=said["portfolio"], area=said["areaCode"])
    auction = _auction(exchange, said["auctionId"])
    body = {"auctionId": auction["auctionId"], "blocks": blocks.read(said["blocks"], auction=auction)}
    made = exchange.ask("POST", f"/node/{where.node}/blocks", body=body)
    return blocks.described(made, portfolio=where)


def find_blocks(exchange, *, order_id):
    """A list of blocks and the portfolio it belongs to.

    :raises NotThere: there is none, or it is not the caller's
    """
    return _mine(exchange, exchange.read(f"/blocks/{names.order(order_id)}"))


def patch_blocks(exchange, *, order_id, said):
    """Replace the blocks that are named, add new ones; without any the list is cancelled."""
    found, where = find_blocks(exchange, order_id=order_id)
    path = f"/node/{where.node}/blocks/{found['listId']}"
    if not said["blocks"]:
        return blocks.described(exchange.ask("DELETE", path), portfolio=where)
    read = blocks.read(said["blocks"], auction=_auction(exchange, found["auctionId"]))
    body = {"version": found["version"], "blocks": blocks.merged(found, read)}
    return blocks.described(exchange.ask("PUT", path, body=body), portfolio=where)


def block_versions(exchange, *, order_id):
    """What a list of blocks said, from the first version on."""
    found, where = find_blocks(exchange, order_id=order_id)
    changes = exchange.ask("GET", f"/node/{where.node}/blocks/{found['listId']}/versions")["items"]
    return blocks.versions(found, changes, portfolio=where)


def versions(exchange, *, order_id):
    """What an order said, from the first version on."""
    order, where = find(exchange, order_id=order_id)
    path = f"/node/{where.node}/orders/{order['orderId']}/versions"
    said = exchange.ask("GET", path)["items"]
    return [curves.described(order, portfolio=where, points=each) for each in said]


def cancel(exchange, *, auction_id, portfolios):
    """Cancel the open orders of some portfolios in an auction; returns their ids."""
    auction = exchange.auction(auction_id)
    cancelled = []
    for where in portfolios:
        for order in exchange.orders(auction["auctionId"], where.node):
            if order["state"] == "open":
                path = f"/node/{where.node}/orders/{order['orderId']}"
                # Cancelling twice changes nothing: the caller's key is for all of them together.
                exchange.ask("DELETE", path, conditional=False)
                cancelled.append(names.guid(order["orderId"]))
        for found in exchange.block_lists(auction["auctionId"], where.node):
            if any(each["state"] == "open" for each in found["blocks"]):
                path = f"/node/{where.node}/blocks/{found['listId']}"
                exchange.ask("DELETE", path, conditional=False)
                cancelled.append(names.guid(found["listId"]))
    return cancelled


def _auction(exchange, auction_id):
    try:
        return exchange.auction(auction_id)
    except (problems.Problem, NotThere) as error:
        if problems.of(error).status != 404:
            raise
        raise problems.field_error("auctionId", "unknown", "There is no such auction.") from error
