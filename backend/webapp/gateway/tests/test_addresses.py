from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.problems import Problem
from webapp.gateway import addresses

HOSTILE = [
    "http://evil.example/",
    "https://evil.example/node/N001",
    "//evil.example/x",
    "\t//evil.example/",
    "\n//evil.example/",
    "  /node/N001",
    "/node/N001 ",
    "http://trading:8000@evil.example/",
    "http://trading:8000\\@evil.example/",
    "http:evil",
    "http:/evil",
    "///evil",
    "/\\evil.example",
    "file:///etc/passwd",
    "gopher://x",
    "data:text/html,x",
    "javascript:alert(1)",
    "169.254.169.254",
    "http://169.254.169.254/latest",
    "metadata.google.internal/x",
    "127.0.0.1:8001/node/N001",
    "localhost/node",
    "2130706433",
    "/node/N001/../N002/orders",
    "/node/N001/./orders",
    "/node/..",
    "/..",
    "/.",
    "/node/..%2fN002",
    "/node/N001%2forders",
    "/node/%4e001",
    "/node/%252e%252e/N002",
    "/node//N001",
    "/node/N001//",
    "/node/N001/",
    "/node/N001;a=b/orders",
    "/node/N001\r\nHost: evil",
    "/node/N001%0d%0aX: y",
    "/node/N001#fragment",
    "/node/N001?#x",
    "/node/N001?auction=a\r\n",
    "/node/N001?auction=%00",
    "/node/Ｎ001",
    "/node/N001?auction=ä",
    "/node/N001?auction",
    "/node/N001?=x",
    "/node/N001?auction=a&auction=b",
    "/node/N001?auction=a&&",
    "/" + "a" * 3000,
    "/node/N001?auction=" + "a" * 3000,
    "",
    "/",
    "?",
    "node/N001",
    "*",
]


class TestSplit:
    def test_reads_a_path_and_its_query(self):
        assert addresses.split("/node/N001/orders?from=2026-11-22T10%3A00%3A00Z&state=open") == (
            "/node/N001/orders",
            [("from", "2026-11-22T10:00:00Z"), ("state", "open")],
        )

    @given(st.text(alphabet="/\\.:%?#&=@[]a0\t\n ~-", max_size=30))
    def test_leaves_no_way_to_another_path_or_host(self, text):
        try:
            path, _ = addresses.split(text)
        except Problem as problem:
            assert problem.status == 400
        else:
            joined = urlsplit(urljoin("http://trading:8001", path))
            assert (joined.netloc, joined.path) == ("trading:8001", path)
            assert path == "/" + "/".join(each for each in path.split("/") if each not in ("", ".", ".."))

    @pytest.mark.parametrize("address", [None, 5, [], {}, True])
    def test_takes_text_only(self, address):
        with pytest.raises(Problem):
            addresses.split(address)
