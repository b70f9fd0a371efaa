from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from trading.markets import operations as markets
from trading.markets import queries as clock
from trading.metering import files, intake, operations, queries
from trading.metering.models import CorrectedQuarter, MeterReading, QuarantinedReading, ReplacedReading
from trading.metering.tests.test_record import NOON, QUARTER, record
from trading.tests.caller import Caller

LATER = NOON + timedelta(hours=4)


def file(street, *rows, head="node,startsAt,wh"):
    return "\n".join([head, *rows]).format(bo=street.bo.public_id, ada=street.ada.public_id).encode()


def taken_in(street, *rows, at=LATER, **options):
    return intake.record_file(dso=street.dso, raw=file(street, *rows, **options), at=at)


def counted(node, periods):
    return queries.readings(nodes=[node.pk], starts_at=NOON, periods=periods)[0].tolist()


class TestFile:
    def test_is_taken_in_whatever_its_order_and_with_gaps(self, street):
        rows = (
            "{bo},2026-11-20T11:30:00Z,80",
            "{ada},2026-11-20T11:00:00Z,7",
            "{bo},2026-11-20T11:00:00Z,120",
        )
        assert taken_in(street, *rows).new == 3
        assert counted(street.bo, 3) == [120, -1, 80]
        assert MeterReading.objects.get(node=street.ada).quality == "final"

    def test_twice_changes_nothing(self, street):
        rows = ("{bo},2026-11-20T11:30:00Z,80", "{ada},2026-11-20T11:00:00Z,7")
        taken_in(street, *rows)
        assert taken_in(street, *rows, at=LATER + QUARTER).unchanged == 2
        assert not ReplacedReading.objects.exists()

    def test_may_end_its_lines_as_windows_does(self, street):
        raw = file(street, "{bo},2026-11-20T11:00:00Z,120", "{bo},2026-11-20T11:15:00Z,0")
        raw = raw.replace(b"\n", b"\r\n") + b"\r\n"
        assert intake.record_file(dso=street.dso, raw=raw, at=LATER).new == 2

    def test_says_how_sure_each_reading_is(self, street):
        rows = ("{bo},2026-11-20T11:00:00Z,120,estimated", "{bo},2026-11-20T11:15:00Z,80,final")
        taken_in(street, *rows, head="node,startsAt,wh,quality")
        qualities = MeterReading.objects.order_by("starts_at").values_list("quality", flat=True)
        assert list(qualities) == ["estimated", "final"]

    def test_without_lines_is_nothing(self, street):
        assert taken_in(street).new == 0

    @pytest.mark.parametrize(
        ("line", "column"),
        [
            ("{bo},2026-11-20T11:15:00Z,-5", "wh"),
            ("{bo},2026-11-20T11:15:00Z,1.5", "wh"),
            ("{bo},2026-11-20T11:15:00Z,1e3", "wh"),
            ("{bo},2026-11-20T11:15:00Z,", "wh"),
            ("{bo},2026-11-20T11:15:00Z,9999999999", "wh"),
            ("{bo},2026-11-20T11:15:00Z,99999999", "wh"),
            ("{bo},2026-11-20T11:15:00Z,NaN", "wh"),
            ("{bo},2026-11-20T11:15:00,5", "startsAt"),
            ("{bo},2026-11-20 11:15:00Z,5", "startsAt"),
            ("{bo},2026-02-30T11:15:00Z,5", "startsAt"),
            ("{bo},2026-13-01T11:15:00Z,5", "startsAt"),
            ("{bo},2026-11-20T24:00:00Z,5", "startsAt"),
            ("{bo},2026-11-20T11:10:00Z,5", "startsAt"),
            ("{bo},2027-11-20T11:15:00Z,5", "startsAt"),
            ("{bo},1999-11-20T11:15:00Z,5", "startsAt"),
            ("{bo},2026-11-20T11:00:00Z,6", "startsAt"),
            ("N999,2026-11-20T11:15:00Z,5", "node"),
            (",2026-11-20T11:15:00Z,5", "node"),
            ("ä,2026-11-20T11:15:00Z,5", "node"),
            ("{bo},2026-11-20T11:15:00Z", "node"),
            ("{bo},2026-11-20T11:15:00Z,5,6", "node"),
            ("\n{bo},2026-11-20T11:15:00Z,5", "node"),
        ],
    )
    def test_names_the_line_and_column_that_is_wrong_and_keeps_nothing(self, street, line, column):
        with pytest.raises(files.BadFile) as refused:
            taken_in(street, "{bo},2026-11-20T11:00:00Z,5", line)
        assert (refused.value.row, refused.value.column) == (3, column)
        assert not MeterReading.objects.exists()

    @pytest.mark.parametrize(
        ("head", "column"),
        [
            ("node,startsAt,kwh", "kwh"),
            ("", "(empty)"),
            ("node,startsAt", "wh"),
            ("node;startsAt;wh", "node;startsAt;wh"),
        ],
    )
    def test_of_another_unit_or_form_is_refused_by_its_first_line(self, street, head, column):
        with pytest.raises(files.BadFile) as refused:
            taken_in(street, "{bo},2026-11-20T11:00:00Z,5", head=head)
        assert (refused.value.row, refused.value.column) == (1, column)

    def test_the_utility_has_no_meter(self, street):
        with pytest.raises(files.BadFile):
            taken_in(street, f"{street.utility_sells.public_id},2026-11-20T11:00:00Z,5")


class TestCorrection:
    def test_is_numbered_and_the_old_reading_kept(self, street):
        for hours, wh in enumerate((120, 130, 125)):
            record((street.bo, NOON, wh), at=LATER + timedelta(hours=hours))
        reading = MeterReading.objects.get()
        assert (reading.metered_wh, reading.number) == (125, 3)
        old = ReplacedReading.objects.order_by("number").values_list("number", "metered_wh", "received_at")
        assert list(old) == [(1, 120, LATER), (2, 130, LATER + timedelta(hours=1))]
        assert CorrectedQuarter.objects.get().starts_at == NOON

    def test_of_the_quality_alone_is_nothing_to_settle(self, street):
        record((street.bo, NOON, 120), quality="provisional")
        record((street.bo, NOON, 120), at=LATER)
        assert ReplacedReading.objects.count() == 1
        assert not CorrectedQuarter.objects.exists()


class TestQuarantine:
    MOST = 10_000 // 4 * 110 // 100

    def test_keeps_what_the_connection_does_not_carry_apart(self, street):
        taken = record((street.bo, NOON, self.MOST), (street.bo, NOON + QUARTER, self.MOST + 1))
        assert (taken.new, taken.quarantined) == (1, 1)
        assert counted(street.bo, 2) == [self.MOST, -1]
        assert QuarantinedReading.objects.get().reason == "more than the 2500 Wh that its connection carries"

    def test_once_however_often_it_comes(self, street):
        record((street.bo, NOON, self.MOST + 1))
        assert record((street.bo, NOON, self.MOST + 1)).unchanged == 1
        assert QuarantinedReading.objects.count() == 1

    def test_ends_with_a_decision(self, street):
        record((street.bo, NOON, self.MOST + 1), (street.ada, NOON, self.MOST + 1))
        for node, accept, kept in ((street.bo, True, self.MOST + 1), (street.ada, False, -1)):
            quarantined = QuarantinedReading.objects.get(node=node)
            operations.decide(quarantined=quarantined, accept=accept, actor="a-user", at=LATER)
            assert counted(node, 1) == [kept]
            with pytest.raises(operations.AlreadyDecided):
                operations.decide(quarantined=quarantined, accept=accept, actor="a-user", at=LATER)


class TestEstimate:
    def test_takes_the_week_before_or_else_the_schedule_and_gives_way_to_a_reading(self, street):
        record((street.bo, NOON - timedelta(days=7), 90))
        asked = {"starts_at": [NOON, NOON], "scheduled": [-40, 300], "at": LATER}
        assert operations.estimate(nodes=[street.bo.pk, street.ada.pk], **asked) == 2
        assert (counted(street.bo, 1), counted(street.ada, 1)) == ([90], [300])
        assert set(MeterReading.objects.filter(starts_at=NOON).values_list("quality", flat=True)) == {
            "estimated"
        }
        assert operations.estimate(nodes=[street.bo.pk, street.ada.pk], **asked) == 0
        assert record((street.bo, NOON, 95), at=LATER + QUARTER).corrected == 1


class TestDoor:
    @pytest.fixture
    def dso(self, client, street):
        markets.set_clock(speed=1, shows_at=LATER, real_at=clock.moment().real_at)
        return Caller(client, role="dso")

    @pytest.fixture
    def path(self, street):
        return f"/dso/{street.dso.public_id}/readings"

    def test_takes_series_with_gaps(self, dso, path, street):
        series = {"nodeId": street.bo.public_id, "startsAt": "2026-11-20T11:00:00Z", "wh": [120, None, 80]}
        body = {"unit": "Wh", "quality": "provisional", "series": [series]}
        answer = dso.post(path, body)
        assert (answer.status_code, answer.json()) == (
            200,
            {"new": 2, "corrected": 0, "unchanged": 0, "quarantined": 0},
        )
        assert counted(street.bo, 3) == [120, -1, 80]

    def test_takes_the_text_of_a_file(self, dso, path, street):
        text = file(street, "{bo},2026-11-20T11:00:00Z,5").decode()
        assert dso.post(path, {"csv": text}).json()["new"] == 1

    def test_names_the_series_that_is_wrong(self, dso, path, street):
        good = {"nodeId": street.bo.public_id, "startsAt": "2026-11-20T11:00:00Z", "wh": [1, 2]}
        for bad, column in (
            (good, "startsAt"),
            (good | {"nodeId": "N999"}, "node"),
            (good | {"startsAt": "2026-11-21T11:00:00Z"}, "startsAt"),
        ):
            answer = dso.post(path, {"unit": "Wh", "quality": "final", "series": [good, bad]})
            assert answer.status_code == 422
            assert (answer.json()["row"], answer.json()["column"]) == (2, column)
        assert not MeterReading.objects.exists()

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "series"),
            ({"csv": "", "series": []}, "csv"),
            ({"unit": "kWh", "quality": "final", "series": [{}]}, "unit"),
            (
                {"unit": "Wh", "series": [{"nodeId": "a", "startsAt": "2026-11-20T11:00:00Z", "wh": [1]}]},
                "quality",
            ),
            (
                {
                    "unit": "Wh",
                    "quality": "final",
                    "series": [{"nodeId": "a", "startsAt": "2026-11-20T11:00:00Z", "wh": [-1]}],
                },
                "series.0.wh.0",
            ),
        ],
    )
    def test_names_the_field_that_is_wrong(self, dso, path, body, field):
        answer = dso.post(path, body)
        assert answer.status_code == 400
        assert field in {error["field"] for error in answer.json()["errors"]}

    def test_is_closed_to_households_and_unknown_grids(self, client, dso, path, street):
        assert Caller(client, street.bo).post(path, {"csv": ""}).status_code == 403
        assert dso.post("/dso/other/readings", {"csv": ""}).status_code == 404

    def test_lists_doubted_readings_and_takes_a_decision(self, dso, path, street):
        record((street.bo, NOON, 2_751))
        [doubted] = dso.get(path + "/quarantine").json()["items"]
        assert (doubted["nodeId"], doubted["wh"], doubted["decision"]) == (street.bo.public_id, 2_751, None)
        one = f"{path}/quarantine/{doubted['quarantinedId']}"
        assert dso.put(one, {"accept": True}).json()["decision"] == "accepted"
        assert dso.put(one, {"accept": True}).json()["code"] == "already-decided"
        assert dso.put(path + "/quarantine/9", {"accept": True}).status_code == 404

    def test_shows_the_household_its_readings_and_their_corrections(self, client, dso, street):
        record((street.bo, NOON, 120), quality="provisional")
        record((street.bo, NOON, 130), at=LATER)
        span = {"from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z"}
        path = f"/node/{street.bo.public_id}/readings"
        answer = Caller(client, street.bo).get(path, **span).json()
        assert [(each["wh"], each["quality"], each["number"]) for each in answer["items"]] == [
            (130, "final", 2)
        ]
        assert [(each["wh"], each["number"]) for each in answer["replaced"]] == [(120, 1)]
        assert Caller(client, street.ada).get(path, **span).status_code == 404
        assert Caller(client, street.bo).get(path, **span | {"to": "2027-01-21T00:00:00Z"}).status_code == 400


class TestCommand:
    def test_records_a_file_and_says_what_became_of_it(self, street, tmp_path, capsys):
        (tmp_path / "a.csv").write_bytes(file(street, "{bo},2026-11-20T11:00:00Z,5"))
        markets.set_clock(speed=1, shows_at=LATER, real_at=clock.moment().real_at)
        call_command("record_readings", str(tmp_path / "a.csv"))
        assert "1 new, 0 corrected" in capsys.readouterr().out

    def test_names_what_is_wrong(self, street, tmp_path):
        (tmp_path / "a.csv").write_bytes(file(street, "N999,2026-11-20T11:00:00Z,5"))
        with pytest.raises(CommandError, match="Line 2, node"):
            call_command("record_readings", str(tmp_path / "a.csv"))
        with pytest.raises(CommandError, match="cannot be read"):
            call_command("record_readings", str(tmp_path / "none.csv"))
