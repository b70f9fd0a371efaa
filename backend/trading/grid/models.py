"""The grid of one distribution system operator: a tree of buses and lines, and the nodes at its buses."""

import base64
import secrets

from django.db import models
from django.db.models import F, Q


def opaque_id():
    """A random name that tells nothing of what it names."""
    return opaque_ids(1)[0]


def opaque_ids(count):
    """Several such names."""
    # Without a minus: at the beginning of a cell a spreadsheet would take it for a formula.
    text = base64.b64encode(secrets.token_bytes(12 * count), altchars=b"__").decode()
    return [text[place : place + 16] for place in range(0, 16 * count, 16)]


class DistributionSystemOperator(models.Model):
    """Owns buses and lines, publishes tariffs, supplies what nobody else does."""

    public_id = models.CharField(max_length=32, unique=True, default=opaque_id)
    name = models.CharField(max_length=120, unique=True)
    municipality = models.CharField(max_length=120)
    # What bidding tools call this community, such as a bidding zone's code; empty: its public name.
    area_code = models.CharField(max_length=32, blank=True, default="")

    @property
    def area(self):
        """The name of the community for bidding tools."""
        return self.area_code or self.public_id


class Tariff(models.Model):
    """The published prices of a grid operator from a day on. Shares are of the full grid tariff."""

    dso = models.ForeignKey(DistributionSystemOperator, models.PROTECT, related_name="tariffs")
    valid_from = models.DateField()
    retail_energy_rp_per_mwh = models.IntegerField()
    feed_in_rp_per_mwh = models.IntegerField()
    grid_rp_per_mwh = models.IntegerField()
    levies_rp_per_mwh = models.IntegerField()
    vat_permille = models.PositiveSmallIntegerField()
    same_transformer_permille = models.PositiveSmallIntegerField(default=600)
    across_transformers_permille = models.PositiveSmallIntegerField(default=800)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dso", "valid_from"], name="tariff_once_a_day"),
            models.CheckConstraint(
                name="tariff_retail_above_feed_in",
                condition=Q(retail_energy_rp_per_mwh__gte=F("feed_in_rp_per_mwh"), grid_rp_per_mwh__gte=0),
            ),
            models.CheckConstraint(
                name="tariff_nearer_is_cheaper",
                condition=Q(
                    same_transformer_permille__lte=F("across_transformers_permille"),
                    across_transformers_permille__lte=1000,
                ),
            ),
        ]


class Bus(models.Model):
    """A point of the grid. `position` is its place in every array over buses and never changes."""

    class Kind(models.TextChoices):
        BORDER = "border"
        SUBSTATION = "substation"
        JUNCTION = "junction"
        CONNECTION = "connection"

    dso = models.ForeignKey(DistributionSystemOperator, models.PROTECT, related_name="buses")
    name = models.CharField(max_length=64)
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=16, choices=Kind)
    longitude = models.FloatField()
    latitude = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dso", "name"], name="bus_name_once"),
            models.UniqueConstraint(fields=["dso", "position"], name="bus_position_once"),
            models.CheckConstraint(
                name="bus_on_earth",
                condition=Q(longitude__range=(-180, 180), latitude__range=(-90, 90)),
            ),
        ]


class Line(models.Model):
    """Joins a bus to the next bus towards the root (up): one line per bus, so that lines form a tree."""

    bus = models.OneToOneField(Bus, models.PROTECT, related_name="line")
    towards = models.ForeignKey(Bus, models.PROTECT, related_name="lines_below")
    length_m = models.PositiveIntegerField()
    capacity_up_w = models.PositiveBigIntegerField(null=True)
    capacity_down_w = models.PositiveBigIntegerField(null=True)
    fee_up_rp_per_mwh = models.PositiveIntegerField(default=0)
    fee_down_rp_per_mwh = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(name="line_between_two_buses", condition=~Q(bus=F("towards"))),
        ]


class Customer(models.Model):
    """A party known to the grid operator by its number.

    The operator itself is the utility, and one customer for each bus at which it bought flexibility.
    """

    dso = models.ForeignKey(DistributionSystemOperator, models.PROTECT, related_name="customers")
    number = models.CharField(max_length=32)
    name = models.CharField(max_length=120)
    is_utility = models.BooleanField(default=False)
    is_flexibility = models.BooleanField(default=False, db_default=False)  # has no meter

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dso", "number"], name="customer_number_once"),
            models.UniqueConstraint(
                fields=["dso"], condition=Q(is_utility=True), name="customer_one_utility"
            ),
        ]


class Node(models.Model):
    """Where a household's consumption or production is metered. Others see its `display_name`, if shared."""

    class Side(models.TextChoices):
        CONSUMER = "consumer"
        PRODUCER = "producer"

    public_id = models.CharField(max_length=32, unique=True, default=opaque_id)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="nodes")
    bus = models.ForeignKey(Bus, models.PROTECT, related_name="nodes")
    side = models.CharField(max_length=8, choices=Side)
    withdrawal_fee_rp_per_mwh = models.PositiveIntegerField(default=0)
    connection_capacity_w = models.PositiveBigIntegerField()
    display_name = models.CharField(max_length=60, blank=True)
    shared = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "side"], name="node_one_per_side"),
        ]


class Asset(models.Model):
    """What stands behind a node. `profile` names the measured series that plays its meter in a demo.

    The capacity of a heat pump is the electricity with which it can heat ahead.
    """

    class Kind(models.TextChoices):
        LOAD = "load"
        HEAT_PUMP = "heat_pump"
        EV_CHARGER = "ev_charger"
        PV = "pv"
        BATTERY = "battery"

    public_id = models.CharField(max_length=32, unique=True, default=opaque_id)
    node = models.ForeignKey(Node, models.PROTECT, related_name="assets")
    kind = models.CharField(max_length=16, choices=Kind)
    name = models.CharField(max_length=60)
    profile = models.CharField(max_length=64, blank=True)
    rated_w = models.PositiveIntegerField()
    capacity_wh = models.PositiveIntegerField(null=True)
    # Where a roof looks: 0° lies flat, and 180° is south.
    tilt_deg = models.PositiveSmallIntegerField(null=True)
    azimuth_deg = models.PositiveSmallIntegerField(null=True)
    # When a car stands at home, in minutes of the local day.
    home_from_minute = models.PositiveSmallIntegerField(null=True)
    home_until_minute = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="asset_roofs_alone_look_somewhere",
                condition=Q(kind="pv") | Q(tilt_deg=None, azimuth_deg=None),
            ),
            models.CheckConstraint(
                name="asset_looks_upwards", condition=Q(tilt_deg__lte=90, azimuth_deg__lt=360)
            ),
            # Of a car and a heat pump it may be known.
            models.CheckConstraint(
                name="asset_batteries_store",
                condition=Q(kind="battery", capacity_wh__isnull=False)
                | Q(kind__in=["ev_charger", "heat_pump"])
                | (~Q(kind="battery") & Q(capacity_wh=None)),
            ),
            models.CheckConstraint(
                name="asset_cars_alone_leave",
                condition=Q(home_from_minute=None, home_until_minute=None)
                | Q(kind="ev_charger", capacity_wh__isnull=False)
                & Q(home_from_minute__lt=1440, home_until_minute__lt=1440),
            ),
        ]
