"""Block orders from the book to the result: accepted, refused with a reason, left out when time is short."""

from datetime import timedelta

import pytest
from django.core.management import call_command

import clearing
from clearing.__main__ import main
from trading.markets.models import Market
from trading.operations.models import Incident
from trading.operations.tests.conftest import place
from trading.orders import blocks
from trading.orders import queries as orders
from trading.orders.blocks import Block
from trading.orders.models import Order
from trading.results import queries, solver
from trading.results.models import Result
from trading.tests.cast import signed


@pytest.fixture
def book(street, dam):
    """Bo needs 600 Wh at noon and 200 Wh after; Ada offers blocks that fit, are too dear, and are too big."""
    at = dam.gate_closes_at - timedelta(hours=1)
    place(street.bo, dam, "buy", (48, 26_450, 600), (49, 26_450, 200), at=at)
    said = [
        ("fits", 8_000, 1000, (200, 100), "", ""),
        ("hangs on it", 8_000, 500, (100, 100), "fits", ""),
        ("too dear", 30_000, 1000, (100, 100), "", ""),
        ("too big", 13_000, 1000, (2_000, 2_000), "", ""),
        ("this", 5_000, 1000, (10, 10), "", "either"),
        ("or that", 6_000, 1000, (10, 10), "", "either"),
    ]
    rows = [Block(name, "sell", price, ratio, (48, 49), wh, parent, group)
            for name, price, ratio, wh, parent, group in said]  # fmt: skip
    blocks.place(auction=dam, node=street.ada, blocks=rows, actor="a-user", at=at)
    return dam


def outcomes(street, where):
    """Each of Ada's blocks by name."""
    result = Result.objects.get(auction=where)
    return {each.order.name: each for each in queries.orders_of(nodes=[street.ada], result=result)}


def verify(folder, *more):
    arguments = ["--orders", f"{folder}/orders.csv", "--lines", f"{folder}/lines.csv", *more]
    return main(["verify", *arguments, "--out", str(folder)])


def test_every_code_of_the_clearing_has_its_word():
    assert (*clearing.REASONS, "left-out") == queries.BLOCK_CODES


class TestPublished:
    def test_says_what_became_of_each_block_and_why(self, street, book, worker):
        worker(at=book.gate_closes_at)
        found = outcomes(street, book)
        told = {name: (each.block.code, each.block.ratio_permille) for name, each in found.items()}
        assert told["fits"] == ("accepted", 1000)
        assert told["hangs on it"] == ("at-the-money", 900)
        assert told["too dear"] == ("out-of-the-money", 0)
        assert (told["this"], told["or that"]) == (("accepted", 1000), ("group-taken", 0))
        assert Result.objects.get(auction=book).rung == "full"
        assert [each.accepted_wh for each in found["fits"].periods] == [200, 100]

    def test_a_limit_just_better_than_the_average_is_enough(self, street, book, worker):
        worker(at=book.gate_closes_at)
        dear = outcomes(street, book)["too dear"]
        assert dear.block.limit_rp_per_mwh == 30_000 > dear.block.average_rp_per_mwh
        prices = [each.meter_price_rp_per_mwh for each in dear.periods]
        assert dear.block.average_rp_per_mwh == (sum(prices) + 1) // 2

    def test_a_block_that_would_spoil_its_own_price_is_paradoxically_refused(self, street, dam, worker):
        at = dam.gate_closes_at - timedelta(hours=1)
        place(street.bo, dam, "buy", (48, 26_450, 600), at=at)
        place(street.ada, dam, "sell", (48, 19_000, 500), at=at)
        big = [Block("big", "sell", 15_000, 1000, (48,), (2_000,))]
        blocks.place(auction=dam, node=street.ada, blocks=big, actor="a-user", at=at)
        worker(at=dam.gate_closes_at)
        refused = outcomes(street, dam)["big"].block
        assert (refused.code, refused.ratio_permille) == ("paradoxically-refused", 0)
        assert refused.average_rp_per_mwh > refused.limit_rp_per_mwh

    def test_the_door_tells_it(self, client, street, book, worker):
        worker(at=book.gate_closes_at)
        path = f"/node/{street.ada.public_id}/results"
        answer = client.get(path, {"auction": book.code}, headers=signed(street.ada)).json()
        dear = next(each for each in answer["items"] if each["block"]["limitRpPerMwh"] == 30_000)
        assert dear["periods"][0]["code"] == dear["block"]["code"] == "out-of-the-money"
        assert dear["periods"][0]["enoughRpPerMwh"] == dear["block"]["averageRpPerMwh"]
        place_of = f"/node/{street.bo.public_id}/results"
        [curve] = client.get(place_of, {"auction": book.code}, headers=signed(street.bo)).json()["items"]
        assert curve["block"] is None

    def test_anyone_can_run_it_again_from_its_files(self, book, worker, tmp_path):
        worker(at=book.gate_closes_at)
        call_command("export_auction", book.code, out=tmp_path)
        assert verify(tmp_path, "--blocks", f"{tmp_path}/block_orders.csv") == 0
        text = (tmp_path / "blocks.csv").read_text()
        (tmp_path / "blocks.csv").write_text(text.replace(",1,accepted,", ",0,accepted,", 1))
        assert verify(tmp_path, "--blocks", f"{tmp_path}/block_orders.csv") != 0


class TestWithoutBlocks:
    def check(self, street, book, tmp_path):
        result = Result.objects.get(auction=book)
        assert (result.rung, result.gap_urp) == ("without_blocks", 0)
        assert {each.block.code for each in outcomes(street, book).values()} == {"left-out"}
        assert Incident.objects.filter(code="auction-fallback").exists()
        call_command("export_auction", book.code, out=tmp_path)
        assert verify(tmp_path) == 0
        accepted = {each.pk: orders.accepted(each) for each in Order.objects.filter(kind="block")}
        assert set(accepted.values()) == {0}

    def test_is_cleared_when_no_time_is_left_for_them(self, street, book, worker, tmp_path):
        worker(at=book.gate_closes_at + timedelta(seconds=book.market.fallback_after_s))
        self.check(street, book, tmp_path)

    def test_is_cleared_when_the_search_finds_nothing_that_proves_itself(
        self, street, book, worker, tmp_path, monkeypatch
    ):
        clear = clearing.clear

        def unsolved(*arguments, blocks=None, **options):
            if blocks is not None:
                raise clearing.Unsolved("no end")
            return clear(*arguments, **options)

        monkeypatch.setattr(solver.clearing, "clear", unsolved)
        worker(at=book.gate_closes_at)
        self.check(street, book, tmp_path)


def test_real_time_auctions_take_them_too(street, rtm, worker):
    assert Market.objects.get(code="rtm").blocks_allowed
    at = rtm.gate_closes_at - timedelta(minutes=10)
    place(street.bo, rtm, "buy", (0, 26_450, 600), (1, 26_450, 600), at=at)
    said = [Block("both", "sell", 8_000, 1000, (0, 1), (300, 300))]
    blocks.place(auction=rtm, node=street.ada, blocks=said, actor="a-user", at=at)
    worker(at=rtm.gate_closes_at)
    assert outcomes(street, rtm)["both"].block.code == "accepted"
