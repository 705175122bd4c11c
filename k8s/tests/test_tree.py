"""The files themselves: each is applied, none holds a secret, every place that is linked to is there."""

import re

import yaml

from manifests import K8S, OVERLAYS, REPOSITORY


def unapplied(root):
    """Manifests that the kustomization beside them does not name."""
    for kustomization in root.rglob("kustomization.yaml"):
        named = kustomization.read_text()
        for file in kustomization.parent.glob("*.yaml"):
            if file != kustomization and not re.search(rf"[\s/\[]{re.escape(file.name)}\b", named):
                yield file.name


def test_every_manifest_is_applied():
    assert list(unapplied(K8S)) == []


def test_a_manifest_that_nobody_names_is_found(tmp_path):
    (tmp_path / "kustomization.yaml").write_text("resources:\n  - a.yaml\n")
    (tmp_path / "a.yaml").touch()
    (tmp_path / "aa.yaml").touch()
    assert list(unapplied(tmp_path)) == ["aa.yaml"]


def components(root):
    return {path.parent.name for path in root.glob("*/kustomization.yaml")}


def test_every_component_is_part_of_something_that_is_checked():
    used = set()
    for overlay in OVERLAYS.values():
        used |= set(re.findall(r"components/([\w-]+)", (overlay / "kustomization.yaml").read_text()))
    assert components(K8S / "components") == used


def secrets_in(root):
    for path in root.rglob("*.yaml"):
        for document in yaml.safe_load_all(path.read_text()):
            if isinstance(document, dict) and document.get("kind") == "Secret":
                yield path.name
        if "secretGenerator" in path.read_text():
            yield path.name


def test_no_secret_is_in_git():
    assert list(secrets_in(K8S)) == []


def test_a_secret_in_git_is_found(tmp_path):
    (tmp_path / "a.yaml").write_text("kind: Secret\n")
    (tmp_path / "b.yaml").write_text("secretGenerator: []\n")
    assert sorted(secrets_in(tmp_path)) == ["a.yaml", "b.yaml"]


def remote(root):
    return [path.name for path in root.rglob("kustomization.yaml") if re.search(r"https?://\S+$|github\.com|\?ref=", path.read_text(), re.M)
            and not re.search(r"KINERJA_\w+=", path.read_text())]


def test_nothing_is_fetched_from_elsewhere():
    assert remote(K8S) == []


def test_a_remote_base_is_found(tmp_path):
    (tmp_path / "kustomization.yaml").write_text("resources:\n  - https://example.com/base?ref=v1\n")
    assert remote(tmp_path) == ["kustomization.yaml"]


def test_links_lead_somewhere():
    readmes = [*K8S.rglob("README.md"), REPOSITORY / "deploy/README.md"]
    for readme in readmes:
        for link in re.findall(r"\]\(([^)#:]+)[)#]", readme.read_text()):
            assert (readme.parent / link).exists(), f"{readme}: {link}"
