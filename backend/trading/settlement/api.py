"""A household's statements: its months, the figures of one, the lines behind a figure, and files to keep."""

import base64
import re
from datetime import date

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields, problems
from shared.fields import utc_text
from trading.grid.access import NodeDoor, read_query
from trading.settlement import bills, sheets, statements

LINES_AT_ONCE = 500
MONTH = re.compile(r"20\d\d-(0[1-9]|1[0-2])", re.ASCII)


class FigureShape(serializers.Serializer):
    """The sum of some lines: received (+) or paid (−)."""

    figure = serializers.ChoiceField(statements.FIGURES)
    energyWh = serializers.IntegerField()
    amountUrp = serializers.IntegerField()
    lines = serializers.IntegerField()


class StatementDoor(NodeDoor):
    """A view of one month of the node's household."""

    def initial(self, request, *args, **kwargs):
        """Read the month after the node was found."""
        super().initial(request, *args, **kwargs)
        if not MONTH.fullmatch(kwargs["month"]):
            raise statements.NoSuchMonth
        self.month = date.fromisoformat(kwargs["month"] + "-01")

    def account(self):
        """The month, with its lines."""
        return statements.of(self.node.customer, month=self.month)


class Statements(NodeDoor):
    """The months of a node's household."""

    class Answer(serializers.Serializer):
        """The newest month first."""

        class MonthShape(serializers.Serializer):
            """A month with its balances; closed once levies, guarantee and VAT are booked."""

            month = serializers.CharField()
            openingUrp = serializers.IntegerField()
            closingUrp = serializers.IntegerField()
            closedAt = serializers.DateTimeField(allow_null=True)

        items = MonthShape(many=True)

    @extend_schema(operation_id="statements", responses=Answer)
    def get(self, request, node_id):
        """List them."""
        items = [
            {
                "month": f"{month:%Y-%m}",
                "openingUrp": opening_urp,
                "closingUrp": closing_urp,
                "closedAt": utc_text(statement and statement.closed_at),
            }
            for month, opening_urp, closing_urp, statement in statements.months_of(self.node.customer)
        ]
        return Response({"items": items})


class StatementPage(StatementDoor):
    """One month in figures."""

    class Answer(serializers.Serializer):
        """Opening balance and figures make the closing balance, to the µRp."""

        class SavingsShape(serializers.Serializer):
            """The same readings with the utility alone at its published tariff, VAT included."""

            baseline = serializers.CharField()
            utilityCostUrp = serializers.IntegerField()
            costUrp = serializers.IntegerField()
            savingsUrp = serializers.IntegerField()

        month = serializers.CharField()
        customerNumber = serializers.CharField()
        openingUrp = serializers.IntegerField()
        closingUrp = serializers.IntegerField()
        closedAt = serializers.DateTimeField(allow_null=True)
        figures = FigureShape(many=True)
        communityDiscountUrp = serializers.IntegerField()
        savings = SavingsShape(allow_null=True)
        dueRp = serializers.IntegerField(help_text="what is to be paid in, whole Rp; 0 if nothing")
        reference = serializers.CharField(help_text="QR reference to pay with")

    @extend_schema(operation_id="statement", responses=Answer)
    def get(self, request, node_id, month):
        """Show it."""
        return Response(_statement(self.account(), self.node.customer))


class StatementLines(StatementDoor):
    """The lines behind the figures."""

    class Query(fields.StrictSerializer):
        """Of which figure, and from which line on."""

        figure = fields.StrictChoiceField(statements.FIGURES, required=False)
        cursor = serializers.RegexField(r"^[0-9]{1,9}$", required=False)

    class Answer(serializers.Serializer):
        """At most 500 lines in the order of time."""

        class LineShape(serializers.Serializer):
            """One line."""

            at = serializers.DateTimeField()
            figure = serializers.ChoiceField(statements.FIGURES)
            document = serializers.CharField()
            nodeId = serializers.CharField(allow_null=True)
            energyWh = serializers.IntegerField(allow_null=True)
            amountUrp = serializers.IntegerField()

        items = LineShape(many=True)
        next = serializers.CharField(allow_null=True)

    @extend_schema(operation_id="statementLines", parameters=[Query], responses=Answer)
    def get(self, request, node_id, month):
        """Show some."""
        asked = read_query(request, self.Query)
        wanted = asked.get("figure")
        lines = [line for line in self.account().lines if wanted in (None, line.figure)]
        first = int(asked.get("cursor", 0))
        end = first + LINES_AT_ONCE
        items = [_line(line) for line in lines[first:end]]
        return Response({"items": items, "next": str(end) if end < len(lines) else None})


class StatementFile(StatementDoor):
    """A month as a file to keep: its lines as CSV, or as a letter with the Swiss QR bill."""

    class Query(fields.StrictSerializer):
        """Which file, and the language of the letter."""

        file = fields.StrictChoiceField(["csv", "pdf"])
        language = fields.StrictChoiceField(bills.LANGUAGES, required=False)

    class Answer(serializers.Serializer):
        """The file's name and content; bytes in base64."""

        name = serializers.CharField()
        mediaType = serializers.CharField()
        base64 = serializers.CharField()

    @extend_schema(operation_id="statementFile", parameters=[Query], responses=Answer)
    def get(self, request, node_id, month):
        """Write it."""
        asked = read_query(request, self.Query)
        account, customer = self.account(), self.node.customer
        if asked["file"] == "csv":
            content, media_type = sheets.statement(account).encode(), "text/csv"
        elif "language" in asked:
            # What writes a PDF is loaded when the first one is asked for.
            from trading.settlement import papers

            content = papers.statement(account, customer=customer, language=asked["language"])
            media_type = "application/pdf"
        else:
            raise problems.field_error("language", "required", "A letter is written in a language.")
        name = f"ceex-{customer.number}-{month}.{asked['file']}"
        return Response({"name": name, "mediaType": media_type, "base64": base64.b64encode(content).decode()})


def _statement(account, customer):
    counts = {}
    for line in account.lines:
        counts[line.figure] = counts.get(line.figure, 0) + 1
    closed = account.statement
    return {
        "month": f"{account.month:%Y-%m}",
        "customerNumber": customer.number,
        "openingUrp": account.opening_urp,
        "closingUrp": account.closing_urp,
        "closedAt": utc_text(closed and closed.closed_at),
        "figures": [
            {"figure": figure, "energyWh": wh, "amountUrp": urp, "lines": counts[figure]}
            for figure, wh, urp in account.figures()
        ],
        "communityDiscountUrp": account.discount_urp,
        "savings": _savings(account, customer),
        "dueRp": bills.due_rp(account),
        "reference": bills.reference(customer, account.month),
    }


def _savings(account, customer):
    found = account.comes_to
    if found is None:
        return None
    utility_urp = found.utility_cost_urp + found.levies_urp + found.utility_vat_urp
    cost_urp = found.cost_urp + found.levies_urp + found.vat_urp - found.guarantee_urp
    return {
        "baseline": customer.dso.name,
        "utilityCostUrp": utility_urp,
        "costUrp": cost_urp,
        "savingsUrp": utility_urp - cost_urp,
    }


def _line(line):
    return {
        "at": utc_text(line.at),
        "figure": line.figure,
        "document": line.document,
        "nodeId": line.node or None,
        "energyWh": line.energy_wh,
        "amountUrp": line.amount_urp,
    }
