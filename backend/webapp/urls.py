"""The whole public API on one page."""

from django.urls import path, re_path

from shared import problems
from webapp import health, page, schema
from webapp.access import api as access
from webapp.access import operator_api as pairings
from webapp.audit import api as audit
from webapp.feedback import api as feedback
from webapp.gateway import api as gateway
from webapp.inbox import api as inbox
from webapp.inbox import wish_api as wishes
from webapp.keys import api as keys
from webapp.member import api as member
from webapp.neighbours import api as neighbours
from webapp.neighbours import picture_api as pictures
from webapp.neighbours import report_api as reports
from webapp.prices import api as prices
from webapp.users import api as users
from webapp.users import factor_api as factor
from webapp.users import sessions_api as sessions
from webapp.webhooks import api as webhooks

handler400 = "shared.problems.bad_request"
handler403 = "shared.problems.forbidden"
handler404 = "shared.problems.not_found"
handler500 = "shared.problems.server_error"

urlpatterns = [
    # How does your request reach trading? Both doors lead to webapp.gateway.routes; asked most, read first.
    path("api/trading/<path:path>", gateway.Trading.as_view()),
    path("api/proxy/", gateway.Proxy.as_view()),
    # Who are you?
    path("api/auth/register", users.Register.as_view()),
    path("api/auth/confirm", users.Confirm.as_view()),
    path("api/auth/login", users.LogIn.as_view()),
    path("api/auth/refresh", users.Refresh.as_view()),
    path("api/auth/logout", users.LogOut.as_view()),
    path("api/auth/password/reset-request", users.RequestReset.as_view()),
    path("api/auth/password/reset", users.Reset.as_view()),
    path("api/auth/password/change", users.ChangePassword.as_view()),
    path("api/me", users.Me.as_view()),
    path("api/me/second-factor", factor.FactorSecret.as_view()),
    path("api/me/second-factor/confirmation", factor.FactorConfirmation.as_view()),
    path("api/me/second-factor/end", factor.FactorEnd.as_view()),
    path("api/sessions", sessions.Sessions.as_view()),
    path("api/sessions/<uuid:session_id>", sessions.OneSession.as_view()),
    # Which nodes may you act for?
    path("api/pairings", access.Pairings.as_view()),
    path("api/pairings/<uuid:pairing_id>", access.OnePairing.as_view()),
    # Who acts for whom, and what did operators do?
    path("api/operator/pairings", pairings.AllPairings.as_view()),
    path("api/operator/audit", audit.OperatorDeeds.as_view()),
    # Which program may act for you?
    path("api/keys", keys.Keys.as_view()),
    path("api/keys/<uuid:key_id>", keys.OneKey.as_view()),
    # How does a bidding tool trade here?
    path("api/member/v1/auctions", member.Auctions.as_view()),
    path("api/member/v1/auctions/<str:auction_id>", member.OneAuction.as_view()),
    path("api/member/v1/auctions/<str:auction_id>/orders", member.Orders.as_view()),
    path("api/member/v1/auctions/<str:auction_id>/orders/cancelall", member.CancelAll.as_view()),
    path("api/member/v1/auctions/<str:auction_id>/orders/cancel", member.Cancel.as_view()),
    path("api/member/v1/auctions/<str:auction_id>/trades", member.Trades.as_view()),
    path("api/member/v1/auctions/<str:auction_id>/prices", member.Prices.as_view()),
    path("api/member/v1/auctions/<str:auction_id>/portfoliovolumes", member.PortfolioVolumes.as_view()),
    path("api/member/v1/curveorders", member.CurveOrders.as_view()),
    path("api/member/v1/curveorders/<str:order_id>", member.OneCurveOrder.as_view()),
    path("api/member/v1/curveorders/<str:order_id>/versions", member.CurveOrderVersions.as_view()),
    path("api/member/v1/blockorders", member.BlockOrders.as_view()),
    path("api/member/v1/blockorders/<str:order_id>", member.OneBlockOrder.as_view()),
    path("api/member/v1/blockorders/<str:order_id>/versions", member.BlockOrderVersions.as_view()),
    # What does electricity cost?
    path("api/prices", prices.Prices.as_view()),
    path("api/prices.csv", prices.PricesTable.as_view()),
    path("api/openadr3/programs", prices.Programs.as_view()),
    path("api/openadr3/programs/<str:program_id>", prices.OneProgram.as_view()),
    path("api/openadr3/events", prices.Events.as_view()),
    path("api/openadr3/events/<str:event_id>", prices.OneEvent.as_view()),
    # Where should the exchange call?
    path("api/webhooks", webhooks.Webhooks.as_view()),
    path("api/webhooks/<uuid:webhook_id>", webhooks.OneWebhook.as_view()),
    path("api/webhooks/<uuid:webhook_id>/secret", webhooks.Rotation.as_view()),
    path("api/webhooks/<uuid:webhook_id>/ping", webhooks.Ping.as_view()),
    path("api/webhooks/<uuid:webhook_id>/deliveries", webhooks.Deliveries.as_view()),
    path("api/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/replay", webhooks.Replay.as_view()),
    # What should you know?
    path("api/notifications", inbox.Notifications.as_view()),
    path("api/notifications/wishes", wishes.Wishes.as_view()),
    path("api/notifications/read-all", inbox.ReadAll.as_view()),
    path("api/notifications/<uuid:notification_id>/read", inbox.ReadOne.as_view()),
    path("internal/events", inbox.Events.as_view()),
    # What do neighbours show and tell each other?
    path("api/neighbours", neighbours.Neighbours.as_view()),
    path("api/neighbours/me", neighbours.OwnCard.as_view()),
    path("api/neighbours/me/picture", pictures.OwnPicture.as_view()),
    path("api/neighbours/<uuid:card_id>/picture", pictures.NeighbourPicture.as_view()),
    path("api/neighbours/<uuid:card_id>/messages", neighbours.Messages.as_view()),
    path("api/neighbours/<uuid:card_id>/messages/read", neighbours.ReadMessages.as_view()),
    path("api/neighbours/<uuid:card_id>/block", neighbours.BlockedNeighbour.as_view()),
    path("api/messages/<uuid:message_id>/report", neighbours.MessageReport.as_view()),
    path("api/operator/reports", reports.Reports.as_view()),
    path("api/operator/reports/<uuid:report_id>/settlement", reports.Settlement.as_view()),
    # What do people tell us about the page?
    path("api/feedback", feedback.Feedback.as_view()),
    path("api/operator/feedback", feedback.Remarks.as_view()),
    # What is running?
    path("api/version", health.Version.as_view()),
    path("api/health/live", health.Live.as_view()),
    path("api/health/ready", health.Ready.as_view()),
    path("api/schema", schema.answer),
    # The page.
    path("config.json", page.config),
    path(".well-known/security.txt", page.security),
    re_path(r"^(?:api|internal)(?:/|$)", problems.not_found),
    re_path(r"^(?P<path>.*)$", page.index),
]
