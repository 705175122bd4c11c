"""Rendered overlays, and the way around in them."""

import copy
import functools
import pathlib
import subprocess

import yaml

K8S = pathlib.Path(__file__).resolve().parent.parent
REPOSITORY = K8S.parent
OVERLAYS = {
    "local": K8S / "overlays/local",
    "staging": K8S / "overlays/staging",
    "production": K8S / "overlays/production",
    "production-keda": K8S / "tests/variants/keda",
    "mesh": K8S / "tests/variants/mesh",
}

# Architecture, "Contracts between the parts".
PORTS = {"registry": 7101, "planning": 7102, "evaluation": 7103, "competency": 7104}
HEALTH = {"registry": 7201, "planning": 7202, "evaluation": 7203, "competency": 7204}
CALLS = {
    "registry": set(),
    "planning": {"registry"},
    "evaluation": {"registry", "planning"},
    "competency": {"registry", "evaluation"},
}
SERVICES = tuple(PORTS)
NAME, COMPONENT = "app.kubernetes.io/name", "app.kubernetes.io/component"
VERSION = "app.kubernetes.io/version"


@functools.cache
def rendered(overlay):
    """What `kubectl kustomize` makes of an overlay."""
    command = ["kubectl", "kustomize", str(OVERLAYS[overlay])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr.strip(), f"kustomize warns: {done.stderr}"
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def load(overlay):
    return Manifests(overlay, copy.deepcopy(rendered(overlay)))


class Manifests:
    """The documents of one overlay; free to be changed by a planted mistake."""

    def __init__(self, overlay, documents):
        self.overlay, self.documents = overlay, documents

    def of(self, kind):
        return [document for document in self.documents if document["kind"] == kind]

    def get(self, kind, name):
        """The document of that kind and name; None when there is none."""
        found = [d for d in self.of(kind) if d["metadata"]["name"] == name]
        return found[0] if found else None

    def remove(self, kind, name):
        self.documents.remove(self.get(kind, name))

    def deployment(self, service):
        return self.get("Deployment", service)

    def job(self, service):
        """The migration Job, whose name carries the version."""
        jobs = [d for d in self.of("Job") if d["metadata"]["labels"].get(NAME) == service]
        return jobs[0] if jobs else None

    def pod(self, service):
        return self.deployment(service)["spec"]["template"]["spec"]

    def container(self, service):
        return self.pod(service)["containers"][0]

    def init(self, service):
        return self.pod(service)["initContainers"][0]

    def config(self, service):
        """What the service's process reads from ConfigMaps and literal variables."""
        container, values = self.container(service), {}
        for source in container.get("envFrom", []):
            values |= self.get("ConfigMap", source["configMapRef"]["name"])["data"]
        for variable in container.get("env", []):
            if "value" in variable:
                values[variable["name"]] = variable["value"]
        return values

    def set_config(self, service, key, value):
        name = self.container(service)["envFrom"][-1]["configMapRef"]["name"]
        self.get("ConfigMap", name)["data"][key] = value

    def templates(self):
        """(owner, pod template) of everything that makes pods."""
        kinds = ("Deployment", "StatefulSet", "DaemonSet", "Job")
        owners = [document for kind in kinds for document in self.of(kind)]
        return [(f"{o['kind']} {o['metadata']['name']}", o["spec"]["template"]) for o in owners]

    def containers(self):
        """(owner, container) of every pod, init containers too."""
        for owner, template in self.templates():
            spec = template["spec"]
            for container in spec.get("initContainers", []) + spec["containers"]:
                yield f"{owner}, {container['name']}", container

    def maximum(self, service):
        """The most pods the autoscaler makes."""
        hpa, scaled = self.get("HorizontalPodAutoscaler", service), self.get("ScaledObject", service)
        return hpa["spec"]["maxReplicas"] if hpa else scaled["spec"]["maxReplicaCount"]

    def minimum(self, service):
        hpa, scaled = self.get("HorizontalPodAutoscaler", service), self.get("ScaledObject", service)
        return hpa["spec"]["minReplicas"] if hpa else scaled["spec"]["minReplicaCount"]

    @property
    def operated(self):
        """Whether CloudNativePG runs the databases."""
        return bool(self.of("Cluster"))


def secrets_of(container):
    """Names of the Secrets a container reads variables from."""
    sources = [v.get("valueFrom", {}).get("secretKeyRef", {}) for v in container.get("env", [])]
    sources += [source.get("secretRef", {}) for source in container.get("envFrom", [])]
    return {source["name"] for source in sources if source}


def mounted_secrets(spec):
    """(name, keys) of the Secrets a pod mounts; keys None when it mounts all."""
    for volume in spec.get("volumes", []):
        parts = [volume] + volume.get("projected", {}).get("sources", [])
        for secret in (part["secret"] for part in parts if "secret" in part):
            items = secret.get("items")
            keys = {item["key"] for item in items} if items else None
            yield secret.get("secretName") or secret.get("name"), keys
