"""deploy/compose.yaml tells the services what the manifests tell them."""

import yaml

from manifests import CALLS, HEALTH, PORTS, REPOSITORY, SERVICES
from rules.callers import variables

COMPOSE = yaml.safe_load((REPOSITORY / "deploy/compose.yaml").read_text())["services"]


def test_each_service_has_its_database_and_its_migration():
    for service in SERVICES:
        migration = COMPOSE[f"{service}-migration"]
        owner, app = (COMPOSE[name]["environment"] for name in (f"{service}-migration", service))
        assert owner["KINERJA_MIGRATION_URL"].startswith(f"postgres://{service}_owner:${{KINERJA_PASSWORD}}@{service}-db:")
        assert app["KINERJA_DATABASE_URL"].startswith(f"postgres://{service}_app:${{KINERJA_PASSWORD}}@{service}-db:")
        assert migration["image"] == COMPOSE[service]["image"] == f"kinerja-{service}"
        assert COMPOSE[service]["depends_on"] == {f"{service}-migration": {"condition": "service_completed_successfully"}}


def test_each_service_calls_its_neighbours_alone():
    for service in SERVICES:
        urls = {key: value for key, value in COMPOSE[service]["environment"].items() if key.endswith("_URL") and "DATABASE" not in key}
        assert urls == {f"KINERJA_{other.upper()}_URL": f"http://{other}:{PORTS[other]}" for other in CALLS[service]}


def test_ports_are_published_to_this_machine_alone():
    for service in SERVICES:
        assert COMPOSE[service]["ports"] == [f"127.0.0.1:{port}:{port}" for port in (PORTS[service], HEALTH[service])]
    assert all(port.startswith("127.0.0.1:") for part in COMPOSE.values() for port in part.get("ports", []))


def test_services_read_what_they_are_told():
    for service in SERVICES:
        assert {key for key in COMPOSE[service]["environment"] if key.startswith("KINERJA_")} <= variables()


def test_services_are_held_as_in_a_cluster():
    for service in SERVICES:
        for part in (COMPOSE[service], COMPOSE[f"{service}-migration"]):
            assert part["read_only"] and part["cap_drop"] == ["ALL"] and part["security_opt"] == ["no-new-privileges:true"]
            assert part["stop_grace_period"] == "60s"


def test_images_are_exact():
    foreign = {part["image"] for part in COMPOSE.values() if not part["image"].startswith("kinerja-")}
    assert all(":" in image.rpartition("/")[2] and not image.endswith(":latest") for image in foreign)
