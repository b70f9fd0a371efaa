"""What the grid operator says its lines may carry."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from shared import fields, problems
from shared.fields import utc_text
from shared.parsers import LongJSONParser
from trading.capacities import operations, queries, rows
from trading.grid import queries as grid
from trading.grid.access import OperatorDoor, read
from trading.markets import queries as markets

LINE, REASON = 64, 200


class Capacities(OperatorDoor):
    """The ratings of an operator's lines, and what it posted beside them."""

    parser_classes = (LongJSONParser,)

    class Post(fields.StrictSerializer):
        """Either rows, or the text of a CSV file with the same columns."""

        class RowShape(fields.StrictSerializer):
            """The most over the line below a bus, in one direction, for a time. `reason` above the rating."""

            line = fields.StrictCharField(max_length=LINE)
            direction = fields.StrictCharField(max_length=8)
            startsAt = fields.InstantField()
            endsAt = fields.InstantField()
            capacityW = fields.StrictIntegerField(min_value=-rows.MOST_W, max_value=rows.MOST_W)
            reason = fields.StrictCharField(max_length=REASON, required=False, allow_blank=True)

        rows = serializers.ListField(
            child=RowShape(), required=False, allow_empty=False, max_length=rows.MOST_ROWS
        )
        csv = serializers.CharField(required=False, trim_whitespace=False)

        def validate(self, said):
            """Exactly one of both."""
            if ("csv" in said) == ("rows" in said):
                raise problems.field_error("rows", "required", "Send either rows or csv.")
            return said

    class Posted(serializers.Serializer):
        """The post that was kept."""

        number = serializers.IntegerField()
        postedAt = serializers.DateTimeField()
        rows = serializers.IntegerField()

    class Answer(serializers.Serializer):
        """Lines with their ratings, and the newest posts, the newest first."""

        class LineRating(serializers.Serializer):
            """What a line is built to carry; none means unlimited."""

            line = serializers.CharField()
            towards = serializers.CharField()
            ratingUpW = serializers.IntegerField(allow_null=True)
            ratingDownW = serializers.IntegerField(allow_null=True)

        class PostShape(serializers.Serializer):
            """What was said at one time; at most the first hundred rows."""

            class PostedRow(serializers.Serializer):
                """One row."""

                line = serializers.CharField()
                direction = serializers.CharField()
                startsAt = serializers.DateTimeField()
                endsAt = serializers.DateTimeField()
                capacityW = serializers.IntegerField()
                reason = serializers.CharField()

            number = serializers.IntegerField()
            postedAt = serializers.DateTimeField()
            rows = PostedRow(many=True)

        lines = LineRating(many=True)
        posts = PostShape(many=True)

    @extend_schema(operation_id="capacities", responses=Answer)
    def get(self, request, dso_id):
        """Show them."""
        lines = grid.buses_and_lines(dso=self.dso)[1]
        return Response(
            {
                "lines": [
                    {
                        "line": line.bus.name,
                        "towards": line.towards.name,
                        "ratingUpW": line.capacity_up_w,
                        "ratingDownW": line.capacity_down_w,
                    }
                    for line in lines
                ],
                "posts": [_post(each) for each in queries.posts(dso=self.dso)],
            }
        )

    @extend_schema(operation_id="post_capacities", request=Post, responses={201: Posted})
    def post(self, request, dso_id):
        """Post some, before the gates of what they concern."""
        said = read(request.data, self.Post)
        read_rows = rows.of_csv(said["csv"]) if "csv" in said else _rows(said["rows"])
        actor, at = request.user.subject, markets.now()
        made = operations.post(dso=self.dso, rows_said=read_rows, actor=actor, at=at)
        answer = {"number": made.number, "postedAt": utc_text(made.posted_at), "rows": len(read_rows)}
        return Response(answer, status=201)


def _rows(said):
    return [
        rows.Said(
            number,
            each["line"],
            each["direction"],
            each["startsAt"],
            each["endsAt"],
            each["capacityW"],
            each.get("reason", ""),
        )
        for number, each in enumerate(said, start=1)
    ]


def _post(post):
    return {
        "number": post.number,
        "postedAt": utc_text(post.posted_at),
        "rows": [
            {
                "line": row.line.bus.name,
                "direction": row.direction,
                "startsAt": utc_text(row.starts_at),
                "endsAt": utc_text(row.ends_at),
                "capacityW": row.capacity_w,
                "reason": row.reason,
            }
            for row in list(post.rows.all())[:100]
        ],
    }
