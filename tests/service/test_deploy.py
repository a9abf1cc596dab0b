"""What is offered for self-hosting: linted where the linters are, and as closed as it says."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate as validate
import yaml
from jsonschema import Draft7Validator

from bot.settings import Settings
from tests.service.deployed import ROOT
from tests.support.contracts import FOLDER
from tests.support.needed import needed

DEPLOY = ROOT / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))


def documents(file: Path) -> list[dict[str, Any]]:
    return [each for each in yaml.safe_load_all(file.read_text()) if each]


def test_the_image_runs_as_nobody_in_particular() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()

    assert "USER 10001:10001" in lines
    assert any(line.startswith("HEALTHCHECK") for line in lines)
    last = max(n for n, line in enumerate(lines) if line.startswith("FROM"))
    assert not any("pip install" in line for line in lines[last:]), "no compiler, no pip cache"


HADOLINT = shutil.which("hadolint") or shutil.which(
    "hadolint", path=str(Path(sys.executable).parent)
)


def test_the_dockerfile_pleases_its_linter() -> None:
    assert HADOLINT is not None, "hadolint comes with requirements/dev.txt"
    subprocess.run([str(HADOLINT), str(DEPLOY / "Dockerfile")], check=True)


def test_compose_starts_a_service_workers_and_a_database() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yml").read_text())

    assert set(compose["services"]) == {"service", "worker", "database"}
    for name in ("service", "worker"):
        service = compose["services"][name]
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["environment"]["TWOSTEP_DATABASE_URL"].startswith("postgresql://")
    assert compose["services"]["service"]["environment"]["TWOSTEP_SERVE_JOBS"] == "false"


def test_the_compose_file_is_what_the_compose_specification_describes() -> None:
    schema = json.loads((FOLDER / "compose.json").read_text())
    compose = yaml.safe_load((DEPLOY / "compose.yml").read_text())
    assert compose.pop("name") == "twostep"  # younger than the schema
    assert not [each.message for each in Draft7Validator(schema).iter_errors(compose)]
    compose["services"]["worker"]["read_onli"] = True
    assert [each.message for each in Draft7Validator(schema).iter_errors(compose)]


def test_kustomize_puts_the_manifests_together() -> None:
    needed(shutil.which("kubectl"), "kubectl is not installed")
    done = subprocess.run(
        ["kubectl", "kustomize", str(DEPLOY / "kubernetes")],
        check=True,
        capture_output=True,
        text=True,
    )
    kinds = [each["kind"] for each in yaml.safe_load_all(done.stdout)]
    assert kinds.count("Deployment") == 2
    assert "Secret" not in kinds, "the example is filled in and applied by itself"


def test_only_settings_that_exist_are_set_anywhere() -> None:
    known = {f"TWOSTEP_{name.upper()}" for name in Settings.model_fields} | {"TWOSTEP_SECRETS_DIR"}
    named = set()
    for file in DEPLOY.rglob("*"):
        if file.is_file():
            text = file.read_text().replace("twostep_", "TWOSTEP_")
            words = "".join(c if c.isalnum() or c == "_" else " " for c in text).split()
            named |= {w.upper() for w in words if w.startswith("TWOSTEP_")}

    assert len(named) > 8
    assert named <= known


def pods() -> dict[str, dict[str, Any]]:
    """What the manifests start, by the names of the deployments."""
    found = {
        document["metadata"]["name"]: document["spec"]["template"]["spec"]
        for file in MANIFESTS
        for document in documents(file)
        if document["kind"] == "Deployment"
    }
    assert found.keys() == {"twostep-service", "twostep-worker"}
    return found


def test_a_pod_listens_until_nobody_is_sent_to_it() -> None:
    """It is told to stop while it still stands among the endpoints, and deliveries come for a moment."""
    (service,) = pods()["twostep-service"]["containers"]
    # The action `sleep` is younger than many clusters.
    assert service["lifecycle"]["preStop"] == {"exec": {"command": ["sleep", "5"]}}
    pauses = {"twostep-service": 5, "twostep-worker": 0}
    for name, pod in pods().items():
        least = pauses[name] + Settings.model_fields["stop_seconds"].default + 15
        assert pod["terminationGracePeriodSeconds"] >= least


def test_every_pod_is_closed() -> None:
    for pod in pods().values():
        assert pod["securityContext"]["runAsNonRoot"]
        assert not pod["automountServiceAccountToken"]
        # Links to the service `twostep` would set TWOSTEP_PORT to an address.
        assert not pod["enableServiceLinks"]
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert "memory" in container["resources"]["limits"]


def test_kubernetes_knows_every_field() -> None:
    checked = 0
    for file in MANIFESTS:
        for document in documents(file):
            if document["kind"] != "Kustomization":
                validate.validate(document, "1.31", strict=True)
                checked += 1
    assert checked == 8


def test_the_unit_is_sound(tmp_path: Path) -> None:
    """Its program is not installed here: another one stands in its place."""
    needed(shutil.which("systemd-analyze"), "systemd-analyze is not installed")
    text = (DEPLOY / "systemd/twostep.service").read_text()
    unit = tmp_path / "twostep.service"
    unit.write_text(text.replace("/opt/twostep/bin/twostep", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    graded = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--json=short", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert len(json.loads(graded.stdout)) > 50


def test_the_chapter_on_self_hosting_names_settings_and_files_that_exist() -> None:
    text = (ROOT / "docs/self-hosting.md").read_text()
    table = text.partition("## Settings")[2]
    settings = {name.upper() for name in Settings.model_fields}
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in row.replace("`", "").replace(",", " ").split()}
    assert len(named) > 8
    assert named <= settings
    files = {word.strip("`,)") for word in text.split() if word.startswith(("`deploy/", "deploy/"))}
    assert len(files) > 3
    for file in files - {"deploy/.env"}:
        assert (ROOT / file.rstrip("`,.;")).exists(), file
