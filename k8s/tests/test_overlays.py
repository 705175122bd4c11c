"""Every overlay is valid and keeps our rules; every rule finds the mistakes planted for it."""

import json
import pathlib

import jsonschema
import kubernetes_validate
import pytest
import referencing

import rules
from manifests import OVERLAYS, load

KUBERNETES = "1.34"
rules.load_all()


def own_schemas():
    files = pathlib.Path(__file__).parent.joinpath("schemas").glob("*.json")
    return {file.stem: json.loads(file.read_text()) for file in files}


SCHEMAS = own_schemas()
REGISTRY = referencing.Registry().with_resources(
    (f"{name}.json", referencing.Resource.from_contents(schema)) for name, schema in SCHEMAS.items()
)


def faults_of_form(document):
    """Where a document departs from its schema: ours for custom resources, else that of Kubernetes."""
    name = f"{document['kind']} {document['metadata']['name']}"
    if schema := SCHEMAS.get(document["kind"]):
        validator = jsonschema.Draft202012Validator(schema, registry=REGISTRY)
        return [f"{name}: {error.json_path}: {error.message}" for error in validator.iter_errors(document)]
    try:
        kubernetes_validate.validate(document, KUBERNETES, strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{name}: {'.'.join(map(str, error.path))}: {error.message}"]
    except kubernetes_validate.SchemaNotFoundError:
        return [f"{name}: no schema for {document['apiVersion']}"]
    return []


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_documents_have_the_form_their_schemas_ask_for(overlay):
    assert [fault for document in load(overlay).documents for fault in faults_of_form(document)] == []


FORM_MISTAKES = {
    "a field that Kubernetes does not know": ("Deployment", lambda d: d["spec"].update(replica=3)),
    "a number for a text": ("HorizontalPodAutoscaler", lambda d: d["spec"].update(maxReplicas="ten")),
    "a field that CloudNativePG does not know": ("Cluster", lambda d: d["spec"].update(instance=3)),
    "a parameter that the operator does not pass on": (
        "Pooler", lambda d: d["spec"]["pgbouncer"]["parameters"].update(auth_type="trust")),
    "a schedule of five fields": ("ScheduledBackup", lambda d: d["spec"].update(schedule="0 18 * * *")),
    "backups in plaintext": (
        "ObjectStore", lambda d: d["spec"]["configuration"].update(endpointURL="http://s3")),
    "a certificate without issuer": ("Certificate", lambda d: d["spec"].pop("issuerRef")),
    "a secret from nowhere": ("ExternalSecret", lambda d: d["spec"].pop("secretStoreRef")),
    "a monitor without endpoints": ("PodMonitor", lambda d: d["spec"].update(podMetricsEndpoints=[])),
    "a kind without schema": ("Issuer", lambda d: d.update(kind="Widget", apiVersion="example.com/v1")),
}


@pytest.mark.parametrize("planted", FORM_MISTAKES)
def test_a_mistake_of_form_is_found(planted):
    kind, plant = FORM_MISTAKES[planted]
    document = load("production").of(kind)[0]
    plant(document)
    assert faults_of_form(document)


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("rule", rules.RULES)
def test_rule(rule, overlay):
    assert list(rules.RULES[rule](load(overlay))) == []


@pytest.mark.parametrize(
    ("rule", "overlay", "plant"), rules.MISTAKES,
    ids=[f"{rule}-{plant.__name__}" for rule, _, plant in rules.MISTAKES],
)
def test_mistake(rule, overlay, plant):
    manifests = load(overlay)
    plant(manifests)
    assert list(rules.RULES[rule](manifests)), f"{rule} does not see {plant.__name__}"


@pytest.mark.parametrize("rule", rules.RULES)
def test_a_mistake_is_planted_for(rule):
    assert any(of == rule for of, _, _ in rules.MISTAKES)
