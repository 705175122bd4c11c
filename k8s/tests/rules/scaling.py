"""Who says how many pods there are, and whether the database can serve them."""

import math
import re

from manifests import K8S, SERVICES, load

from . import mistake, rule

# What a database connects by itself: operator, two replicas, metrics, backups.
OPERATOR, RESERVED, MIGRATION = 10, 3, 2


@rule
def replicas_belong_to_the_autoscaler(m):
    for service in SERVICES:
        if "replicas" in m.deployment(service)["spec"]:
            yield f"{service} names its replicas"


@mistake(replicas_belong_to_the_autoscaler)
def replicas_named(m):
    m.deployment("planning")["spec"]["replicas"] = 3


@rule
def one_autoscaler_scales_each_service(m):
    for service in SERVICES:
        owners = [s for kind in ("HorizontalPodAutoscaler", "ScaledObject") for s in m.of(kind)
                  if s["spec"]["scaleTargetRef"]["name"] == service]
        if len(owners) != 1:
            yield f"{service} has {len(owners)} autoscalers"


@mistake(one_autoscaler_scales_each_service)
def autoscaler_lost(m):
    m.remove("HorizontalPodAutoscaler", "registry")


@mistake(one_autoscaler_scales_each_service, "production-keda")
def autoscaler_beside_keda(m):
    m.documents.append(load("production").get("HorizontalPodAutoscaler", "registry"))


@rule
def scaling_is_fast_up_and_slow_down(m):
    for service in SERVICES:
        hpa = m.get("HorizontalPodAutoscaler", service)
        spec = hpa["spec"] if hpa else m.get("ScaledObject", service)["spec"]["advanced"]["horizontalPodAutoscalerConfig"]
        up, down = spec["behavior"]["scaleUp"], spec["behavior"]["scaleDown"]
        if up["stabilizationWindowSeconds"] > 60:
            yield f"{service} waits before it grows"
        if down["stabilizationWindowSeconds"] < 300 or any(p["type"] != "Pods" or p["value"] > 1 for p in down["policies"]):
            yield f"{service} shrinks by more than a pod at a time"


@mistake(scaling_is_fast_up_and_slow_down)
def shrinks_at_once(m):
    m.get("HorizontalPodAutoscaler", "registry")["spec"]["behavior"]["scaleDown"]["stabilizationWindowSeconds"] = 0


@mistake(scaling_is_fast_up_and_slow_down)
def grows_late(m):
    m.get("HorizontalPodAutoscaler", "registry")["spec"]["behavior"]["scaleUp"]["stabilizationWindowSeconds"] = 300


@rule
def a_second_pod_is_always_there(m):
    least = 1 if m.overlay == "local" else 3 if m.overlay.startswith("production") else 2
    for service in SERVICES:
        if m.minimum(service) < least:
            yield f"{service} may run with fewer than {least}"


@mistake(a_second_pod_is_always_there)
def alone_at_night(m):
    m.get("HorizontalPodAutoscaler", "competency")["spec"]["minReplicas"] = 1


@rule
def cpu_is_requested_for_utilisation_to_mean_something(m):
    for service in SERVICES:
        if "cpu" not in m.container(service)["resources"]["requests"]:
            yield f"{service} requests no CPU"
        if "cpu" in m.container(service)["resources"].get("limits", {}):
            yield f"{service} is throttled"


@mistake(cpu_is_requested_for_utilisation_to_mean_something)
def no_cpu_request(m):
    del m.container("planning")["resources"]["requests"]["cpu"]


@mistake(cpu_is_requested_for_utilisation_to_mean_something)
def cpu_limit(m):
    m.container("planning")["resources"]["limits"]["cpu"] = "1"


@rule
def keda_never_scales_blindly(m):
    for scaled in m.of("ScaledObject"):
        name, spec = scaled["metadata"]["name"], scaled["spec"]
        if "cpu" not in [trigger["type"] for trigger in spec["triggers"]]:
            yield f"{name} does not scale without Prometheus"
        if spec.get("fallback", {}).get("behavior") != "currentReplicasIfHigher":
            yield f"{name} shrinks when Prometheus is away"


@mistake(keda_never_scales_blindly, "production-keda")
def prometheus_only(m):
    spec = m.get("ScaledObject", "registry")["spec"]
    spec["triggers"] = [trigger for trigger in spec["triggers"] if trigger["type"] != "cpu"]


def connections(m, service):
    """Connections of a service's pods at their most: its maximum, and those made during a rollout."""
    most = m.maximum(service)
    pods = most + math.ceil(most / 4)
    return pods, pods * int(m.config(service)["KINERJA_DATABASE_POOL"])


@rule
def every_pool_fits_the_database(m):
    if not m.operated:
        server = m.get("StatefulSet", "postgres")["spec"]["template"]["spec"]["containers"][0]["args"]
        limit = int(next(a for a in server if a.startswith("max_connections=")).partition("=")[2])
        total = sum(connections(m, service)[1] for service in SERVICES)
        if total + OPERATOR + RESERVED > limit:
            yield f"{total} connections to a server of {limit}"
        return
    for service in SERVICES:
        pooler, cluster = m.get("Pooler", f"{service}-pooler"), m.get("Cluster", f"{service}-db")
        parameters = pooler["spec"]["pgbouncer"]["parameters"]
        instances, clients = pooler["spec"]["instances"], connections(m, service)[1]
        if clients > (instances - 1) * int(parameters["max_client_conn"]):
            yield f"{service}: {clients} connections do not fit its pooler with one instance away"
        servers = instances * (int(parameters["default_pool_size"]) + int(parameters["reserve_pool_size"]))
        limit = int(cluster["spec"]["postgresql"]["parameters"]["max_connections"])
        if servers + OPERATOR + RESERVED + MIGRATION > limit:
            yield f"{service}: the poolers' {servers} connections do not fit {limit}"


@mistake(every_pool_fits_the_database)
def pods_beyond_the_pooler(m):
    m.get("HorizontalPodAutoscaler", "planning")["spec"]["maxReplicas"] = 200


@mistake(every_pool_fits_the_database)
def poolers_beyond_the_server(m):
    m.get("Pooler", "planning-pooler")["spec"]["instances"] = 5


@mistake(every_pool_fits_the_database, "local")
def pods_beyond_the_server(m):
    m.set_config("planning", "KINERJA_DATABASE_POOL", "64")


@rule
def the_arithmetic_beside_the_sizes_is_right(m):
    sizes = K8S / "overlays" / m.overlay / "sizes.yaml"
    if not sizes.exists():
        return
    lines = re.findall(r"^# (\w+): \((\d+) \+ (\d+) during a rollout\) x (\d+) connections = (\d+)", sizes.read_text(), re.M)
    if {line[0] for line in lines} != set(SERVICES):
        yield "the arithmetic of a service is missing"
    for service, most, surge, pool, total in lines:
        pods, used = connections(m, service)
        if (m.maximum(service), pods - m.maximum(service), used) != (int(most), int(surge), int(total)):
            yield f"{service}: it is {m.maximum(service)} + {pods - m.maximum(service)} pods and {used} connections"
        if m.config(service)["KINERJA_DATABASE_POOL"] != pool:
            yield f"{service}: the pool is not {pool}"


@mistake(the_arithmetic_beside_the_sizes_is_right)
def pool_grown_without_arithmetic(m):
    m.set_config("registry", "KINERJA_DATABASE_POOL", "32")


@rule
def one_pod_may_be_away(m):
    for service in SERVICES:
        budget = m.get("PodDisruptionBudget", service)
        if budget is None:
            yield f"{service} has no disruption budget"
            continue
        spec, selector = budget["spec"], m.deployment(service)["spec"]["selector"]
        if spec.get("maxUnavailable") != 1 or spec.get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
            yield f"the budget of {service} blocks a drain of nodes"
        if spec["selector"] != selector:
            yield f"the budget of {service} is for other pods"


    poolers = [pooler["metadata"]["name"] for pooler in m.of("Pooler")]
    for name in poolers:
        budget = m.get("PodDisruptionBudget", name)
        selected = budget and budget["spec"]["selector"]["matchLabels"]
        if selected != {"cnpg.io/poolerName": name} or budget["spec"].get("maxUnavailable") != 1:
            yield f"a drain of nodes takes all of {name}"


@mistake(one_pod_may_be_away)
def pooler_drained(m):
    m.remove("PodDisruptionBudget", "planning-pooler")


@mistake(one_pod_may_be_away)
def budget_lost(m):
    m.remove("PodDisruptionBudget", "registry")


@mistake(one_pod_may_be_away)
def sick_pods_block(m):
    del m.get("PodDisruptionBudget", "registry")["spec"]["unhealthyPodEvictionPolicy"]
