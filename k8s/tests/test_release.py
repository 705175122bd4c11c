"""`k8s/release` says which version runs."""

import shutil
import subprocess

import yaml

from manifests import K8S, REPOSITORY, SERVICES, Manifests
from rules.callers import images_are_exact
from rules.migrations import each_version_has_its_own_migration_job

DIGEST = "sha256:" + "0123456789abcdef" * 4


def released(tmp_path, *pins):
    copy = shutil.copytree(K8S, tmp_path / "k8s", ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("alerts", "dashboards"):
        shutil.copytree(REPOSITORY / "deploy" / part, tmp_path / "deploy" / part)
    subprocess.run([copy / "release", "production", "1.2.3", "registry.example/k/", *pins], check=True)
    command = ["kubectl", "kustomize", str(copy / "overlays/production")]
    rendered = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Manifests("production", [document for document in yaml.safe_load_all(rendered) if document])


def test_a_version_is_on_every_pod_and_in_the_name_of_its_migration(tmp_path):
    manifests = released(tmp_path)
    assert list(each_version_has_its_own_migration_job(manifests)) == list(images_are_exact(manifests)) == []
    assert {manifests.job(service)["metadata"]["name"] for service in SERVICES} == {f"{s}-migrate-1.2.3" for s in SERVICES}
    assert manifests.container("registry")["image"] == "registry.example/k/registry:1.2.3"


def test_a_digest_pins_an_image(tmp_path):
    manifests = released(tmp_path, *(f"{service}={DIGEST}" for service in SERVICES))
    assert list(images_are_exact(manifests)) == []
    for service in SERVICES:
        template = manifests.job(service)["spec"]["template"]["spec"]
        images = {c["image"] for c in (manifests.init(service), manifests.container(service), template["containers"][0])}
        assert images == {f"registry.example/k/{service}@{DIGEST}"}
