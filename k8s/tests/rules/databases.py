"""Databases that survive the loss of a machine, of a zone, and of themselves."""

import re

from manifests import K8S, REPOSITORY, SERVICES, mounted_secrets

from . import mistake, rule

PLUGIN = "barman-cloud.cloudnative-pg.io"


def clusters(m):
    """(service, spec) of the operated databases."""
    return [(service, m.get("Cluster", f"{service}-db")["spec"]) for service in SERVICES if m.operated]


def gigabytes(size):
    return int(size.removesuffix("Gi"))


@rule
def a_commit_is_on_two_machines(m):
    for service, spec in clusters(m):
        synchronous = spec["postgresql"].get("synchronous", {})
        if spec["instances"] != 3:
            yield f"{service} has {spec['instances']} instances"
        if synchronous.get("number") != 1 or synchronous.get("dataDurability") != "required":
            yield f"{service} may lose what it has answered"
        if not spec["affinity"]["enablePodAntiAffinity"] or not spec["enablePDB"]:
            yield f"{service} may lose two instances at once"
        if m.overlay.startswith("production"):
            if (spec["affinity"]["podAntiAffinityType"], spec["affinity"]["topologyKey"]) != ("required", "topology.kubernetes.io/zone"):
                yield f"{service} is not spread over three zones"


@mistake(a_commit_is_on_two_machines)
def asynchronous(m):
    del m.get("Cluster", "registry-db")["spec"]["postgresql"]["synchronous"]


@mistake(a_commit_is_on_two_machines)
def two_instances(m):
    m.get("Cluster", "registry-db")["spec"]["instances"] = 2


@mistake(a_commit_is_on_two_machines)
def one_zone(m):
    m.get("Cluster", "registry-db")["spec"]["affinity"]["topologyKey"] = "kubernetes.io/hostname"


@rule
def the_wal_has_its_own_volume_and_its_bound(m):
    for service, spec in clusters(m):
        if "walStorage" not in spec:
            yield f"{service} keeps its WAL beside its data"
            continue
        parameters, volume = spec["postgresql"]["parameters"], gigabytes(spec["walStorage"]["size"])
        kept, between = (int(parameters.get(name, "1GB").removesuffix("GB")) for name in ("max_slot_wal_keep_size", "max_wal_size"))
        if kept > volume * 0.6 or kept + between > volume * 0.8:
            yield f"{service}: a replica that is away fills the WAL's volume"


@mistake(the_wal_has_its_own_volume_and_its_bound)
def wal_beside_data(m):
    del m.get("Cluster", "registry-db")["spec"]["walStorage"]


@mistake(the_wal_has_its_own_volume_and_its_bound)
def slots_unbounded(m):
    m.get("Cluster", "registry-db")["spec"]["postgresql"]["parameters"]["max_slot_wal_keep_size"] = "100GB"


@mistake(the_wal_has_its_own_volume_and_its_bound)
def checkpoints_far_apart(m):
    m.get("Cluster", "planning-db")["spec"]["postgresql"]["parameters"]["max_wal_size"] = "32GB"


@rule
def a_successor_does_not_wait_for_the_old_primary(m):
    for service, spec in clusters(m):
        if spec.get("switchoverDelay", 3600) > 300 or spec.get("smartShutdownTimeout", 180) > 30:
            yield f"{service}: an old primary that hangs holds up the new one"


@mistake(a_successor_does_not_wait_for_the_old_primary)
def an_hour_of_patience(m):
    del m.get("Cluster", "registry-db")["spec"]["switchoverDelay"]


@rule
def every_database_is_backed_up(m):
    schedules = [backup["spec"]["schedule"] for backup in m.of("ScheduledBackup")]
    if len(set(schedules)) != len(schedules):
        yield "two backups begin at the same minute"
    for service, spec in clusters(m):
        plugins = [p for p in spec.get("plugins", []) if p["name"] == PLUGIN and p.get("isWALArchiver")]
        store = plugins and m.get("ObjectStore", plugins[0]["parameters"]["barmanObjectName"])
        if not store:
            yield f"{service} archives its WAL nowhere"
            continue
        if not store["spec"]["configuration"]["destinationPath"].endswith(f"/{service}"):
            yield f"{service} archives into the place of another"
        if int(store["spec"]["retentionPolicy"].removesuffix("d")) < 30:
            yield f"{service} forgets too early"
        backups = [b["spec"] for b in m.of("ScheduledBackup") if b["spec"]["cluster"]["name"] == f"{service}-db"]
        if len(backups) != 1 or backups[0].get("method") != "plugin" or backups[0]["pluginConfiguration"]["name"] != PLUGIN:
            yield f"{service} has no backup by the plugin"


@mistake(every_database_is_backed_up)
def no_backup(m):
    m.remove("ScheduledBackup", "registry-nightly")


@mistake(every_database_is_backed_up)
def archived_nowhere(m):
    m.get("Cluster", "registry-db")["spec"]["plugins"] = []


@mistake(every_database_is_backed_up)
def one_place_for_two(m):
    m.get("ObjectStore", "registry-backups")["spec"]["configuration"]["destinationPath"] = "s3://kinerja-backups/planning"


@rule
def prepared_statements_live_in_the_pooler(m):
    for service, _ in clusters(m):
        pooler = m.get("Pooler", f"{service}-pooler")["spec"]
        parameters = pooler["pgbouncer"]["parameters"]
        if pooler["type"] != "rw" or pooler["pgbouncer"]["poolMode"] != "transaction" or pooler["instances"] < 2:
            yield f"the pooler of {service} does not pool transactions on the primary, or stands alone"
        if int(parameters.get("max_prepared_statements", 0)) < 100:
            yield f"the pooler of {service} forgets prepared statements"
        if "extra_float_digits" not in parameters.get("ignore_startup_parameters", ""):
            yield f"the pooler of {service} refuses the services' connections"


@mistake(prepared_statements_live_in_the_pooler)
def session_pooling(m):
    m.get("Pooler", "registry-pooler")["spec"]["pgbouncer"]["poolMode"] = "session"


@mistake(prepared_statements_live_in_the_pooler)
def statements_forgotten(m):
    del m.get("Pooler", "registry-pooler")["spec"]["pgbouncer"]["parameters"]["max_prepared_statements"]


@rule
def databases_and_poolers_are_watched(m):
    for service, spec in clusters(m):
        if spec["monitoring"]["enablePodMonitor"]:
            yield f"{service} uses the operator's deprecated switch"
        wanted = {f"{service}-db": {"cnpg.io/cluster": f"{service}-db", "cnpg.io/podRole": "instance"},
                  f"{service}-pooler": {"cnpg.io/poolerName": f"{service}-pooler"}}
        for name, labels in wanted.items():
            monitor = m.get("PodMonitor", name)
            if monitor is None or monitor["spec"]["selector"]["matchLabels"] != labels:
                yield f"nobody watches {name}"


@mistake(databases_and_poolers_are_watched)
def pooler_unwatched(m):
    m.remove("PodMonitor", "registry-pooler")


@rule
def roles_are_those_of_the_house(m):
    """deploy/postgres/roles.sql: the owner owns, the serving role is managed with a Secret of its own."""
    text = (REPOSITORY / "deploy/postgres/roles.sql").read_text()
    house = [line.rstrip(";") for line in text.splitlines() if line and not line.startswith("--")]
    if not m.operated:
        script = (K8S / "overlays/local/roles.sh").read_text()
        yield from (f"the local server lacks {line}" for line in house if line.replace("SERVICE", "${service}") + ";" not in script)
        return
    for service, spec in clusters(m):
        init = spec["bootstrap"]["initdb"]
        if (init["database"], init["owner"]) != (service, f"{service}_owner") or "secret" in init:
            yield f"the database of {service} belongs to {init['owner']}, or its Secret is not generated"
        missing = [line.replace("SERVICE", service) for line in house if "_owner" not in line]
        yield from (f"{service} lacks {line}" for line in missing if line not in init["postInitSQL"])
        roles = {role["name"]: role for role in spec["managed"]["roles"]}
        app = roles.get(f"{service}_app", {})
        if app.get("passwordSecret", {}).get("name") != f"{service}-db-serving" or app.get("inherit") is not False:
            yield f"{service}_app has no Secret of its own, or inherits"
        if app.get("inRoles") != [f"{service}_system"] or any(app.get(p) for p in ("superuser", "createdb", "createrole", "bypassrls")):
            yield f"{service}_app may more than serve"
        if spec["enableSuperuserAccess"]:
            yield f"{service} hands out its superuser"


@mistake(roles_are_those_of_the_house)
def app_inherits(m):
    m.get("Cluster", "registry-db")["spec"]["managed"]["roles"][0]["inherit"] = True


@mistake(roles_are_those_of_the_house)
def app_bypasses_row_security(m):
    m.get("Cluster", "registry-db")["spec"]["managed"]["roles"][0]["bypassrls"] = True


@mistake(roles_are_those_of_the_house)
def app_with_the_owners_secret(m):
    m.get("Cluster", "registry-db")["spec"]["managed"]["roles"][0]["passwordSecret"]["name"] = "registry-db-app"


@rule
def serving_goes_to_the_pooler(m):
    for service, _ in clusters(m):
        secret = m.get("ExternalSecret", f"{service}-db-serving")
        uri = secret["spec"]["target"]["template"]["data"]["uri"] if secret else ""
        if not re.fullmatch(rf"postgresql://{service}_app:\{{\{{ \.password \| urlquery }}}}@{service}-pooler:5432/{service}", uri):
            yield f"{service} serves from {uri or 'nowhere'}"


@mistake(serving_goes_to_the_pooler)
def serving_from_the_primary(m):
    data = m.get("ExternalSecret", "registry-db-serving")["spec"]["target"]["template"]["data"]
    data["uri"] = data["uri"].replace("registry-pooler", "registry-db-rw")


@rule
def the_database_is_known_by_its_certificate(m):
    for service, spec in clusters(m):
        if f"{service}-pooler" not in spec.get("certificates", {}).get("serverAltDNSNames", []):
            yield f"the certificate of {service}'s pooler lacks its name"
        templates = (m.deployment(service)["spec"]["template"]["spec"], m.job(service)["spec"]["template"]["spec"])
        for pod in templates:
            if (f"{service}-db-ca", {"ca.crt"}) not in list(mounted_secrets(pod)):
                yield f"{service} mounts more of the authority than its certificate, or nothing"
            for container in pod.get("initContainers", []) + pod["containers"]:
                values = {v["name"]: v.get("value") for v in container["env"]}
                if values.get("PGSSLMODE") != "verify-full" or values.get("PGSSLROOTCERT") != "/etc/kinerja/database/ca.crt":
                    yield f"{service}, {container['name']}: believes any database"


@mistake(the_database_is_known_by_its_certificate)
def tls_unverified(m):
    for variable in m.container("registry")["env"]:
        if variable["name"] == "PGSSLMODE":
            variable["value"] = "require"


@mistake(the_database_is_known_by_its_certificate)
def authority_with_its_key(m):
    for volume in m.pod("registry")["volumes"]:
        if volume["name"] == "database-ca":
            del volume["secret"]["items"]
