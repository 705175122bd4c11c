"""Migrations run once per version, as the owner; nobody else is the owner."""

from manifests import SERVICES, VERSION, mounted_secrets, secrets_of

from . import mistake, rule


@rule
def each_version_has_its_own_migration_job(m):
    for service in SERVICES:
        job = m.job(service)
        if job is None:
            yield f"{service} has no migration"
            continue
        version = m.deployment(service)["metadata"]["labels"].get(VERSION)
        if job["metadata"]["name"] != f"{service}-migrate-{version}":
            yield f"{job['metadata']['name']} is not named by version {version}"
        container = job["spec"]["template"]["spec"]["containers"][0]
        if container["args"] != ["migrate"] or container["image"] != m.container(service)["image"]:
            yield f"the migration of {service} is of another version than its service"


@mistake(each_version_has_its_own_migration_job)
def same_name_for_every_version(m):
    m.job("registry")["metadata"]["name"] = "registry-migrate"


@mistake(each_version_has_its_own_migration_job)
def migration_of_the_version_before(m):
    m.job("registry")["spec"]["template"]["spec"]["containers"][0]["image"] += "-old"


@rule
def a_migration_job_never_changes(m):
    """A Job's template is immutable: what changes without a version must not be in it."""
    for job in m.of("Job"):
        spec = job["spec"]["template"]["spec"]
        named = [s.get("configMapRef") for c in spec["containers"] for s in c.get("envFrom", [])]
        named += [v["valueFrom"].get("configMapKeyRef") for c in spec["containers"] for v in c.get("env", []) if "valueFrom" in v]
        named += [volume.get("configMap") for volume in spec.get("volumes", [])]
        if any(named):
            yield f"{job['metadata']['name']} changes with a ConfigMap"
        if "ttlSecondsAfterFinished" in job["spec"]:
            yield f"{job['metadata']['name']} vanishes, and GitOps makes it again"
        if job["spec"].get("activeDeadlineSeconds", 3600) < 3600:
            yield f"{job['metadata']['name']} is cut short"


@mistake(a_migration_job_never_changes)
def job_reads_a_config_map(m):
    job = m.job("registry")["spec"]["template"]["spec"]
    job["containers"][0]["envFrom"] = m.container("registry")["envFrom"]


@mistake(a_migration_job_never_changes)
def job_cut_short(m):
    m.job("registry")["spec"]["activeDeadlineSeconds"] = 300


@rule
def only_the_migration_is_the_owner(m):
    for service in SERVICES:
        job = m.job(service)
        if job and secrets_of(job["spec"]["template"]["spec"]["containers"][0]) != {f"{service}-db-app"}:
            yield f"the migration of {service} has other Secrets than the owner's"
    for owner, template in m.templates():
        spec = template["spec"]
        read = set().union(*(secrets_of(c) for c in spec.get("initContainers", []) + spec["containers"]))
        mounted = {name for name, _ in mounted_secrets(spec)}
        owners = {name for name in read | mounted if name.endswith("-db-app")}
        # The plain server of the local overlay makes the roles, so it reads their passwords.
        if owners and not owner.startswith("Job ") and owner != "StatefulSet postgres":
            yield f"{owner} holds {owners}"


@mistake(only_the_migration_is_the_owner)
def service_as_owner(m):
    variables = m.container("registry")["env"]
    next(v for v in variables if v["name"] == "KINERJA_DATABASE_URL")["valueFrom"]["secretKeyRef"]["name"] = "registry-db-app"


@mistake(only_the_migration_is_the_owner)
def owner_mounted(m):
    m.pod("registry")["volumes"].append({"name": "owner", "secret": {"secretName": "registry-db-app"}})


@mistake(only_the_migration_is_the_owner)
def migration_as_the_serving_role(m):
    job = m.job("registry")["spec"]["template"]["spec"]["containers"][0]
    job["env"][-1]["valueFrom"]["secretKeyRef"]["name"] = "registry-db-serving"


@rule
def pods_wait_for_the_migration_of_their_version(m):
    for service in SERVICES:
        waiting = [c for c in m.pod(service).get("initContainers", []) if c["args"] == ["wait-for-migrations"]]
        if not waiting or waiting[0]["image"] != m.container(service)["image"]:
            yield f"{service} serves before its migration"
        elif secrets_of(waiting[0]) != {f"{service}-db-serving"}:
            yield f"{service} waits as another role than it serves as"


@mistake(pods_wait_for_the_migration_of_their_version)
def nobody_waits(m):
    del m.pod("registry")["initContainers"]
