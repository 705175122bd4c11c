"""Nothing in, nothing out, but what is named: every pair of pods is asked."""

import ipaddress
import itertools

from manifests import CALLS, COMPONENT, HEALTH, NAME, PORTS, SERVICES

from . import mistake, rule

PART = "app.kubernetes.io/part-of"
OWN = "kinerja"


def pods():
    """name -> (namespace labels, pod labels, ports it listens at)."""
    own = {"kubernetes.io/metadata.name": OWN}
    made = {}
    for service in SERVICES:
        part = {NAME: service, PART: "kinerja"}
        made[service] = (own, part | {COMPONENT: "service"}, {PORTS[service], HEALTH[service]})
        made[f"{service}-migration"] = (own, part | {COMPONENT: "migration"}, set())
        cluster = {"cnpg.io/cluster": f"{service}-db"}
        made[f"{service}-db"] = (own, cluster | {"cnpg.io/podRole": "instance"}, {5432, 8000, 9187})
        made[f"{service}-pooler"] = (
            own, cluster | {"cnpg.io/poolerName": f"{service}-pooler", "cnpg.io/podRole": "pooler"}, {5432, 9127})
    made["collector"] = (own, {NAME: "collector", PART: "kinerja", COMPONENT: "collector"}, {4317, 8888, 8889, 13133})
    made["postgres"] = (own, {NAME: "postgres", PART: "kinerja"}, {5432})
    made["stranger"] = (own, {NAME: "stranger"}, {80})
    other = lambda name, **labels: {"kubernetes.io/metadata.name": name, **labels}
    made["entrance"] = (other("gateway", **{"kinerja/entrance": "true"}), {NAME: "gateway"}, {443})
    made["monitoring"] = (other("monitoring"), {NAME: "prometheus"}, {9090, 4317})
    made["operator"] = (other("cnpg-system"), {NAME: "cloudnative-pg"}, {9443})
    made["outsider"] = (other("default"), {NAME: "curl"}, {80})
    return made


def expected(m):
    """(from, to, port) of every connection there may be between pods."""
    for service in SERVICES:
        yield "entrance", service, PORTS[service]
        for other in CALLS[service]:
            yield service, other, PORTS[other]
        if not m.operated:
            yield service, "postgres", 5432
            yield f"{service}-migration", "postgres", 5432
            continue
        database, pooler = f"{service}-db", f"{service}-pooler"
        yield service, pooler, 5432
        yield f"{service}-migration", database, 5432
        yield pooler, database, 5432
        yield from ((database, database, 5432), (database, database, 8000))
        yield from (("operator", database, 5432), ("operator", database, 8000))
        yield from (("monitoring", database, 9187), ("monitoring", pooler, 9127))
    if m.get("Deployment", "collector"):
        if "KINERJA_OTLP_ENDPOINT" in m.config("registry"):
            yield from ((service, "collector", 4317) for service in SERVICES)
        yield from (("monitoring", "collector", port) for port in (8888, 8889))
        yield "collector", "monitoring", 4317


def selects(selector, labels):
    """A label selector, as Kubernetes reads it; an empty one selects everything."""
    if not selector.get("matchLabels", {}).items() <= labels.items():
        return False
    for expression in selector.get("matchExpressions", []):
        key, values = expression["key"], expression.get("values", [])
        held = {
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
            "In": labels.get(key) in values,
            "NotIn": labels.get(key) not in values,
        }[expression["operator"]]
        if not held:
            return False
    return True


def peer_matches(peer, namespace, labels):
    if "ipBlock" in peer:
        return ipaddress.ip_address("10.244.1.2") in ipaddress.ip_network(peer["ipBlock"]["cidr"])
    if "namespaceSelector" in peer:
        inside = selects(peer["namespaceSelector"], namespace)
    else:
        inside = namespace.get("kubernetes.io/metadata.name") == OWN
    return inside and selects(peer.get("podSelector", {}), labels)


def direction_allows(policies, kind, subject, peer, port):
    """Whether the policies that select `subject` let it talk to `peer` in that direction."""
    key, to = ("ingress", "from") if kind == "Ingress" else ("egress", "to")
    chosen = [p["spec"] for p in policies if kind in p["spec"]["policyTypes"] and selects(p["spec"]["podSelector"], subject[1])]
    if subject[0]["kubernetes.io/metadata.name"] != OWN or not chosen:
        return True
    for rule_ in itertools.chain.from_iterable(spec.get(key, []) for spec in chosen):
        ports = [entry["port"] for entry in rule_.get("ports", []) if entry.get("protocol", "TCP") == "TCP"]
        peers = rule_.get(to)
        if (not rule_.get("ports") or port in ports) and (not peers or any(peer_matches(p, *peer[:2]) for p in peers)):
            return True
    return False


def allowed(m):
    """Every connection between two pods that the policies let through."""
    policies, made = m.of("NetworkPolicy"), pods()
    for (source, a), (target, b) in itertools.product(made.items(), made.items()):
        if OWN not in (a[0]["kubernetes.io/metadata.name"], b[0]["kubernetes.io/metadata.name"]):
            continue
        for port in b[2]:
            if direction_allows(policies, "Egress", a, b, port) and direction_allows(policies, "Ingress", b, a, port):
                yield source, target, port


@rule
def exactly_the_callers_that_are_named_get_through(m):
    is_allowed, should = set(allowed(m)), set(expected(m))
    if not m.operated:
        kept = lambda edge: not any(name.endswith(("-db", "-pooler")) for name in edge[:2])
        is_allowed = {edge for edge in is_allowed if kept(edge)}
    for source, target, port in sorted(is_allowed - should):
        yield f"{source} reaches {target}:{port}"
    for source, target, port in sorted(should - is_allowed):
        yield f"{source} does not reach {target}:{port}"


@mistake(exactly_the_callers_that_are_named_get_through)
def competency_reads_planning(m):
    callers = m.get("NetworkPolicy", "planning")["spec"]["ingress"][0]["from"]
    callers.append({"podSelector": {"matchLabels": {NAME: "competency", COMPONENT: "service"}}})
    m.get("NetworkPolicy", "competency")["spec"]["egress"].append(
        {"to": [{"podSelector": {"matchLabels": {NAME: "planning"}}}], "ports": [{"port": 7102}]})


@mistake(exactly_the_callers_that_are_named_get_through)
def caller_forgotten(m):
    m.get("NetworkPolicy", "registry")["spec"]["ingress"][0]["from"].pop()


@mistake(exactly_the_callers_that_are_named_get_through)
def any_database(m):
    for rule_ in m.get("NetworkPolicy", "registry")["spec"]["egress"]:
        rule_["to"] = [{"podSelector": {}}]
    m.get("NetworkPolicy", "planning-pooler")["spec"]["ingress"][0]["from"] = [{"podSelector": {}}]


@mistake(exactly_the_callers_that_are_named_get_through)
def health_from_everywhere(m):
    m.get("NetworkPolicy", "registry")["spec"]["ingress"].append({"ports": [{"port": 7201}]})


@rule
def nothing_is_open_by_default(m):
    deny = m.get("NetworkPolicy", "default-deny")
    if deny is None or deny["spec"] != {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}:
        yield "the namespace is open"
    for policy in m.of("NetworkPolicy"):
        for key, to in (("ingress", "from"), ("egress", "to")):
            for rule_ in policy["spec"].get(key, []):
                if not rule_.get(to) or not rule_.get("ports"):
                    yield f"{policy['metadata']['name']} opens {key} to anybody or at any port"
                for peer in rule_.get(to) or []:
                    if "ipBlock" in peer and ipaddress.ip_network(peer["ipBlock"]["cidr"]).prefixlen < 24:
                        yield f"{policy['metadata']['name']} opens {key} to {peer['ipBlock']['cidr']}"


@mistake(nothing_is_open_by_default)
def no_default_deny(m):
    m.remove("NetworkPolicy", "default-deny")


@mistake(nothing_is_open_by_default)
def ingress_only(m):
    m.get("NetworkPolicy", "default-deny")["spec"]["policyTypes"] = ["Ingress"]


@mistake(nothing_is_open_by_default)
def the_whole_internet(m):
    m.get("NetworkPolicy", "services-ask-for-token-keys")["spec"]["egress"][0]["to"][0]["ipBlock"]["cidr"] = "0.0.0.0/0"


@rule
def names_can_be_resolved(m):
    policy = m.get("NetworkPolicy", "names-resolve")
    ports = {(p["port"], p["protocol"]) for p in policy["spec"]["egress"][0]["ports"]} if policy else set()
    if policy is None or policy["spec"]["podSelector"] != {} or ports != {(53, "UDP"), (53, "TCP")}:
        yield "a pod cannot ask for names"


@mistake(names_can_be_resolved)
def no_dns_over_tcp(m):
    m.get("NetworkPolicy", "names-resolve")["spec"]["egress"][0]["ports"].pop()
