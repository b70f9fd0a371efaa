"""The exchange's whole API on one page. It has no public route: webapp's gateway is its only caller."""

from django.urls import path, register_converter
from drf_spectacular.views import SpectacularJSONAPIView

from trading.capacities import api as capacities
from trading.grid import api as grid
from trading.grid import asset_api as assets
from trading.grid.access import PublicName
from trading.ledger import api as ledger
from trading.markets import api as markets
from trading.markets import queries as market_queries
from trading.markets import steering_api as steering
from trading.metering import api as metering
from trading.metrics import api as metrics
from trading.metrics import balance_api as balances
from trading.metrics import expectation_api as expectations
from trading.operations import api as operations
from trading.operations import comparison_api as comparisons
from trading.operations import console_api as console
from trading.operations import gauges, health, status_api
from trading.operations import pauses_api as pauses
from trading.orders import api as orders
from trading.orders import block_api as blocks
from trading.orders import bulk_api as bulk_orders
from trading.results import api as results
from trading.results import curve_api as curves
from trading.results import queries as result_queries
from trading.schedules import api as schedules
from trading.schedules import queries as schedule_queries
from trading.settlement import api as settlement
from trading.settlement import money_api as money
from trading.settlement import payout_api as payouts
from trading.strategies import api as strategies
from trading.strategies import queries as strategy_queries

handler400 = "shared.problems.bad_request"
handler403 = "shared.problems.forbidden"
handler404 = "shared.problems.not_found"
handler500 = "shared.problems.server_error"

register_converter(PublicName, "name")

# What rooms above know is handed to a view here: rooms import only rooms below.
strategy = {"strategy_of": strategy_queries.of}
codes = {"auction_codes": market_queries.codes_of}
decisions = {"decided": result_queries.decided}
cuts = {"curtailed_of": schedule_queries.curtailed_of}

urlpatterns = [
    # Asked most, so looked at first: to pass all others by costs a tenth of such a request.
    path("node/<name:node_id>/metrics", metrics.MetricsPage.as_view()),
    path("node/<name:node_id>/orders", orders.Orders.as_view()),
    path("orders/bulk", bulk_orders.ManyOrders.as_view()),
    # Where?
    path("dso/all", grid.Operators.as_view(today=market_queries.today)),
    path("pairing", grid.Pairing.as_view()),
    path("nodes", grid.OwnNodes.as_view()),
    path("node/<name:node_id>", grid.NodePage.as_view(**strategy)),
    path("node/<name:node_id>/profile", grid.Profile.as_view()),
    path("node/<name:node_id>/assets", assets.Assets.as_view()),
    path("node/<name:node_id>/assets/<name:asset_id>", assets.AssetPage.as_view()),
    path("node/<name:node_id>/map", grid.NodeMap.as_view()),
    # What has each party?
    path("node/<name:node_id>/account", ledger.Account.as_view(**codes)),
    # What and when?
    path("markets", markets.Markets.as_view()),
    path("clock", markets.Clock.as_view()),
    path("auctions", markets.Auctions.as_view(**decisions)),
    path("auctions/<name:auction_id>", markets.AuctionPage.as_view(**decisions)),
    # What may flow?
    path("dso/<name:dso_id>/capacities", capacities.Capacities.as_view()),
    # Who wants what?
    path("orders", orders.OwnOrders.as_view()),
    path("orders/<name:order_id>", orders.OwnOrder.as_view()),
    path("node/<name:node_id>/orders/<name:order_id>", orders.OrderPage.as_view()),
    path("node/<name:node_id>/orders/<name:order_id>/versions", orders.OrderVersions.as_view()),
    path("blocks", blocks.OwnBlockLists.as_view()),
    path("blocks/<name:list_id>", blocks.OwnBlockList.as_view()),
    path("node/<name:node_id>/blocks", blocks.BlockLists.as_view()),
    path("node/<name:node_id>/blocks/<name:list_id>", blocks.BlockListPage.as_view()),
    path("node/<name:node_id>/blocks/<name:list_id>/versions", blocks.BlockListVersions.as_view()),
    # Who bids for me?
    path("node/<name:node_id>/strategy", strategies.StrategyPage.as_view()),
    # What was decided?
    path("prices", results.DayPrices.as_view()),
    path("auctions/<name:auction_id>/prices", results.Prices.as_view()),
    path("results", results.OwnResults.as_view(**cuts)),
    path("node/<name:node_id>/results", results.NodeResults.as_view(**cuts)),
    path("node/<name:node_id>/curves", curves.CurvesPage.as_view()),
    path("dso/<name:dso_id>/lines/flows", results.LineFlows.as_view()),
    # What must flow?
    path("dso/<name:dso_id>/schedules", schedules.Schedules.as_view()),
    path("dso/<name:dso_id>/schedules/<name:auction_id>", schedules.SchedulePage.as_view()),
    path("dso/<name:dso_id>/schedules/<name:auction_id>/csv", schedules.ScheduleFile.as_view()),
    path("dso/<name:dso_id>/schedules/<name:auction_id>/acceptance", schedules.AcceptancePage.as_view()),
    path("dso/<name:dso_id>/schedules/<name:auction_id>/curtailment", operations.CurtailmentPage.as_view()),
    path("dso/<name:dso_id>/flexibility", schedules.Flexibility.as_view()),
    path("dso/<name:dso_id>/flexibility/<name:order_id>", schedules.FlexibilityPage.as_view()),
    # What flowed?
    path("node/<name:node_id>/readings", metering.NodeReadings.as_view()),
    path("dso/<name:dso_id>/readings", metering.OperatorReadings.as_view()),
    path("dso/<name:dso_id>/readings/quarantine", metering.Quarantine.as_view()),
    path("dso/<name:dso_id>/readings/quarantine/<name:quarantined_id>", metering.QuarantinedPage.as_view()),
    # Who pays whom?
    path("node/<name:node_id>/statements", settlement.Statements.as_view()),
    path("node/<name:node_id>/statements/<name:month>", settlement.StatementPage.as_view()),
    path("node/<name:node_id>/statements/<name:month>/lines", settlement.StatementLines.as_view()),
    path("node/<name:node_id>/statements/<name:month>/file", settlement.StatementFile.as_view()),
    path("node/<name:node_id>/payout-account", money.PayoutAccountPage.as_view()),
    path("dso/<name:dso_id>/payments/reports", money.BankReports.as_view()),
    path("dso/<name:dso_id>/payments/waiting", money.WaitingPayIns.as_view()),
    path("dso/<name:dso_id>/payments/in/<name:pay_in_id>", money.PayInPage.as_view()),
    path("dso/<name:dso_id>/payments/out", payouts.PayOuts.as_view()),
    path("dso/<name:dso_id>/payments/out/<name:message>", payouts.PayOutFile.as_view()),
    path("dso/<name:dso_id>/journal", money.Journal.as_view()),
    # What do we learn?
    path("node/<name:node_id>/trading", metrics.TradingPage.as_view()),
    path("node/<name:node_id>/quarters", balances.QuartersPage.as_view()),
    path("node/<name:node_id>/days", balances.DaysPage.as_view()),
    path("node/<name:node_id>/forecast", expectations.ForecastPage.as_view()),
    path("node/<name:node_id>/strategies", comparisons.StrategiesPage.as_view()),
    # What needs attention?
    path("status", status_api.Status.as_view()),
    path("operator/auctions", operations.OperatorAuctions.as_view()),
    path("operator/auctions/<name:auction_id>/cancellation", console.Cancellation.as_view()),
    path("operator/incidents", console.Incidents.as_view()),
    path("operator/incidents/<name:incident_id>/acknowledgement", console.Acknowledgement.as_view()),
    path("operator/markets", steering.SteeredMarkets.as_view()),
    path("operator/markets/<name:market_id>/halt", steering.HaltPage.as_view()),
    path("operator/markets/<name:market_id>/resumption", steering.Resumption.as_view()),
    path("operator/markets/<name:market_id>/changes", steering.Changes.as_view()),
    path("operator/tariffs/<name:dso_id>", steering.Tariffs.as_view()),
    path("operator/outbox", console.Outbox.as_view()),
    path("operator/outbox/requeueing", console.Requeueing.as_view()),
    path("operator/pauses", pauses.Pauses.as_view()),
    path("operator/pauses/<name:pause_id>/end", pauses.PauseEnd.as_view()),
    path("operator/participants", console.Participants.as_view()),
    path("operator/findings", console.Findings.as_view()),
    path("metrics", gauges.answer),
    path("health/live", health.Live.as_view()),
    path("health/ready", health.Ready.as_view()),
    path("version", health.Version.as_view()),
    path("schema", SpectacularJSONAPIView.as_view(authentication_classes=(), permission_classes=())),
]
