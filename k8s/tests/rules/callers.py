"""Services find and believe each other, and nobody else."""

import functools
import re

from manifests import CALLS, K8S, PORTS, REPOSITORY, SERVICES, VERSION

from . import mistake, rule


@rule
def each_service_has_a_cluster_ip_and_a_headless_name(m):
    for service in SERVICES:
        for name, headless in ((service, False), (f"{service}-headless", True)):
            found = m.get("Service", name)
            if found is None:
                yield f"there is no Service {name}"
                continue
            spec = found["spec"]
            if (spec.get("clusterIP") == "None") != headless:
                yield f"{name} is {'not ' if headless else ''}headless"
            if spec["selector"] != m.deployment(service)["spec"]["selector"]["matchLabels"]:
                yield f"{name} leads to other pods"
            (port,) = spec["ports"]
            if (port["port"], port["targetPort"], port["name"]) != (PORTS[service], "grpc", "grpc"):
                yield f"{name} does not lead to the gRPC port"
            if port.get("appProtocol") != ("https" if "KINERJA_TLS_CERT" in m.config(service) else "kubernetes.io/h2c"):
                yield f"{name} announces {port.get('appProtocol')}"


@mistake(each_service_has_a_cluster_ip_and_a_headless_name)
def no_headless_service(m):
    m.remove("Service", "registry-headless")


@mistake(each_service_has_a_cluster_ip_and_a_headless_name)
def headless_with_an_address(m):
    del m.get("Service", "registry-headless")["spec"]["clusterIP"]


@rule
def neighbours_are_called_by_the_name_that_balances(m):
    """Headless names for clients that balance themselves; ClusterIP names where a mesh does."""
    for service in SERVICES:
        config = m.config(service)
        meshed = m.deployment(service)["spec"]["template"]["metadata"].get("annotations", {}).get("linkerd.io/inject") == "enabled"
        secure = "KINERJA_TLS_CERT" in config
        if meshed and secure:
            yield f"{service} is in the mesh and has certificates of its own"
        urls = {other: config.get(f"KINERJA_{other.upper()}_URL") for other in SERVICES}
        if {other for other, url in urls.items() if url} != CALLS[service]:
            yield f"{service} calls {[o for o, u in urls.items() if u]}"
        for other in CALLS[service]:
            scheme = "http" if meshed else "dns+https" if secure else "dns+http"
            name = other if meshed else f"{other}-headless"
            if urls[other] != f"{scheme}://{name}:{PORTS[other]}":
                yield f"{service} calls {other} at {urls[other]}"


@mistake(neighbours_are_called_by_the_name_that_balances)
def every_call_to_one_pod(m):
    m.set_config("planning", "KINERJA_REGISTRY_URL", "https://registry:7101")


@mistake(neighbours_are_called_by_the_name_that_balances)
def plaintext_beside_certificates(m):
    m.set_config("planning", "KINERJA_REGISTRY_URL", "dns+http://registry-headless:7101")


@mistake(neighbours_are_called_by_the_name_that_balances, "mesh")
def headless_in_the_mesh(m):
    m.set_config("planning", "KINERJA_REGISTRY_URL", "dns+http://registry-headless:7101")


@rule
def only_the_services_that_call_are_believed(m):
    callers = [service for service in SERVICES if CALLS[service]]
    for service in SERVICES:
        config, namespace = m.config(service), m.deployment(service)["metadata"]["namespace"]
        if config["KINERJA_MODE"] == "development" and m.overlay == "local":
            continue
        if config["KINERJA_MODE"] != "production" or "KINERJA_DEVELOPMENT_KEY" in config:
            yield f"{service} believes the development issuer"
        accounts = {f"system:serviceaccount:{namespace}:{caller}" for caller in callers}
        if set(config["KINERJA_SERVICE_SUBJECTS"].split(",")) != accounts:
            yield f"{service} believes {config['KINERJA_SERVICE_SUBJECTS']}"
        if config["KINERJA_SERVICE_TOKEN_FILE"] != "/var/run/kinerja/identity/token" or config["KINERJA_TOKEN_AUDIENCE"] != "kinerja":
            yield f"{service} shows another token than the projected one"
        sources = [s for v in m.pod(service)["volumes"] for s in v.get("projected", {}).get("sources", [])]
        if not any(s.get("serviceAccountToken", {}).get("audience") == "kinerja" for s in sources):
            yield f"{service} has no token for our audience"


@mistake(only_the_services_that_call_are_believed)
def anybody_is_a_service(m):
    name = m.container("registry")["envFrom"][0]["configMapRef"]["name"]
    m.get("ConfigMap", name)["data"]["KINERJA_SERVICE_SUBJECTS"] += ",system:serviceaccount:default:default"


@mistake(only_the_services_that_call_are_believed)
def development_in_production(m):
    m.set_config("registry", "KINERJA_MODE", "development")


@mistake(only_the_services_that_call_are_believed)
def token_for_another_audience(m):
    m.pod("registry")["volumes"][0]["projected"]["sources"][0]["serviceAccountToken"]["audience"] = "vault"


@functools.cache
def variables():
    """Every variable that the services read: the `env = "…"` of their arguments."""
    sources = (REPOSITORY / "services/kit/src").rglob("*.rs")
    return {name for source in sources for name in re.findall(r'env = "(KINERJA_\w+)"', source.read_text())}


@rule
def services_are_told_only_what_they_read(m):
    for service in SERVICES:
        unknown = {key for key in m.config(service) if key.startswith("KINERJA_")} - variables()
        if unknown:
            yield f"{service} does not read {sorted(unknown)}"


@mistake(services_are_told_only_what_they_read)
def misspelt_variable(m):
    m.set_config("registry", "KINERJA_DATABASE_POOLS", "16")


@rule
def images_are_exact(m):
    for owner, container in m.containers():
        image = container["image"]
        name, _, digest = image.partition("@")
        tag = name.rpartition("/")[2].partition(":")[2]
        if not digest and (not tag or tag == "latest"):
            yield f"{owner} runs whatever {image} is today"
        if digest and not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
            yield f"{owner} has a malformed digest"
    for service in SERVICES:
        if m.init(service)["image"] != m.container(service)["image"]:
            yield f"{service} waits with another image than it serves with"
        version = m.deployment(service)["metadata"]["labels"].get(VERSION)
        if not version or m.deployment(service)["spec"]["template"]["metadata"]["labels"].get(VERSION) != version:
            yield f"{service} does not say its version"


@mistake(images_are_exact)
def latest_image(m):
    m.container("registry")["image"] = m.init("registry")["image"] = "registry.example.go.id/kinerja/registry:latest"


@mistake(images_are_exact)
def image_without_tag(m):
    m.container("registry")["image"] = m.init("registry")["image"] = "kinerja-registry"


@rule
def certificates_name_the_names_that_are_called(m):
    for service in SERVICES:
        if "KINERJA_TLS_CERT" not in m.config(service):
            continue
        certificate = m.get("Certificate", service)
        names = certificate["spec"]["dnsNames"] if certificate else []
        if not {service, f"{service}-headless"} <= set(names):
            yield f"{service} is called by names that its certificate lacks"
            continue
        if not {"server auth", "client auth"} <= set(certificate["spec"]["usages"]):
            yield f"{service} cannot both serve and call with its certificate"
        secrets = [v["secret"]["secretName"] for v in m.pod(service)["volumes"] if v["name"] == "tls"]
        if secrets != [certificate["spec"]["secretName"]]:
            yield f"{service} mounts {secrets} for its certificate"
        authority = m.get("Certificate", "suite-ca")["spec"]["privateKey"]
        if authority.get("rotationPolicy") != "Never":
            yield "half of the services believe the new authority, and half the old one"
        hours = {key: int(certificate["spec"][key].removesuffix("h")) for key in ("duration", "renewBefore")}
        if hours["duration"] > 24 * 30 or hours["renewBefore"] < 24:
            yield f"the certificate of {service} lasts long, or is renewed late"


@mistake(certificates_name_the_names_that_are_called)
def headless_name_not_certified(m):
    m.get("Certificate", "registry")["spec"]["dnsNames"].remove("registry-headless")


@mistake(certificates_name_the_names_that_are_called)
def somebody_elses_certificate(m):
    for volume in m.pod("registry")["volumes"]:
        if volume["name"] == "tls":
            volume["secret"]["secretName"] = "planning-tls"


@mistake(certificates_name_the_names_that_are_called)
def authority_with_a_new_key(m):
    del m.get("Certificate", "suite-ca")["spec"]["privateKey"]["rotationPolicy"]


@mistake(certificates_name_the_names_that_are_called)
def renewed_at_the_last_hour(m):
    m.get("Certificate", "registry")["spec"]["renewBefore"] = "1h"


@rule
def what_an_overlay_says_reaches_the_pods(m):
    """A component is laid over its overlay: it would silently win."""
    said = K8S / "overlays" / m.overlay / "suite.env"
    for line in said.read_text().splitlines() if said.exists() else []:
        key, _, value = line.partition("=")
        for service in SERVICES:
            if m.config(service).get(key) != value:
                yield f"{service} reads {m.config(service).get(key)!r} for {key}, not {value!r}"


@mistake(what_an_overlay_says_reaches_the_pods)
def overruled_by_a_component(m):
    m.set_config("registry", "KINERJA_TRACE_RATIO", "1")
