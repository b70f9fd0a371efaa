"""Adding up a day's prices, at all buses at once."""

from django.db import connection, transaction

from trading.metrics import sql


@transaction.atomic(savepoint=False)
def add_up_prices(*, dso, day):
    """Store the day-ahead prices of a settled local day, instead of what was stored before."""
    with connection.cursor() as cursor:
        cursor.execute(sql.ADD_UP_PRICES, {"dso": dso.pk, "day": day})
