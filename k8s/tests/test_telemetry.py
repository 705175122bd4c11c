"""Alerts, dashboards and autoscalers ask for metrics that somebody publishes, by labels that those have."""

import functools
import json
import re

import yaml

from manifests import REPOSITORY, load

# What others publish: CloudNativePG (default-monitoring and its pooler's exporter), its Barman plugin, the kubelet,
# kube-state-metrics, cert-manager and the collector itself.
FOREIGN = {
    "barman_cloud_cloudnative_pg_io_last_available_backup_timestamp",
    "certmanager_certificate_expiration_timestamp_seconds",
    "cnpg_backends_max_tx_duration_seconds",
    "cnpg_collector_up",
    "cnpg_pg_database_xid_age",
    "cnpg_pg_replication_lag",
    "cnpg_pg_replication_streaming_replicas",
    "cnpg_pg_stat_archiver_last_archived_time",
    "cnpg_pg_stat_archiver_last_failed_time",
    "cnpg_pgbouncer_pools_maxwait",
    "kube_deployment_status_replicas_ready",
    "kube_horizontalpodautoscaler_spec_max_replicas",
    "kube_horizontalpodautoscaler_status_current_replicas",
    "kube_job_status_failed",
    "kube_job_status_succeeded",
    "kube_pod_container_status_restarts_total",
    "kubelet_volume_stats_available_bytes",
    "kubelet_volume_stats_capacity_bytes",
    "otelcol_receiver_refused_metric_points",
    "otelcol_receiver_refused_spans",
}
# Given by the collector's Prometheus exporter to each series of ours.
COLLECTED = {"job", "instance", "le"}


@functools.cache
def published():
    """Name as Prometheus has it -> its labels, from the instruments in the kit. Labels None: any."""
    found = {}
    for source in (REPOSITORY / "services/kit/src").rglob("*.rs"):
        text = source.read_text()
        made = re.findall(r'(u64_counter|\w*gauge|up_down_counter|f64_histogram|seconds)\("((?:kinerja|rpc)\.[\w.]+)"\)(\s*\.with_unit\("s"\))?', text)
        for kind, name, seconds in made:
            name = name.replace(".", "_")
            if seconds or kind == "seconds":
                name += "_seconds"
            if kind == "u64_counter":
                name += "_total"
            suffixes = ("_bucket", "_count", "_sum") if kind == "seconds" else ("",)
            found |= {name + suffix: kind for suffix in suffixes}
    return found


@functools.cache
def known_labels():
    """The allow-list that tests/flows/telemetry.rs holds every metric to."""
    text = (REPOSITORY / "tests/flows/telemetry.rs").read_text()
    listed = re.search(r"const LABELS: \[&str; \d+\] = \[(.*?)\];", text, re.S)[1]
    return {label.replace(".", "_") for label in re.findall(r'"([\w.]+)"', listed)} | COLLECTED


def recorded():
    return {rule["record"] for rule in alerting() if "record" in rule}


def alerting():
    files = [file for file in (REPOSITORY / "deploy/alerts").glob("*.yaml") if file.name != "kustomization.yaml"]
    groups = [group for file in files for group in yaml.safe_load(file.read_text())["spec"]["groups"]]
    return [rule for group in groups for rule in group["rules"]]


def queries():
    """(where, PromQL) of everything that asks."""
    for rule in alerting():
        yield rule.get("alert") or rule["record"], rule["expr"]
    for file in (REPOSITORY / "deploy/dashboards").glob("*.json"):
        for panel in json.loads(file.read_text())["panels"]:
            for target in panel.get("targets", []):
                yield f"{file.name}, {panel['title']}", target["expr"]
    for scaled in load("production-keda").of("ScaledObject"):
        for trigger in scaled["spec"]["triggers"]:
            if trigger["type"] == "prometheus":
                yield f"ScaledObject {scaled['metadata']['name']}", trigger["metadata"]["query"]


def selectors(query):
    """(metric, labels it is selected or grouped by) of a query."""
    made = set(re.findall(r'"(\w+)",\s*"[^"]*",\s*"\w+",\s*"', query))  # by label_replace
    query = re.sub(r'"(?:[^"\\]|\\.)*"', '""', query)
    grouped = re.findall(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)", query)
    query = re.sub(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", "", query)
    query = re.sub(r"\[[^\]]*\]", "", query)
    names = re.findall(r"(?<![\w:.])([a-zA-Z_:][\w:]*)\s*(\{[^}]*\})?(?!\s*[\w({:])", query)
    grouping = {label.strip() for group in grouped for label in group.split(",") if label.strip()} - made
    for name, chosen in names:
        if name not in ("and", "or", "unless", "offset", "bool", "inf", "nan"):
            yield name, grouping | set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", chosen))


def faults(where, query):
    """Metrics that nobody publishes, and labels that ours do not have."""
    ours = published()
    for name, labels in selectors(query):
        if name not in ours and name not in FOREIGN and name not in recorded():
            yield f"{where}: nobody publishes {name}"
        if name in ours and not labels <= known_labels():
            yield f"{where}: {name} has no label {sorted(labels - known_labels())}"


def test_everything_that_is_asked_for_is_published():
    assert [fault for where, query in queries() for fault in faults(where, query)] == []


def test_the_code_publishes_what_operators_are_promised():
    """Issue of operation: RPCs, pools, feeds, outbox, deadlines, business counts, and what telemetry loses."""
    assert {
        "rpc_server_call_duration_seconds_count", "rpc_client_call_duration_seconds_count", "kinerja_pool_connections",
        "kinerja_feed_lag", "kinerja_outbox_pending", "kinerja_window_closes_in_seconds", "kinerja_window_unfinished",
        "kinerja_work_count", "kinerja_telemetry_dropped_total", "kinerja_server_shed_calls_total",
    } <= set(published())


def test_every_foreign_metric_is_asked_for():
    asked = {name for _, query in queries() for name, _ in selectors(query)}
    assert FOREIGN - asked == set()


def test_a_metric_that_nobody_publishes_is_found():
    assert list(faults("x", "sum by (job) (rate(kinerja_feed_apply_total[5m]))")) == ["x: nobody publishes kinerja_feed_apply_total"]
    assert list(faults("x", "max(cnpg_pg_replicatoin_lag) > 60"))
    assert list(faults("x", 'rpc_server_call_duration_count{job="kinerja-registry"} and kinerja_feed_lag'))


def test_a_label_that_a_metric_does_not_have_is_found():
    assert list(faults("x", "sum by (employee) (kinerja_feed_lag)")) == ["x: kinerja_feed_lag has no label ['employee']"]
    assert list(faults("x", 'kinerja_feed_lag{grpc_code="2"}'))


def test_what_is_between_quotes_or_brackets_is_no_metric():
    query = 'histogram_quantile(0.99, sum by (job, le) (rate(rpc_server_call_duration_seconds_bucket{job=~"a{b}c(d)"}[5m:1m]))) > bool 1'
    assert [name for name, _ in selectors(query)] == ["rpc_server_call_duration_seconds_bucket"]
