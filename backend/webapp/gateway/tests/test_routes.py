import re

from webapp.gateway import routes

# Kept by hand: a route that is added or widened must be added here too.
PEOPLE_MAY = """
DELETE /dso/{dso}/flexibility/{order} dso
DELETE /node/{node}/assets/{asset} dso household member operator
DELETE /node/{node}/blocks/{list} dso household member operator
DELETE /node/{node}/orders/{order} dso household member operator
GET /auctions dso household member operator
GET /auctions/{auction} dso household member operator
GET /auctions/{auction}/prices dso household member operator
GET /blocks dso household member operator
GET /blocks/{list} dso household member operator
GET /clock dso household member operator
GET /dso/all dso household member operator
GET /dso/{dso}/capacities dso operator
GET /dso/{dso}/flexibility dso operator
GET /dso/{dso}/journal operator
GET /dso/{dso}/lines/flows dso operator
GET /dso/{dso}/payments/out operator
GET /dso/{dso}/payments/out/{message} operator
GET /dso/{dso}/payments/waiting operator
GET /dso/{dso}/readings/quarantine dso operator
GET /dso/{dso}/schedules dso operator
GET /dso/{dso}/schedules/{auction} dso operator
GET /dso/{dso}/schedules/{auction}/csv dso operator
GET /markets dso household member operator
GET /node/{node} dso household member operator
GET /node/{node}/account dso household member operator
GET /node/{node}/blocks dso household member operator
GET /node/{node}/blocks/{list} dso household member operator
GET /node/{node}/blocks/{list}/versions dso household member operator
GET /node/{node}/curves dso household member operator
GET /node/{node}/days dso household member operator
GET /node/{node}/forecast dso household member operator
GET /node/{node}/map dso household member operator
GET /node/{node}/metrics dso household member operator
GET /node/{node}/orders dso household member operator
GET /node/{node}/orders/{order} dso household member operator
GET /node/{node}/orders/{order}/versions dso household member operator
GET /node/{node}/payout-account dso household member operator
GET /node/{node}/quarters dso household member operator
GET /node/{node}/readings dso household member operator
GET /node/{node}/results dso household member operator
GET /node/{node}/statements dso household member operator
GET /node/{node}/statements/{month} dso household member operator
GET /node/{node}/statements/{month}/file dso household member operator
GET /node/{node}/statements/{month}/lines dso household member operator
GET /node/{node}/strategies dso household member operator
GET /node/{node}/trading dso household member operator
GET /nodes dso household member operator
GET /operator/auctions operator
GET /operator/findings operator
GET /operator/incidents operator
GET /operator/markets operator
GET /operator/outbox operator
GET /operator/participants operator
GET /operator/pauses operator
GET /operator/tariffs/{dso} operator
GET /orders dso household member operator
GET /orders/{order} dso household member operator
GET /results dso household member operator
GET /status dso household member operator
POST /dso/{dso}/capacities dso operator
POST /dso/{dso}/flexibility dso
POST /dso/{dso}/payments/out operator
POST /dso/{dso}/payments/reports operator
POST /dso/{dso}/readings dso operator
POST /dso/{dso}/schedules/{auction}/acceptance dso
POST /dso/{dso}/schedules/{auction}/curtailment dso
POST /node/{node}/assets dso household member operator
POST /node/{node}/blocks dso household member operator
POST /node/{node}/orders dso household member operator
POST /operator/auctions/{auction}/cancellation operator
POST /operator/markets/{market}/changes operator
POST /operator/markets/{market}/halt operator
POST /operator/markets/{market}/resumption operator
POST /operator/outbox/requeueing operator
POST /operator/pauses operator
POST /operator/pauses/{pause}/end operator
POST /operator/tariffs/{dso} operator
POST /orders/bulk dso household member operator
PUT /dso/{dso}/payments/in/{pay_in} operator
PUT /dso/{dso}/readings/quarantine/{reading} dso operator
PUT /node/{node}/assets/{asset} dso household member operator
PUT /node/{node}/blocks/{list} dso household member operator
PUT /node/{node}/orders/{order} dso household member operator
PUT /node/{node}/payout-account dso household member operator
PUT /node/{node}/profile dso household member operator
PUT /node/{node}/strategy dso household member operator
PUT /operator/incidents/{incident}/acknowledgement operator
"""


class TestRoutes:
    def test_are_these_and_no_others(self):
        lines = sorted(" ".join([each.method, each.template, *sorted(each.roles)]) for each in routes.ROUTES)
        assert lines == PEOPLE_MAY.strip().splitlines()

    def test_rebuild_the_path_they_matched(self):
        for route in routes.ROUTES:
            path = re.sub(r"{\w+}", "v-1", route.template)
            found, parts, _ = routes.find(route.method, path)
            assert found is route
            assert route.path(parts) == path

    def test_no_path_belongs_to_two(self):
        for route in routes.ROUTES:
            path = re.sub(r"{\w+}", "a", route.template)
            assert (
                sum(each.match(path) is not None for each in routes.ROUTES if each.method == route.method)
                == 1
            )

    def test_have_no_room_for_what_trading_keeps_for_services(self):
        for path in ("/pairing", "/health/live", "/health/ready", "/version", "/internal/clear", "/admin/"):
            assert routes.find("GET", path) == (None, {}, ())
