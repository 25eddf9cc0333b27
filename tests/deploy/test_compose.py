"""docker-compose.yml and the Dockerfile, read as data: what has to be so for them to work, and stay safe."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from tests.deploy.expressions import ROOT
from tests.services.kafka import SETTINGS
from worker.settings import PREFIX, Settings, load_settings

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def seconds(text: str) -> float:
    assert text.endswith("s")
    return float(text.removesuffix("s"))


@pytest.mark.parametrize("name", OURS)
def test_our_services_share_one_image_and_can_write_nowhere_but_tmp(name: str) -> None:
    service = SERVICES[name]
    assert service["image"] == SERVICES["worker"]["image"]
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp:mode=1777"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] is True


@pytest.mark.parametrize("name", OURS)
def test_the_settings_of_our_services_are_settings(name: str) -> None:
    environment = {
        key: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)
        for key, value in SERVICES[name]["environment"].items()
        if key.startswith(PREFIX)
    }
    settings = load_settings(ROOT / "config" / "winnow.toml", environment)
    assert settings.kafka.bootstrap_servers == "kafka:9092"
    assert settings.metrics.host == "0.0.0.0", "Prometheus and `winnow top` ask from other containers"


def test_workers_scale() -> None:
    worker = SERVICES["worker"]
    assert "container_name" not in worker
    assert "ports" not in worker
    assert "hostname" not in worker, "instance names come from it, and two may not be the same"


def test_a_worker_has_the_time_to_drain() -> None:
    assert seconds(SERVICES["worker"]["stop_grace_period"]) > Settings().worker.drain_timeout


def test_every_service_that_stays_tells_its_health_or_says_why_not() -> None:
    silent = {name for name, service in SERVICES.items() if "test" not in service.get("healthcheck", {})}
    assert silent == {"topics", "grafana"}
    for name in set(SERVICES) - silent - {"demo"}:
        assert SERVICES[name]["healthcheck"]["start_interval"] == "1s", (
            "up --wait waits no longer than it must"
        )


def test_probes_ask_the_ports_that_are_served() -> None:
    port = Settings().metrics.port
    assert SERVICES["worker"]["healthcheck"]["test"] == ["CMD", "probe", f"{port}/readyz"]
    assert f'CMD ["probe", "{port}/healthz"]' in DOCKERFILE
    assert SERVICES["worker"]["environment"]["WINNOW_METRICS__PORT"] == str(port)
    assert SERVICES["lag"]["command"] == ["lag", "--serve", "9465"]
    assert SERVICES["lag"]["healthcheck"]["test"] == ["CMD", "probe", "9465/metrics"]
    scraped = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())[
        "scrape_configs"
    ]
    assert scraped[0]["dns_sd_configs"][0] | {"refresh_interval": ""} == {
        "names": ["worker"], "type": "A", "port": port, "refresh_interval": "",
    }  # fmt: skip
    assert scraped[1]["static_configs"] == [{"targets": ["lag:9465"]}]


def test_kafka_has_every_setting_that_a_single_broker_needs() -> None:
    told = SERVICES["kafka"]["environment"]
    elsewhere = {"inter.broker.listener.name", "listener.security.protocol.map", "message.max.bytes"}
    own = {"offsets.topic.num.partitions", "transaction.state.log.num.partitions"}  # few: for fast tests
    for key, value in SETTINGS.items():
        if key not in elsewhere | own:
            assert told["KAFKA_" + key.upper().replace(".", "_")] == value, key
    listeners = set(re.findall(r"(\w+)://", told["KAFKA_LISTENERS"]))
    mapped = dict(pair.split(":") for pair in told["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(","))
    assert listeners == set(mapped)
    assert told["KAFKA_INTER_BROKER_LISTENER_NAME"] in listeners


def test_redis_forgets_nothing() -> None:
    command = " ".join(SERVICES["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert SERVICES["redis"]["volumes"] == ["redis:/data"]


def test_nothing_is_published_beyond_this_machine() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert len(ports) == 5
    assert [port for port in ports if not port.startswith("127.0.0.1:${")] == []


def test_images_are_tags_that_can_be_had_beforehand() -> None:
    images = {service["image"] for service in SERVICES.values()}
    assert not [image for image in images if "@sha256" in image or image.endswith(":latest")]
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"python:3.11-slim"}
    assert not DOCKERFILE.startswith("# syntax=")


def test_the_image_installs_what_is_pinned_and_runs_as_nobody_special() -> None:
    assert "--require-hashes -r requirements/run.txt" in DOCKERFILE
    assert "--require-hashes -r requirements/build.txt" in DOCKERFILE
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)


def test_what_the_image_copies_reaches_the_engine() -> None:
    allowed = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line[:1] == "!"
    }
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    for path in " ".join(copied).split():
        assert (ROOT / path).exists()
        assert any(path == one or path.startswith(f"{one}/") for one in allowed), path


def test_files_that_are_mounted_exist() -> None:
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            if volume.startswith("./"):
                assert (ROOT / volume.partition(":")[0]).exists(), volume
