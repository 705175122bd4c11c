"""Pods: their probes, their end, their place, and what they may not do."""

import re

from manifests import COMPONENT, HEALTH, NAME, PORTS, REPOSITORY, SERVICES

from . import mistake, rule


@rule
def probes_ask_the_health_port(m):
    for service in SERVICES:
        container = m.container(service)
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        if ports != {"grpc": PORTS[service], "health": HEALTH[service]}:
            yield f"{service} has ports {ports}"
        for probe, asked in (("startupProbe", ""), ("readinessProbe", "ready"), ("livenessProbe", "")):
            grpc = container.get(probe, {}).get("grpc", {})
            if grpc.get("port") != HEALTH[service] or grpc.get("service", "") != asked:
                yield f"{service}: the {probe} does not ask {asked!r} at {HEALTH[service]}"


@mistake(probes_ask_the_health_port)
def liveness_asks_the_database(m):
    m.container("registry")["livenessProbe"]["grpc"]["service"] = "ready"


@mistake(probes_ask_the_health_port)
def readiness_asks_through_tls(m):
    m.container("registry")["readinessProbe"]["grpc"]["port"] = 7101


@mistake(probes_ask_the_health_port)
def no_startup_probe(m):
    del m.container("registry")["startupProbe"]


def seconds(text, name):
    """A constant of the kit, in seconds."""
    return int(re.search(rf"const {name}: Duration = Duration::from_secs\((\d+)\)", text)[1])


def drain(m, service):
    """The most a process takes from SIGTERM to its end: services/kit/src/server/drain.rs."""
    kit = REPOSITORY / "services/kit/src"
    workers = seconds((kit / "server/drain.rs").read_text(), "WORKERS")
    telemetry = 2 * seconds((kit / "telemetry/mod.rs").read_text(), "FLUSH")
    config = m.config(service)
    return int(config["KINERJA_LINGER_SECONDS"]) + int(config["KINERJA_DRAIN_SECONDS"]) + workers + 1 + telemetry


@rule
def a_pod_has_time_to_drain(m):
    for service in SERVICES:
        sleep = m.container(service).get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        if sleep < 5:
            yield f"{service} ends before its endpoint is withdrawn"
        grace = m.pod(service).get("terminationGracePeriodSeconds", 30)
        if grace <= sleep + drain(m, service):
            yield f"{service} is killed {sleep + drain(m, service) - grace} s before it has drained"


@mistake(a_pod_has_time_to_drain)
def no_pre_stop(m):
    del m.container("planning")["lifecycle"]


@mistake(a_pod_has_time_to_drain)
def grace_of_thirty(m):
    m.pod("planning")["terminationGracePeriodSeconds"] = 30


@rule
def pods_of_a_rollout_spread_over_zones_and_hosts(m):
    for service in SERVICES:
        template = m.deployment(service)["spec"]["template"]
        constraints = template["spec"].get("topologySpreadConstraints", [])
        keys = {constraint["topologyKey"] for constraint in constraints}
        if keys != {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}:
            yield f"{service} spreads over {keys or 'nothing'}"
        for constraint in constraints:
            matched, by = constraint["labelSelector"]["matchLabels"], set(constraint.get("matchLabelKeys", []))
            if not matched.items() <= template["metadata"]["labels"].items():
                yield f"{service} counts other pods than its own"
            if not {NAME, "pod-template-hash"} <= by or by & set(matched):
                yield f"{service} counts pods of other services or of the version before"


@mistake(pods_of_a_rollout_spread_over_zones_and_hosts)
def counts_the_old_version(m):
    m.pod("registry")["topologySpreadConstraints"][0]["matchLabelKeys"].remove("pod-template-hash")


@mistake(pods_of_a_rollout_spread_over_zones_and_hosts)
def hosts_only(m):
    m.pod("registry")["topologySpreadConstraints"].pop(0)


@rule
def a_rollout_takes_nothing_away(m):
    for deployment in m.of("Deployment"):
        rolling = deployment["spec"].get("strategy", {}).get("rollingUpdate", {})
        if rolling.get("maxUnavailable") != 0 or not rolling.get("maxSurge"):
            yield f"{deployment['metadata']['name']} has fewer pods during a rollout"


@mistake(a_rollout_takes_nothing_away)
def one_pod_less(m):
    m.deployment("registry")["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] = 1


@rule
def a_new_pod_holds_out_before_an_old_one_goes(m):
    for service in SERVICES:
        if m.deployment(service)["spec"].get("minReadySeconds", 0) < 10:
            yield f"{service} counts pods as available that may fall over at once"


@mistake(a_new_pod_holds_out_before_an_old_one_goes)
def counted_at_once(m):
    del m.deployment("competency")["spec"]["minReadySeconds"]


@rule
def pods_meet_the_restricted_standard(m):
    for namespace in m.of("Namespace"):
        if namespace["metadata"]["labels"].get("pod-security.kubernetes.io/enforce") != "restricted":
            yield f"the namespace {namespace['metadata']['name']} enforces nothing"
    for owner, template in m.templates():
        pod = template["spec"].get("securityContext", {})
        if not pod.get("runAsNonRoot") or not pod.get("runAsUser") or pod.get("seccompProfile") != {"type": "RuntimeDefault"}:
            yield f"{owner} may run as root, or without seccomp"
        if any(template["spec"].get(key) for key in ("hostNetwork", "hostPID", "hostIPC")):
            yield f"{owner} lives on the host"
        if any("hostPath" in volume for volume in template["spec"].get("volumes", [])):
            yield f"{owner} mounts the host"
    for owner, container in m.containers():
        context = container.get("securityContext", {})
        held = context.get("allowPrivilegeEscalation") is False and context.get("readOnlyRootFilesystem") is True
        if not held or context.get("privileged") is not False or context.get("capabilities") != {"drop": ["ALL"]}:
            yield f"{owner} may do more than it needs"


@mistake(pods_meet_the_restricted_standard)
def writable_root(m):
    m.container("registry")["securityContext"]["readOnlyRootFilesystem"] = False


@mistake(pods_meet_the_restricted_standard)
def migration_as_root(m):
    del m.job("registry")["spec"]["template"]["spec"]["securityContext"]["runAsNonRoot"]


@mistake(pods_meet_the_restricted_standard)
def a_capability_kept(m):
    m.init("registry")["securityContext"]["capabilities"] = {"drop": ["ALL"], "add": ["NET_ADMIN"]}


@mistake(pods_meet_the_restricted_standard)
def namespace_enforces_nothing(m):
    del m.of("Namespace")[0]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]


@mistake(pods_meet_the_restricted_standard, "local")
def postgres_with_privileges(m):
    m.get("StatefulSet", "postgres")["spec"]["template"]["spec"]["containers"][0]["securityContext"]["privileged"] = True


@rule
def no_pod_holds_a_token_of_the_kubernetes_api(m):
    for account in m.of("ServiceAccount"):
        if account.get("automountServiceAccountToken") is not False:
            yield f"the account {account['metadata']['name']} mounts its token"
    for owner, template in m.templates():
        spec = template["spec"]
        if spec.get("automountServiceAccountToken") is not False:
            yield f"{owner} mounts a token"
        if m.get("ServiceAccount", spec.get("serviceAccountName")) is None:
            yield f"{owner} has no account of its own"
        for volume in spec.get("volumes", []):
            for source in volume.get("projected", {}).get("sources", []):
                if source.get("serviceAccountToken", {"audience": "kinerja"}).get("audience") != "kinerja":
                    yield f"{owner} has a token for another audience than ours"


@mistake(no_pod_holds_a_token_of_the_kubernetes_api)
def token_mounted(m):
    m.pod("registry")["automountServiceAccountToken"] = True


@mistake(no_pod_holds_a_token_of_the_kubernetes_api)
def token_for_the_api(m):
    del m.pod("registry")["volumes"][0]["projected"]["sources"][0]["serviceAccountToken"]["audience"]


@mistake(no_pod_holds_a_token_of_the_kubernetes_api)
def account_shared(m):
    m.pod("registry")["serviceAccountName"] = "default"


@rule
def neighbours_are_not_announced_as_variables(m):
    for owner, template in m.templates():
        if template["spec"].get("enableServiceLinks") is not False:
            yield f"{owner} gets a variable for every Service"


@mistake(neighbours_are_not_announced_as_variables)
def service_links(m):
    del m.pod("registry")["enableServiceLinks"]


@rule
def what_serves_people_stays_when_nodes_are_short(m):
    values = {c["metadata"]["name"]: c["value"] for c in m.of("PriorityClass")}
    served = {service: m.pod(service).get("priorityClassName") for service in SERVICES}
    stored = {c["metadata"]["name"]: c["spec"].get("priorityClassName") for c in m.of("Cluster")}
    stored |= {p["metadata"]["name"]: p["spec"]["template"]["spec"].get("priorityClassName") for p in m.of("Pooler")}
    for name, given in (served | stored).items():
        if values.get(given, 0) <= 0:
            yield f"{name} goes as early as batch work"
    if stored and min(values.get(c, 0) for c in stored.values()) <= max(values.get(c, 0) for c in served.values()):
        yield "a database goes before a service"


@mistake(what_serves_people_stays_when_nodes_are_short)
def service_without_priority(m):
    del m.pod("evaluation")["priorityClassName"]


@mistake(what_serves_people_stays_when_nodes_are_short)
def database_after_service(m):
    m.get("Cluster", "registry-db")["spec"]["priorityClassName"] = "kinerja-service"


@mistake(what_serves_people_stays_when_nodes_are_short, "local")
def class_that_is_not_there(m):
    m.remove("PriorityClass", "kinerja-service")


@rule
def memory_has_a_limit(m):
    for owner, container in m.containers():
        limits = container.get("resources", {}).get("limits", {})
        if "memory" not in limits or "memory" not in container["resources"].get("requests", {}):
            yield f"{owner} has no limit of memory"


@mistake(memory_has_a_limit)
def memory_unbounded(m):
    del m.container("evaluation")["resources"]["limits"]


@rule
def selectors_are_stable(m):
    for deployment in m.of("Deployment") + m.of("StatefulSet"):
        selected = set(deployment["spec"]["selector"]["matchLabels"])
        if not selected <= {NAME, COMPONENT}:
            yield f"{deployment['metadata']['name']} selects by {selected}: a selector never changes"
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        if not deployment["spec"]["selector"]["matchLabels"].items() <= labels.items():
            yield f"{deployment['metadata']['name']} does not select its own pods"


@mistake(selectors_are_stable)
def selects_by_version(m):
    m.deployment("registry")["spec"]["selector"]["matchLabels"]["app.kubernetes.io/version"] = "0.1.0"
