import pytest

from shared import environment


class TestRequired:
    @pytest.mark.parametrize("value", [None, "", "  "])
    def test_names_what_is_missing(self, monkeypatch, value):
        monkeypatch.delenv("CEEX_X", raising=False)
        if value is not None:
            monkeypatch.setenv("CEEX_X", value)
        with pytest.raises(environment.SettingMissing, match="CEEX_X"):
            environment.required("CEEX_X")


class TestUnusable:
    @pytest.mark.parametrize(
        ("read", "value"),
        [
            (environment.flag, "yes"),
            (environment.secret, "short"),
            (environment.secret, "a" * 80),
            (environment.file_text, "/nowhere/at/all.pem"),
            (environment.url, "ftp://x"),
            (environment.url, "http://x/path"),
            (environment.url, "http://user@x"),
            (environment.database, "mysql://u@h/n"),
            (environment.database, "postgresql://u@h/"),
        ],
    )
    def test_names_what_cannot_be_used(self, monkeypatch, read, value):
        monkeypatch.setenv("CEEX_X", value)
        with pytest.raises(environment.SettingUnusable, match="CEEX_X"):
            read("CEEX_X")

    @pytest.mark.parametrize("value", ["-1", "1.5", "101", "x", "٣", "9" * 30])
    def test_bounds_whole_numbers(self, monkeypatch, value):
        monkeypatch.setenv("CEEX_X", value)
        with pytest.raises(environment.SettingUnusable, match="CEEX_X"):
            environment.integer("CEEX_X", 1, low=1, high=100)


class TestDatabase:
    def test_reads_host_and_port(self, monkeypatch):
        monkeypatch.setenv("CEEX_X", "postgresql://ada:p%40ss@db:5433/webapp?sslmode=require")
        entry = environment.database("CEEX_X")
        assert [entry[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")] == [
            "webapp",
            "ada",
            "p@ss",
            "db",
            "5433",
        ]
        assert entry["OPTIONS"]["sslmode"] == "require"

    def test_reads_a_socket_folder(self, monkeypatch):
        monkeypatch.setenv("CEEX_X", "postgresql://postgres:@/webapp?host=/tmp/pg")
        entry = environment.database("CEEX_X")
        assert (entry["NAME"], entry["HOST"], entry["PORT"]) == ("webapp", "/tmp/pg", "")
