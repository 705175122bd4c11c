"""Secrets, and the collector."""

import json
import re

import yaml

from manifests import REPOSITORY

from . import mistake, rule

SECRET_WORDS = re.compile(r"password|secret|private[-_]?key|access[-_]?key|://[^/\s]*:[^/@\s$<{]+@", re.I)


@rule
def no_secret_has_its_value_in_git(m):
    for secret in m.of("Secret"):
        yield f"the Secret {secret['metadata']['name']} is in git"
    for config in m.of("ConfigMap"):
        for key, value in config.get("data", {}).items():
            if re.search(r"PASSWORD|SECRET|://[^/\s]*:[^/@\s]+@", key if key.isupper() else "") or re.search(r"://[^/\s:]+:[^/@\s$]+@", value):
                yield f"{config['metadata']['name']} holds a secret in {key}"
            if "PRIVATE KEY" in value:
                yield f"{config['metadata']['name']} holds a private key"
    for owner, container in m.containers():
        for variable in container.get("env", []):
            if "value" in variable and SECRET_WORDS.search(variable["name"] + "=" + variable["value"]):
                yield f"{owner} has {variable['name']} in plain sight"


@mistake(no_secret_has_its_value_in_git)
def secret_with_value(m):
    m.documents.append({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"a": "b"}})


@mistake(no_secret_has_its_value_in_git)
def password_as_variable(m):
    m.container("registry")["env"].append({"name": "PGPASSWORD", "value": "hush"})


@mistake(no_secret_has_its_value_in_git)
def url_with_password(m):
    m.set_config("registry", "KINERJA_DATABASE_URL", "postgres://registry_app:hush@registry-pooler/registry")


def collector(m):
    """The collector's pod and its configuration."""
    deployment = m.get("Deployment", "collector")
    if deployment is None:
        return None, None
    pod = deployment["spec"]["template"]["spec"]
    name = next(v["configMap"]["name"] for v in pod["volumes"] if "configMap" in v)
    return pod["containers"][0], m.get("ConfigMap", name)["data"]


@rule
def the_collector_limits_its_memory_first(m):
    container, data = collector(m)
    if container is None:
        return
    config = yaml.safe_load(data["config.yaml"])
    for name, pipeline in config["service"]["pipelines"].items():
        if pipeline["processors"][0] != "memory_limiter":
            yield f"{name} begins with {pipeline['processors'][0]}"
    limit = int(container["resources"]["limits"]["memory"].removesuffix("Mi"))
    soft = next(int(v["value"].removesuffix("MiB")) for v in container["env"] if v["name"] == "GOMEMLIMIT")
    if not 0.75 * limit <= soft <= 0.82 * limit:
        yield f"GOMEMLIMIT is {soft} of {limit} MiB"


@mistake(the_collector_limits_its_memory_first)
def batches_first(m):
    _, data = collector(m)
    config = yaml.safe_load(data["config.yaml"])
    config["service"]["pipelines"]["traces"]["processors"].reverse()
    data["config.yaml"] = json.dumps(config)


@mistake(the_collector_limits_its_memory_first)
def memory_doubled(m):
    collector(m)[0]["resources"]["limits"]["memory"] = "1024Mi"


@rule
def pods_do_not_share_a_series(m):
    """Without an instance in the resource, counters of two pods are one, and both are wrong."""
    for name in ("registry", "planning", "evaluation", "competency"):
        attributes = m.config(name).get("OTEL_RESOURCE_ATTRIBUTES", "")
        if "service.instance.id=$(POD_NAME)" not in attributes:
            yield f"{name} does not say which pod it is"
    for monitor in m.of("ServiceMonitor"):
        served = [e for e in monitor["spec"]["endpoints"] if e["port"] == "metrics"]
        if not all(endpoint.get("honorLabels") for endpoint in served):
            yield "the services' job and instance are overwritten"


@mistake(pods_do_not_share_a_series)
def no_instance(m):
    for variable in m.container("registry")["env"]:
        if variable["name"] == "OTEL_RESOURCE_ATTRIBUTES":
            variable["value"] = "service.version=1"


@mistake(pods_do_not_share_a_series)
def labels_overwritten(m):
    m.get("ServiceMonitor", "collector")["spec"]["endpoints"][0]["honorLabels"] = False


@rule
def alerts_and_dashboards_come_with_the_monitors(m):
    if not m.of("ServiceMonitor"):
        return
    folder = REPOSITORY / "deploy"
    wanted = {f"kinerja-{file.stem}" for file in (folder / "alerts").glob("*.yaml") if file.name != "kustomization.yaml"}
    if {rules_["metadata"]["name"] for rules_ in m.of("PrometheusRule")} != wanted:
        yield f"not every file of deploy/alerts is applied: {sorted(wanted)}"
    namespace = m.deployment("registry")["metadata"]["namespace"]
    for rules_ in m.of("PrometheusRule"):
        named = set(re.findall(r'namespace="([^"]*)"', json.dumps(rules_).replace('\\"', '"')))
        if not named <= {namespace}:
            yield f"{rules_['metadata']['name']} watches {sorted(named)}"
    boards = [c for c in m.of("ConfigMap") if "grafana_dashboard" in c["metadata"].get("labels", {})]
    if {file for board in boards for file in board["data"]} != {file.name for file in (folder / "dashboards").glob("*.json")}:
        yield "not every dashboard is applied"
    for board in boards:
        # `kubectl apply` keeps a copy in an annotation, which has a limit.
        if sum(map(len, board["data"].values())) > 250_000:
            yield f"{board['metadata']['name']} is too large to be applied"


@mistake(alerts_and_dashboards_come_with_the_monitors)
def alerts_lost(m):
    m.remove("PrometheusRule", "kinerja-feeds")


@mistake(alerts_and_dashboards_come_with_the_monitors)
def alerts_for_another_namespace(m):
    for rules_ in m.of("PrometheusRule"):
        for group in rules_["spec"]["groups"]:
            for each in group["rules"]:
                each["expr"] = each["expr"].replace('"kinerja"', '"elsewhere"')
