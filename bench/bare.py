"""What the doors are measured against: plain Django views in a project of their own, on the row's database.

`gunicorn bench.bare:application` with CEEX_BENCH_DATABASE_URL; `make` creates the tables first.
"""

import io
import json
import os

import django
from django.conf import settings

TABLES = """
CREATE TABLE IF NOT EXISTS bare_row (
    id bigserial PRIMARY KEY, node bigint NOT NULL, price integer NOT NULL, quantity integer NOT NULL);
CREATE TABLE IF NOT EXISTS bare_order (
    id bigserial PRIMARY KEY, node varchar(32) NOT NULL, auction varchar(32) NOT NULL,
    side varchar(4) NOT NULL, periods smallint[] NOT NULL, prices integer[] NOT NULL,
    quantities integer[] NOT NULL);
"""


def _set_up():
    from shared import environment

    settings.configure(
        SECRET_KEY="of no use",  # noqa: S106 – signs nothing
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="bench.bare",
        INSTALLED_APPS=[],
        MIDDLEWARE=[],
        DATABASES={
            "default": environment.database("CEEX_BENCH_DATABASE_URL")
            | {"ENGINE": "django.db.backends.postgresql"}
        },
        USE_TZ=True,
    )
    django.setup()


if "CEEX_BENCH_DATABASE_URL" in os.environ and not settings.configured:
    _set_up()

if settings.configured:
    from django.core.wsgi import get_wsgi_application
    from django.db import connection, models
    from django.http import HttpResponse
    from django.urls import path

    class Row(models.Model):
        """A row of three numbers."""

        node = models.BigIntegerField()
        price = models.IntegerField()
        quantity = models.IntegerField()

        class Meta:
            app_label, db_table = "bench", "bare_row"

    def one(request):
        """Insert one row."""
        said = json.loads(request.body)
        point = said["points"][0]
        row = Row.objects.create(node=1, price=point["priceRpPerMwh"], quantity=point["quantityWh"])
        return HttpResponse(json.dumps({"id": row.pk}), content_type="application/json", status=201)

    def many(request):
        """Copy as many rows as orders were sent."""
        orders = json.loads(request.body)["orders"]
        lines = "".join(_line(order) for order in orders)
        with connection.cursor() as cursor:
            cursor.copy_expert(
                "COPY bare_order (node, auction, side, periods, prices, quantities) FROM STDIN",
                io.StringIO(lines),
            )
        return HttpResponse(json.dumps({"placed": len(orders)}), content_type="application/json")

    def constant(request):
        """Answer the same always."""
        return HttpResponse(b"{}", content_type="application/json")

    def _line(order):
        names = ("period", "priceRpPerMwh", "quantityWh")
        arrays = ("{" + ",".join(str(point[name]) for point in order["points"]) + "}" for name in names)
        return "\t".join((order["nodeId"], order["auctionId"], order["side"], *arrays)) + "\n"

    urlpatterns = [path("one", one), path("many", many), path("constant", constant)]
    application = get_wsgi_application()
