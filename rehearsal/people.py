"""The demo's users at the rehearsed exchange."""

import json

from rehearsal.engine import ROOT

LOGINS = json.loads((ROOT / "demo" / "logins.json").read_text())
ASK_OPERATOR = """
import django; django.setup()
from trading.grid.models import DistributionSystemOperator as Operator
print(Operator.objects.get().public_id)
"""


def load(server):
    """Make the users of demo/logins.json and pair them, as the demo does."""
    operator = server.execute("trading", *_python("trading.settings"), stdin=ASK_OPERATOR).split()[-1]
    people = [_person(login, operator) for login in LOGINS]
    write = "import sys; open('/tmp/people.json', 'w').write(sys.stdin.read())"
    server.execute("webapp", "python", "-c", write, stdin=json.dumps(people))
    server.execute("webapp", "python", "-m", "webapp", "load_demo", "/tmp/people.json")


def of(role):
    """E-mail and password of the first user with a role."""
    found = next(login for login in LOGINS if login["role"] == role)
    return found["email"], found["password"]


def _person(login, operator):
    person = {name: login[name] for name in ("email", "password", "role", "language")}
    at_operator = operator if login["role"] in ("household", "dso") else None
    return person | {"dso": at_operator, "dsoClientId": login["customer"]}


def _python(settings):
    return ("env", f"DJANGO_SETTINGS_MODULE={settings}", "python", "-")
