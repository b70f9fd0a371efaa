"""Asking the exchange as its gateway does."""

import json

from trading.tests.cast import signed


class Caller:
    """Sends signed requests and reads the answers."""

    def __init__(self, client, *nodes, **who):
        self.client, self.nodes, self.who = client, nodes, who

    def get(self, path, **query):
        """Ask for something."""
        return self.client.get(path, query, headers=signed(*self.nodes, **self.who))

    def post(self, path, body, **headers):
        """Make something."""
        return self._send(self.client.post, path, body, headers)

    def put(self, path, body, **headers):
        """Change something."""
        return self._send(self.client.put, path, body, headers)

    def delete(self, path, **headers):
        """Take something back."""
        return self.client.delete(path, headers=self._signed(headers))

    def _send(self, method, path, body, headers):
        text = body if isinstance(body, str) else json.dumps(body)
        return method(path, text, content_type="application/json", headers=self._signed(headers))

    def _signed(self, headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return signed(*self.nodes, **self.who) | names
