"""What the last release promised still holds: docs/openapi.json against the API as it is now."""

import json
from pathlib import Path

import pytest
from drf_spectacular.generators import SchemaGenerator

PROMISED = Path(__file__).resolve().parents[3] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def promised():
    return json.loads(PROMISED.read_text())


@pytest.fixture(scope="module")
def present():
    return json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))


def operations(schema):
    paths = schema["paths"].items()
    return {(path, method): each for path, methods in paths for method, each in methods.items()}


def resolved(schema, shape):
    while "$ref" in shape:
        shape = schema["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
    return shape


def bodies(schema, operation):
    """The shapes that an operation answers with when it succeeds."""
    for status, answer in operation["responses"].items():
        for media_type, content in answer.get("content", {}).items():
            if status.startswith("2"):
                yield status, media_type, content["schema"]


def lost(before, after, old, new, place):
    """The properties of an answer that are gone or of another type."""
    one, other = resolved(before, old), resolved(after, new)
    if one.get("type") != other.get("type"):
        yield f"{place}: was {one.get('type')}, is {other.get('type')}"
    if one.get("type") == "array":
        yield from lost(before, after, one["items"], other.get("items", {}), place + "[]")
    for name, shape in one.get("properties", {}).items():
        if name not in other.get("properties", {}):
            yield f"{place}.{name} is gone"
        else:
            yield from lost(before, after, shape, other["properties"][name], f"{place}.{name}")


def demanded(schema, operation):
    """The fields that a request must have."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return set(resolved(schema, content.get("schema", {})).get("required", []))


def test_no_operation_is_gone(promised, present):
    assert not operations(promised).keys() - operations(present).keys()


def test_no_answer_lost_a_property(promised, present):
    faults, now = [], operations(present)
    for key, operation in operations(promised).items():
        answers = {(status, kind): shape for status, kind, shape in bodies(present, now[key])}
        for status, kind, shape in bodies(promised, operation):
            place = f"{key[1].upper()} {key[0]} {status}"
            if (status, kind) not in answers:
                faults.append(f"{place} is gone")
            else:
                faults += lost(promised, present, shape, answers[status, kind], place)
    assert not faults


def test_no_request_demands_more(promised, present):
    now = operations(present)
    for key, operation in operations(promised).items():
        assert demanded(present, now[key]) <= demanded(promised, operation), key


def test_notices_what_breaks(promised, present):
    """The comparison itself: a property taken away, and an operation."""
    broken = json.loads(json.dumps(present))
    broken["components"]["schemas"]["KeyShape"]["properties"].pop("prefix")
    del broken["paths"]["/api/keys/{key_id}"]
    with pytest.raises(AssertionError):
        test_no_operation_is_gone(promised, broken)
    broken["paths"]["/api/keys/{key_id}"] = present["paths"]["/api/keys/{key_id}"]
    with pytest.raises(AssertionError):
        test_no_answer_lost_a_property(promised, broken)


def test_every_operation_says_how_it_refuses(present):
    for operation in operations(present).values():
        assert {"400", "401", "403", "404", "409", "422", "429", "503"} <= operation["responses"].keys()
        refusal = operation["responses"]["400"]["content"]["application/problem+json"]["schema"]
        assert "code" in resolved(present, refusal)["required"]
