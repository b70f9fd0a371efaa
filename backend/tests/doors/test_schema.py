"""Every operation of the public API's description, asked with what the description allows and forbids."""

import os

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shared import embedded
from tests.doors.conftest import PASSWORD

EXAMPLES = 3 * int(os.environ.get("CEEX_EXAMPLES", "1"))
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


@pytest.fixture(params=["program", "person"])
def session(request, doors):
    """Ada's program with its key, or Ada herself, logged in."""
    if request.param == "program":
        return doors.session("ada")
    person = doors.session()
    asked = {"email": "ada@example.ch", "password": PASSWORD}
    token = person.post(doors.url + "/api/auth/login", json=asked, timeout=30).json()["accessToken"]
    person.headers["Authorization"] = f"Bearer {token}"
    return person


def test_every_answer_is_described_and_none_is_a_fault_of_ours(doors, session):
    schema = schemathesis.openapi.from_path(embedded.ROOT / "docs" / "openapi.json")
    schema.config.update(base_url=doors.url)
    asked, wrong = set(), {}
    for found in schema.get_all_operations():
        operation = found.ok()

        @hypothesis.settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
            suppress_health_check=list(hypothesis.HealthCheck),
        )  # fmt: skip
        @hypothesis.given(case=operation.as_strategy())
        def ask(case):
            answer = case.call(session=session, timeout=30)
            asked.add(case.operation.label)
            try:
                case.validate_response(answer, checks=CHECKS)
            except BaseException as failure:
                wrong.setdefault((case.operation.label, answer.status_code), str(failure))

        ask()
    assert not wrong
    assert len(asked) > 40
