import lzma
import shutil

import numpy as np
import pytest

from trading.grid import households, village


@pytest.fixture
def files(tmp_path):
    """A copy of the village's files; `change(file, before, after)` spoils one."""

    def change(file, before, after):
        path = tmp_path / file
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after, 1))

    for file in ("nodes.csv", "lines.csv", "assets.csv"):
        shutil.copy(village.FOLDER / file, tmp_path / file)
    return tmp_path, change


def refusal(folder):
    with pytest.raises(village.VillageFileError) as refused:
        village.read(folder)
    return refused.value.file, refused.value.row, refused.value.column


class TestRead:
    def test_finds_the_whole_village(self):
        found = village.read()
        assert (len(found.buses), len(found.lines), len(found.assets)) == (128, 127, 184)
        assert found.substation == "N016"

    def test_directs_every_line_towards_the_substation(self):
        found = village.read()
        above = {line.bus: line.towards for line in found.lines}
        assert len(above) == 127
        for bus in above:
            steps = 0
            while bus != "N016":
                bus, steps = above[bus], steps + 1
            assert steps < 127

    def test_turns_units_into_ours(self):
        found = village.read()
        line = next(line for line in found.lines if {line.bus, line.towards} == {"N014", "N083"})
        assert (line.length_m, line.capacity_w) == (9, 187_100)
        battery = next(asset for asset in found.assets if asset.name == "A170")
        assert (battery.rated_w, battery.capacity_wh) == (3_400, 6_800)

    @pytest.mark.parametrize(
        ("file", "before", "after", "row", "column"),
        [
            ("lines.csv", "N037,N056,1.3,187.1", "N037,N037,1.3,187.1", 2, "to_node"),
            ("lines.csv", "N037,N056,1.3,187.1", "N037,N999,1.3,187.1", 2, "to_node"),
            ("lines.csv", "N037,N056,1.3,187.1", "N037,N056,1.3,-187.1", 2, "capacity_kw"),
            ("lines.csv", "N037,N056,1.3,187.1", "N037,N056,1e3,187.1", 2, "length_m"),
            ("lines.csv", "N037,N056,1.3,187.1", "N037,N056,1.3", 2, "capacity_kw"),
            ("lines.csv", "N037,N056,1.3,187.1\n", "", 127, "from_node"),
            ("lines.csv", "from_node", "from", 1, "from_node"),
            ("nodes.csv", "N002,", "N001,", 3, "node"),
            ("nodes.csv", "N001,11.4096", "N001,191.4096", 2, "longitude"),
            ("nodes.csv", "N001,11.4096", "N001,+11.4096", 2, "longitude"),
            ("nodes.csv", "connection", "substation", 17, "kind"),
            ("nodes.csv", "substation", "junction", 129, "kind"),
            ("assets.csv", "A001,", "A000,", 3, "asset"),
            ("assets.csv", "A000,N027", "A000,N999", 2, "node"),
            ("assets.csv", "load", "toaster", 2, "kind"),
            ("assets.csv", "H0-C,3.0,", "H0-C,3.0,5", 2, "capacity_kwh"),
        ],
    )
    def test_names_what_is_wrong(self, files, file, before, after, row, column):
        folder, change = files
        change(file, before, after)
        assert refusal(folder) == (file, row, column)

    def test_names_the_line_that_closes_a_loop(self, files):
        folder, _ = files
        with (folder / "lines.csv").open("a") as lines:
            lines.write("N001,N002,1.0,100.0\n")
        assert refusal(folder) == ("lines.csv", 129, "to_node")

    def test_names_the_line_that_stands_there_twice(self, files):
        folder, _ = files
        with (folder / "lines.csv").open("a") as lines:
            lines.write("N037,N056,1.3,187.1\n")
        assert refusal(folder) == ("lines.csv", 129, "to_node")


class TestEnergies:
    def write(self, folder, *lines):
        with lzma.open(folder / "energy_wh.csv.xz", "wt", encoding="ascii") as file:
            file.write("".join(line + "\n" for line in lines))

    def refusal(self, folder):
        with pytest.raises(village.VillageFileError) as refused:
            village.energies(folder)
        return refused.value.row, refused.value.column

    def test_has_a_year_of_every_asset_but_the_batteries(self):
        found = village.energies()
        assert found.wh.shape == (170, 35_136)
        assert found.wh.dtype == np.int32
        assert found.wh.min() == 0
        assert found.of("A000")[:5].tolist() == [178, 50, 48, 49, 57]
        assert not any(name in found.assets for name in ("A170", "A183"))

    def test_names_what_is_wrong(self, files):
        folder, _ = files
        year = ",".join(["1"] * 35_136)
        self.write(folder, f"A000,{year}", f"A999,{year}")
        assert self.refusal(folder) == (2, "asset")
        self.write(folder, f"A000,{year}", f"A000,{year}")
        assert self.refusal(folder) == (2, "asset")
        self.write(folder, "A000," + year.replace("1", "-1", 1))
        assert self.refusal(folder) == (1, 2)
        self.write(folder, "A000,1,2.5," + year)
        assert self.refusal(folder) == (1, 3)
        self.write(folder, "A000," + year + ",1")
        assert self.refusal(folder) == (1, 35_138)
        self.write(folder, f"A000,{year}")
        assert self.refusal(folder) == (1, "asset")


class TestHouseholds:
    def test_every_connection_is_one_with_a_number_and_a_name_of_its_own(self):
        homes = households.of(village.read())
        assert len(homes) == len({home.number for home in homes}) == 118
        assert len({home.display_name for home in homes}) == 118
        assert sum(home.producer_capacity_w is not None for home in homes) == 25
        assert sum(home.shared for home in homes) == 79

    def test_connections_carry_what_stands_there(self):
        wh = village.energies()
        for home in households.of(village.read()):
            consumed = sum(
                (wh.of(asset.name) for asset in home.assets if asset.kind in households.CONSUMING),
                np.zeros(35_136, np.int64),
            )
            assert consumed.max() <= home.consumer_capacity_w // 4, home.bus

    def test_a_check_digit_betrays_a_wrong_digit(self):
        right = households.customer_number("045")
        wrong = {households.customer_number(digits)[-1] for digits in ("044", "054", "145")}
        assert right[-1] not in wrong
