"""A client that knows nothing but the files in proto/: one person's year, from plan to what is to be learnt.

Usage: year.py GENERATED-FOLDER REGISTRY PLANNING EVALUATION COMPETENCY KINERJA-BINARY DATA-FOLDER
`kinerja token` and `kinerja clock` of a running suite give the tokens and move the clock.
"""

import subprocess
import sys
import time
import uuid

import grpc

generated, registry_at, planning_at, evaluation_at, competency_at, kinerja, data = sys.argv[1:]
sys.path.insert(0, generated)

from kinerja.competency.v1 import development_plan_service_pb2 as develop
from kinerja.competency.v1 import development_plan_service_pb2_grpc as develop_grpc
from kinerja.evaluation.v1 import cycle_pb2, cycle_service_pb2 as cycles, evaluation_service_pb2 as evaluate
from kinerja.evaluation.v1 import cycle_service_pb2_grpc as cycles_grpc, evaluation_service_pb2_grpc as evaluate_grpc
from kinerja.evaluation.v1 import rating_pb2, rating_service_pb2 as rate, rating_service_pb2_grpc as rate_grpc
from kinerja.planning.v1 import period_pb2, period_service_pb2 as periods, period_service_pb2_grpc as periods_grpc
from kinerja.planning.v1 import plan_agreement_service_pb2 as agree, plan_agreement_service_pb2_grpc as agree_grpc
from kinerja.planning.v1 import plan_pb2, plan_service_pb2 as plans, plan_service_pb2_grpc as plans_grpc
from kinerja.planning.v1 import realisation_service_pb2 as realise, realisation_service_pb2_grpc as realise_grpc
from kinerja.registry.v1 import import_pb2, import_service_pb2 as imports, import_service_pb2_grpc as imports_grpc
from kinerja.registry.v1 import search_service_pb2 as search, search_service_pb2_grpc as search_grpc
from kinerja.registry.v1 import tenant_service_pb2 as tenants, tenant_service_pb2_grpc as tenants_grpc

TENANT = "99.01"
ROWS = [
    ("197004091998121001", "Hasan Harahap", "SETDA", "", "Sekretaris Daerah", "JPT_PRATAMA", "", "Y"),
    ("197604072005121001", "Ilham Rangkuti", "KANTOR", "SETDA", "Kepala Kantor", "ADMINISTRATOR", "", "Y"),
    ("199205142019032001", "Ratih Siregar", "KANTOR", "SETDA", "Penata Perizinan", "FUNGSIONAL", "AHLI_PERTAMA", "T"),
]


def run(*words):
    return subprocess.run([kinerja, "--data", data, *words], check=True, capture_output=True, text=True).stdout.strip()


def token(who):
    return [("authorization", "Bearer " + run("token", "--as", who, "--tenant", TENANT))]


def clock(at):
    run("clock", "set", at, "--url", "http://" + registry_at)


def new():
    return str(uuid.uuid4())


def eventually(call):
    """Events take a moment from one service to the next."""
    end = time.monotonic() + 30
    while True:
        try:
            answer = call()
            if answer:
                return answer
        except grpc.RpcError as error:
            if time.monotonic() > end:
                raise error
        if time.monotonic() > end:
            raise TimeoutError("the events did not come")
        time.sleep(0.1)


channels = {name: grpc.insecure_channel(at) for name, at in [
    ("registry", registry_at), ("planning", planning_at), ("evaluation", evaluation_at), ("competency", competency_at)]}

# The government and its people.
clock("2026-01-12T09:00")
tenants_grpc.TenantServiceStub(channels["registry"]).CreateTenant(
    tenants.CreateTenantRequest(tenant_id=TENANT, name="Pemerintah Uji", time_zone="Asia/Jakarta", request_id=new()),
    metadata=token("operator"))
hr = token("hr_officer")
header = imports.ImportHeader(request_id=new(), mode=import_pb2.IMPORT_MODE_ALL_OR_NOTHING, create_units=True, as_of="2026-01-02")
rows = imports.ImportRows(rows=[
    imports.ImportRow(
        identity_number=number, name=name, employment_kind="PNS", rank="III/c", rank_from="2024-04-01", status="AKTIF",
        unit_code=unit, unit_name=unit, parent_unit_code=parent, unit_kind="DINAS", position=position, position_kind=kind,
        position_level=level, position_class="9", heads_unit=heads, assignment_kind="DEFINITIF", assignment_from="2025-01-02")
    for number, name, unit, parent, position, kind, level, heads in ROWS])
answers = list(imports_grpc.ImportServiceStub(channels["registry"]).ImportEmployees(
    iter([imports.ImportEmployeesRequest(header=header), imports.ImportEmployeesRequest(rows=rows),
          imports.ImportEmployeesRequest(end=imports.ImportEnd())]), metadata=hr))
assert getattr(answers[-1], "import").counts.created == len(ROWS)


def find(name):
    found = search_grpc.SearchServiceStub(channels["registry"]).SearchEmployees(
        search.SearchEmployeesRequest(query=name), metadata=hr).employees
    return found[0].employee_id


employee, rater = find("Ratih"), find("Ilham")
own, superior = token(employee), token(rater)

# The plan: created by the employee, approved by the rater.
windows = [period_pb2.PeriodWindow(kind=kind, opens_on="2026-01-02", closes_on="2027-01-31")
           for kind in (period_pb2.WINDOW_KIND_PLANNING, period_pb2.WINDOW_KIND_REALISATION)]
service = periods_grpc.PeriodServiceStub(channels["planning"])
request = periods.CreatePeriodRequest(year=2026, kind=period_pb2.PERIOD_KIND_ANNUAL, ordinal=1, name="Tahun 2026",
                                      windows=windows, request_id=new())
period = eventually(lambda: service.CreatePeriod(request, metadata=hr)).period
service.OpenPeriod(periods.OpenPeriodRequest(period_id=period.period_id, etag=period.etag, request_id=new()), metadata=hr)
content = plan_pb2.PlanContent(
    approach=plan_pb2.PLAN_APPROACH_QUANTITATIVE, support="OSS", accountability="Dialog kinerja", consequences="Pembinaan",
    expectations=[plan_pb2.BehaviourExpectation(core_value=value, text="Menjadi teladan.") for value in range(1, 8)],
    results=[plan_pb2.WorkResult(
        kind=plan_pb2.WORK_RESULT_KIND_MAIN, scope=plan_pb2.WORK_RESULT_SCOPE_INDIVIDUAL, name="Izin dilayani",
        indicators=[plan_pb2.Indicator(
            aspect=plan_pb2.ASPECT_QUANTITY, name="Izin selesai", polarity=plan_pb2.POLARITY_HIGHER,
            target=plan_pb2.Target(min="240", max="240", unit="izin"), data_source="OSS")])])
service = plans_grpc.PlanServiceStub(channels["planning"])
request = plans.CreatePlanRequest(period_id=period.period_id, content=content, request_id=new())
plan = eventually(lambda: service.CreatePlan(request, metadata=own)).plan
agreement = agree_grpc.PlanAgreementServiceStub(channels["planning"])
plan = agreement.SubmitPlan(agree.SubmitPlanRequest(plan_id=plan.plan_id, etag=plan.etag, request_id=new()), metadata=own).plan
plan = agreement.ApprovePlan(agree.ApprovePlanRequest(plan_id=plan.plan_id, etag=plan.etag, request_id=new()), metadata=superior).plan
assert plan.state == plan_pb2.PLAN_STATE_APPROVED

# December: what was reached.
clock("2026-12-14T09:00")
indicator = plan.content.results[0].indicators[0].indicator_id
realise_grpc.RealisationServiceStub(channels["planning"]).RecordRealisations(
    realise.RecordRealisationsRequest(
        plan_id=plan.plan_id, period_id=period.period_id, request_id=new(),
        records=[realise.RealisationRecord(indicator_id=indicator, value="252", evidence="Rekap OSS")]), metadata=own)

# The rating.
service = cycles_grpc.CycleServiceStub(channels["evaluation"])
request = cycles.CreateCycleRequest(year=2026, kind=cycle_pb2.CYCLE_KIND_ANNUAL, ordinal=1, request_id=new())
request.open_time.FromJsonString("2026-12-01T00:00:00Z")
request.close_time.FromJsonString("2027-01-31T00:00:00Z")
cycle = eventually(lambda: service.CreateCycle(request, metadata=hr)).cycle
service.OpenCycle(cycles.OpenCycleRequest(cycle_id=cycle.cycle_id, etag=cycle.etag, request_id=new()), metadata=hr)
reading = evaluate_grpc.EvaluationServiceStub(channels["evaluation"])
evaluation = eventually(lambda: reading.ListEvaluations(
    evaluate.ListEvaluationsRequest(employee_id=employee), metadata=own).evaluations)[0]
rating = rate_grpc.RatingServiceStub(channels["evaluation"])
evaluation = rating.PrepareRating(rate.PrepareRatingRequest(
    evaluation_id=evaluation.evaluation_id, etag=evaluation.etag, request_id=new()), metadata=superior).evaluation
assert evaluation.proposal.proposal == rating_pb2.PROPOSAL_ABOVE
values = [rating_pb2.CoreValueRating(core_value=value, rating=rating_pb2.RATING_MEETS, reason="Sesuai") for value in range(1, 8)]
given = rating_pb2.GivenRating(
    results=rating_pb2.ResultsRating(rating=rating_pb2.RATING_ABOVE, reason="Melampaui target"),
    behaviour=rating_pb2.BehaviourRating(rating=rating_pb2.RATING_MEETS, reason="Sesuai", core_values=values),
    goes_well=["Cepat dan tepat"], improvements=[rating_pb2.Improvement(text="Menulis lebih ringkas", competency_code="M.03")])
evaluation = rating.SubmitRating(rate.SubmitRatingRequest(
    evaluation_id=evaluation.evaluation_id, rating=given, etag=evaluation.etag, request_id=new()), metadata=superior).evaluation
evaluation = reading.AcknowledgeEvaluation(evaluate.AcknowledgeEvaluationRequest(
    evaluation_id=evaluation.evaluation_id, etag=evaluation.etag, request_id=new()), metadata=own).evaluation
evaluation = reading.FinaliseEvaluation(evaluate.FinaliseEvaluationRequest(
    evaluation_id=evaluation.evaluation_id, etag=evaluation.etag, request_id=new()), metadata=hr).evaluation
explanation = reading.GetExplanation(evaluate.GetExplanationRequest(evaluation_id=evaluation.evaluation_id), metadata=own).explanation
print(explanation.results.sentence.english)
print(rating_pb2.Predicate.Name(evaluation.rating.predicate))

# What is to be learnt.
learning = develop_grpc.DevelopmentPlanServiceStub(channels["competency"])
plans_ = eventually(lambda: learning.ListEmployeeDevelopmentPlans(
    develop.ListEmployeeDevelopmentPlansRequest(employee_id=employee), metadata=own).plans)
for need in plans_[0].needs:
    print(need.competency_code, need.reason)

# A stranger gets nothing.
try:
    reading.GetEvaluation(evaluate.GetEvaluationRequest(evaluation_id=evaluation.evaluation_id))
    sys.exit("a stranger was served")
except grpc.RpcError as error:
    assert error.code() == grpc.StatusCode.UNAUTHENTICATED
