"""Building a grid, and saying what others see of a node."""

from dataclasses import dataclass

from django.db import transaction

from trading.grid.models import Asset, Bus, Customer, DistributionSystemOperator, Line, Node, Tariff


class NotATree(Exception):
    """The lines do not form a tree."""


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line by the names of its buses; no capacity means unlimited."""

    bus: str
    towards: str
    length_m: int
    capacity_up_w: int | None = None
    capacity_down_w: int | None = None
    fee_up_rp_per_mwh: int = 0
    fee_down_rp_per_mwh: int = 0


@dataclass(frozen=True, slots=True)
class NewAsset:
    """What stands behind a node."""

    kind: str
    name: str
    rated_w: int
    capacity_wh: int | None = None
    profile: str = ""
    home_minutes: tuple[int | None, int | None] = (None, None)  # from and until which a car stands at home


@dataclass(frozen=True, slots=True)
class NewNode:
    """A node by the name of its bus."""

    side: str
    bus: str
    connection_capacity_w: int
    withdrawal_fee_rp_per_mwh: int = 0
    display_name: str = ""
    shared: bool = False
    assets: tuple[NewAsset, ...] = ()


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """A customer with its nodes."""

    number: str
    name: str
    nodes: tuple[NewNode, ...]
    is_utility: bool = False


@transaction.atomic
def create_operator(*, name, municipality, valid_from, **tariff):
    """Add a grid operator with the tariff that it publishes."""
    dso = DistributionSystemOperator.objects.create(name=name, municipality=municipality)
    Tariff.objects.create(dso=dso, valid_from=valid_from, **tariff)
    return dso


@transaction.atomic
def add_buses(*, dso, buses):
    """Add buses, given as (name, kind, longitude, latitude).

    New positions follow the published order of names (shorter first, then bytewise), so that a published
    book has the hash that the clearing's command line computes.
    """
    DistributionSystemOperator.objects.select_for_update().get(pk=dso.pk)  # positions are given one at a time
    start = Bus.objects.filter(dso=dso).count()
    rows = [
        Bus(dso=dso, name=name, kind=kind, longitude=longitude, latitude=latitude, position=position)
        for position, (name, kind, longitude, latitude) in enumerate(
            sorted(buses, key=lambda bus: (len(bus[0]), bus[0].encode())), start=start
        )
    ]
    return Bus.objects.bulk_create(rows)


@transaction.atomic
def add_lines(*, dso, lines):
    """Add lines between known buses.

    :raises NotATree: a line closes a loop, leads to an unknown bus, or a bus has two lines upwards
    """
    buses = {bus.name: bus for bus in Bus.objects.filter(dso=dso)}
    above = dict(Line.objects.filter(bus__dso=dso).values_list("bus__name", "towards__name"))
    for line in lines:
        if line.bus not in buses or line.towards not in buses:
            raise NotATree(f"the line {line.bus}–{line.towards} leads to an unknown bus")
        if line.bus in above:
            raise NotATree(f"{line.bus} has two lines towards the root")
        above[line.bus] = line.towards
        _refuse_loop(line.bus, above)
    return Line.objects.bulk_create(
        Line(
            bus=buses[line.bus],
            towards=buses[line.towards],
            length_m=line.length_m,
            capacity_up_w=line.capacity_up_w,
            capacity_down_w=line.capacity_down_w,
            fee_up_rp_per_mwh=line.fee_up_rp_per_mwh,
            fee_down_rp_per_mwh=line.fee_down_rp_per_mwh,
        )
        for line in lines
    )


def _refuse_loop(bus, above):
    step = above[bus]
    while step is not None:
        if step == bus:
            raise NotATree(f"the lines close a loop at {bus}")
        step = above.get(step)


@transaction.atomic
def add_customers(*, dso, customers):
    """Add customers with their nodes and assets; returns the customers in the order given."""
    buses = {bus.name: bus for bus in Bus.objects.filter(dso=dso)}
    made = Customer.objects.bulk_create(
        Customer(dso=dso, number=new.number, name=new.name, is_utility=new.is_utility) for new in customers
    )
    pairs = [(customer, node) for customer, new in zip(made, customers, strict=True) for node in new.nodes]
    nodes = Node.objects.bulk_create(
        Node(
            customer=customer,
            bus=buses[node.bus],
            side=node.side,
            connection_capacity_w=node.connection_capacity_w,
            withdrawal_fee_rp_per_mwh=node.withdrawal_fee_rp_per_mwh,
            display_name=node.display_name,
            shared=node.shared,
        )
        for customer, node in pairs
    )
    Asset.objects.bulk_create(
        Asset(
            node=node,
            kind=asset.kind,
            name=asset.name,
            rated_w=asset.rated_w,
            capacity_wh=asset.capacity_wh,
            profile=asset.profile,
            home_from_minute=asset.home_minutes[0],
            home_until_minute=asset.home_minutes[1],
        )
        for node, (_, new) in zip(nodes, pairs, strict=True)
        for asset in new.assets
    )
    return made


@transaction.atomic
def set_profile(*, node, display_name, shared):
    """Say what others see of a node."""
    node = Node.objects.select_for_update().get(pk=node.pk)
    node.display_name, node.shared = display_name, shared
    node.save(update_fields=["display_name", "shared"])
    return node
