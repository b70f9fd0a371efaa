"""Money in, the accounts it goes out to, and the journal of all of it; `payout_api` has the way out."""

from datetime import timedelta

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields, identity, problems
from shared.parsers import LongJSONParser
from trading.grid.access import NodeDoor, NodeNotYours, OperatorDoor, read, read_query
from trading.grid.models import Customer
from trading.markets import queries as markets
from trading.settlement import journal, payments
from trading.settlement.models import PayIn, PayoutAccount

LONGEST = timedelta(days=7)  # a village books some thousand entries a day; export_journal takes any span


class PayoutAccountPage(NodeDoor):
    """Where the household's money is paid out to."""

    class Shape(fields.StrictSerializer):
        """A Swiss or Liechtenstein account and whose it is."""

        holder = fields.StrictCharField(max_length=70)
        iban = fields.StrictCharField(max_length=34)

    class Answer(serializers.Serializer):
        """The account, its number but for the last four signs hidden; null if none was chosen."""

        holder = serializers.CharField(allow_null=True)
        iban = serializers.CharField(allow_null=True)

    @extend_schema(operation_id="payoutAccount", responses=Answer)
    def get(self, request, node_id):
        """Show it."""
        return Response(_payout_account(PayoutAccount.objects.filter(customer=self.node.customer).first()))

    @extend_schema(operation_id="choosePayoutAccount", request=Shape, responses={200: Answer})
    def put(self, request, node_id):
        """Choose it."""
        chosen = read(request.data, self.Shape)
        account = payments.choose_payout_account(
            customer=self.node.customer, actor=request.user.subject, at=markets.now(), **chosen
        )
        return Response(_payout_account(account))


class BankDoor(OperatorDoor):
    """A view of the exchange's money with its bank."""

    roles = frozenset({identity.OPERATOR})


class BankReports(BankDoor):
    """Reports of the bank: what came in."""

    parser_classes = (LongJSONParser,)

    class Report(fields.StrictSerializer):
        """The text of a camt.053 or camt.054 file."""

        xml = serializers.CharField(trim_whitespace=False)

    class Answer(serializers.Serializer):
        """What became of its credits, and which earlier ones the bank took back; those nobody books."""

        class TakenBack(serializers.Serializer):
            """A payment that came in and left again."""

            bankReference = serializers.CharField()
            reference = serializers.CharField()
            amountUrp = serializers.IntegerField()
            valuedOn = serializers.DateField()

        booked = serializers.IntegerField()
        waiting = serializers.IntegerField()
        known = serializers.IntegerField()
        takenBack = TakenBack(many=True)

    @extend_schema(operation_id="takeInBankReport", request=Report, responses={200: Answer})
    def post(self, request, dso_id):
        """Take it in."""
        xml = read(request.data, self.Report)["xml"]
        taken = payments.take_in(dso=self.dso, raw=xml.encode(), at=markets.now())
        counts = {"booked": taken.booked, "waiting": taken.waiting, "known": taken.known}
        return Response(counts | {"takenBack": [_taken_back(each) for each in taken.taken_back]})


class PayInShape(serializers.Serializer):
    """Money that came in."""

    payInId = serializers.IntegerField()
    reference = serializers.CharField()
    payer = serializers.CharField()
    amountUrp = serializers.IntegerField()
    valuedOn = serializers.DateField()
    customerNumber = serializers.CharField(allow_null=True)


class WaitingPayIns(BankDoor):
    """Payments of which nobody knows whose they are."""

    class Answer(serializers.Serializer):
        """The oldest first."""

        items = PayInShape(many=True)

    @extend_schema(operation_id="waitingPayIns", responses=Answer)
    def get(self, request, dso_id):
        """Show them."""
        return Response({"items": [_pay_in(each) for each in payments.waiting(dso=self.dso)]})


class PayInPage(BankDoor):
    """One payment that came in."""

    class Request(fields.StrictSerializer):
        """Whose it is."""

        customerNumber = fields.StrictCharField(max_length=32)

    @extend_schema(operation_id="assignPayIn", request=Request, responses={200: PayInShape})
    def put(self, request, dso_id, pay_in_id):
        """Book it for a household."""
        number = read(request.data, self.Request)["customerNumber"]
        key = int(pay_in_id) if pay_in_id.isdigit() and len(pay_in_id) < 19 else -1
        pay_in = PayIn.objects.filter(dso=self.dso, pk=key).first()
        if pay_in is None:
            raise NodeNotYours
        customer = Customer.objects.filter(dso=self.dso, number=number, is_utility=False).first()
        if customer is None:
            raise problems.field_error("customerNumber", "unknown", "There is no such customer.")
        actor = request.user.subject
        return Response(
            _pay_in(payments.assign(pay_in=pay_in, customer=customer, actor=actor, at=markets.now()))
        )


class Journal(BankDoor):
    """What was booked on some days, for a bookkeeping system."""

    class Query(fields.StrictSerializer):
        """Local days, at most a week."""

        firstDay = serializers.DateField()
        lastDay = serializers.DateField()

        def validate(self, asked):
            """Check that it is a span, and not too long a one."""
            if asked["lastDay"] < asked["firstDay"]:
                detail = "The last day must not lie before the first."
                raise problems.field_error("lastDay", "before-start", detail)
            if asked["lastDay"] - asked["firstDay"] >= LONGEST:
                raise problems.field_error("lastDay", "out-of-range", f"At most {LONGEST.days} days.")
            return asked

    class Answer(serializers.Serializer):
        """The text of the file: a line per entry, with debit and credit account."""

        csv = serializers.CharField()

    @extend_schema(operation_id="journal", parameters=[Query], responses=Answer)
    def get(self, request, dso_id):
        """Write it."""
        asked = read_query(request, self.Query)
        text = journal.export(dso=self.dso, first=asked["firstDay"], last=asked["lastDay"])
        return Response({"csv": text})


def _taken_back(credit):
    return {
        "bankReference": credit.bank_reference,
        "reference": credit.reference,
        "amountUrp": credit.amount_urp,
        "valuedOn": credit.valued_on.isoformat(),
    }


def _payout_account(account):
    if account is None:
        return {"holder": None, "iban": None}
    hidden = account.iban[:4] + "…" + account.iban[-4:]
    return {"holder": account.holder, "iban": hidden}


def _pay_in(pay_in):
    return {
        "payInId": pay_in.pk,
        "reference": pay_in.reference,
        "payer": pay_in.payer,
        "amountUrp": pay_in.amount_urp,
        "valuedOn": pay_in.valued_on.isoformat(),
        "customerNumber": pay_in.customer and pay_in.customer.number,
    }
