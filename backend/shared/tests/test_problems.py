import json

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions

from shared import fields, problems


class GateClosedHere(Exception):
    """The auction no longer takes orders.

    More than one line of docstring is not for people outside.
    """


class LimitHere(Exception):
    """The order is too large."""

    def __init__(self, free_urp):
        super().__init__("Only a little is free.")
        self.params = {"freeUrp": free_urp, "status": 200}


problems.register(GateClosedHere, status=409, code="gate-closed-here")
problems.register(LimitHere, status=422, code="limit-here", title="Too large")


class Point(fields.StrictSerializer):
    quantityWh = fields.StrictIntegerField(min_value=1, max_value=9)  # noqa: N815


class Order(fields.StrictSerializer):
    points = Point(many=True)


class TestOf:
    def test_a_registered_error_says_what_it_says(self):
        assert problems.of(GateClosedHere()).body() == {
            "type": "urn:ceex:problem:gate-closed-here",
            "title": "Conflict",
            "status": 409,
            "code": "gate-closed-here",
            "detail": "The auction no longer takes orders.",
        }

    def test_its_params_are_added_but_replace_nothing(self):
        body = problems.of(LimitHere(5)).body()
        assert (body["freeUrp"], body["status"], body["title"]) == (5, 422, "Too large")
        assert body["detail"] == "Only a little is free."

    def test_invalid_input_names_each_field(self):
        order = Order(data={"points": [{"quantityWh": 3}, {"quantityWh": 0, "x": 1}, {}]})
        assert not order.is_valid()
        found = problems.of(exceptions.ValidationError(order.errors)).errors
        assert [(error["field"], error["code"]) for error in found] == [
            ("points.1.x", "unknown-field"),
            ("points.2.quantityWh", "required"),
        ]

    @pytest.mark.parametrize(
        ("error", "status", "code"),
        [
            (Http404(), 404, "not-found"),
            (exceptions.NotFound(), 404, "not-found"),
            (PermissionDenied(), 403, "forbidden"),
            (exceptions.PermissionDenied(), 403, "forbidden"),
            (exceptions.NotAuthenticated(), 401, "not-authenticated"),
            (exceptions.MethodNotAllowed("FOO"), 405, "method-not-allowed"),
            (exceptions.UnsupportedMediaType("text/x"), 415, "unsupported-media-type"),
            (exceptions.Throttled(7.2), 429, "too-many-requests"),
            (exceptions.ParseError(), 400, "malformed"),
        ],
    )
    def test_errors_of_the_framework_have_stable_codes(self, error, status, code):
        problem = problems.of(error)
        assert (problem.status, problem.code) == (status, code)

    def test_a_throttled_caller_learns_when_to_return(self):
        assert problems.of(exceptions.Throttled(7.2)).headers == {"Retry-After": "8"}

    def test_the_unexpected_is_not_hidden(self):
        assert problems.of(RuntimeError("bug")) is None
        assert problems.handler(RuntimeError("bug"), {}) is None


class TestRegister:
    def test_refuses_a_second_meaning(self):
        problems.register(GateClosedHere, status=409, code="gate-closed-here")
        with pytest.raises(ValueError):
            problems.register(GateClosedHere, status=400, code="other")


class TestRespond:
    def test_is_a_problem_outside_of_the_framework_too(self):
        response = problems.not_found(None)
        assert response.status_code == 404
        assert response["Content-Type"] == "application/problem+json"
        assert json.loads(response.content)["code"] == "not-found"
