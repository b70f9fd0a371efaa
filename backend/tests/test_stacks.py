"""What the stacks promise of every container: no rights that it does not need, no door that is not meant."""

import pytest
import yaml

from shared import environment

ROOT = environment.ROOT
STACKS = ("docker-compose.prod.yml", "traefik/docker-compose.yml", "deploy/database/docker-compose.yml",
          "deploy/monitoring/docker-compose.yml")  # fmt: skip
SERVICES = {
    f"{stack}: {name}": service
    for stack in STACKS
    for name, service in yaml.safe_load((ROOT / stack).read_text())["services"].items()
}
OURS = [name for name in SERVICES if name.startswith("docker-compose.prod.yml")]
SOCKET, EDGE = "traefik/docker-compose.yml: socket", "traefik/docker-compose.yml: traefik"
# PostgreSQL's image gives its data folder to its own account first, and then gives up root for good.
DATABASE = "deploy/database/docker-compose.yml: database"
# Grafana unpacks into its own folders at each start.
WRITES = {DATABASE, "deploy/monitoring/docker-compose.yml: grafana"}
NEEDED = {EDGE: ["NET_BIND_SERVICE"], SOCKET: ["SETGID"]}


@pytest.mark.parametrize("name", SERVICES)
class TestEveryContainer:
    def test_gains_no_rights(self, name):
        service = SERVICES[name]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert not service.get("privileged")
        assert not {"pid", "ipc", "network_mode", "devices"} & set(service)

    def test_has_no_capability_but_the_one_it_needs(self, name):
        if name != DATABASE:
            assert SERVICES[name]["cap_drop"] == ["ALL"]
        assert SERVICES[name].get("cap_add", []) == NEEDED.get(name, [])

    def test_writes_nothing_but_its_volumes(self, name):
        assert SERVICES[name].get("read_only", False) == (name not in WRITES)

    def test_has_docker_s_socket_only_if_it_guards_it(self, name):
        mounts = [str(each) for each in SERVICES[name].get("volumes", []) if "docker.sock" in str(each)]
        assert bool(mounts) == (name == SOCKET)
        assert all(each.endswith(":ro") for each in mounts)

    def test_is_reached_from_outside_only_if_it_is_the_edge(self, name):
        assert bool(SERVICES[name].get("ports")) == (name == EDGE)


@pytest.mark.parametrize("name", OURS)
def test_ours_have_limits_and_run_what_the_tag_names(name):
    limits = SERVICES[name]["deploy"]["resources"]["limits"]
    assert set(limits) == {"cpus", "memory", "pids"}
    assert "${CEEX_TAG" in SERVICES[name]["image"]


def test_ours_do_not_run_as_root():
    assert "\nUSER ceex\n" in (ROOT / "backend" / "Dockerfile").read_text()
    assert "FROM nginxinc/nginx-unprivileged" in (ROOT / "frontend" / "Dockerfile").read_text()


def test_the_edge_believes_nobody_and_shows_nothing_of_itself():
    edge = yaml.safe_load((ROOT / "traefik" / "traefik.yml").read_text())
    assert edge["api"] == {"dashboard": False, "insecure": False}
    assert edge["providers"]["docker"]["exposedByDefault"] is False
    for point in ("web", "websecure"):
        http = edge["entryPoints"][point]["http"]
        assert http["sanitizePath"] is True and http["aliasHeadersStrategy"] == "delete"
        assert not any(http["encodedCharacters"].values())
    believed = edge["entryPoints"]["websecure"]["forwardedHeaders"]
    assert believed == {"insecure": False, "trustedIPs": []}
