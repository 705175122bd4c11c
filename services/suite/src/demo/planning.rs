//! January to December: plans are drawn up, agreed on, and what came of them is recorded.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use kinerja_kit::auth::Role;
use kinerja_proto::planning::v1::{
    self as pb, period_service_client::PeriodServiceClient,
    plan_agreement_service_client::PlanAgreementServiceClient, plan_row_result::Outcome,
    plan_service_client::PlanServiceClient, realisation_service_client::RealisationServiceClient,
};
use uuid::Uuid;

use super::{
    api::{Api, BULK, all, each},
    contents,
    government::{Government, Person, PlanOf},
};

pub(super) const YEAR: i32 = 2026;
/// One in so many plans is sent back once, and one in so many of those is not agreed on at all.
const RETURNED: u64 = 60;
const DISPUTED: u64 = 3;

/// The year with its windows.
pub(super) async fn lay_out_year(api: &Api, government: &mut Government) -> anyhow::Result<()> {
    let hr = api.officer(&government.tenant, Role::HrOfficer)?;
    let window = |kind: pb::WindowKind, opens_on: &str, closes_on: &str| pb::PeriodWindow {
        kind: kind.into(),
        opens_on: opens_on.to_owned(),
        closes_on: closes_on.to_owned(),
        ..Default::default()
    };
    let request = pb::CreatePeriodRequest {
        year: YEAR,
        kind: pb::PeriodKind::Annual.into(),
        ordinal: 1,
        name: format!("Tahun {YEAR}"),
        windows: vec![
            window(pb::WindowKind::Planning, "2026-01-05", "2026-01-31"),
            window(pb::WindowKind::Amendment, "2026-02-01", "2026-11-30"),
            window(pb::WindowKind::Realisation, "2026-12-07", "2027-01-10"),
        ],
        request_id: api.request_id(),
    };
    let mut periods = PeriodServiceClient::new(api.planning.clone());
    let period = periods.create_period(hr.says(request)).await?.into_inner().period;
    let period = period.context("no period")?;
    let request = pb::OpenPeriodRequest {
        period_id: period.period_id.clone(),
        etag: period.etag,
        request_id: api.request_id(),
    };
    periods.open_period(hr.says(request)).await?;
    government.period_id = period.period_id;
    Ok(())
}

/// Everybody drafts a plan and hands it to the rater.
pub(super) async fn draw_up(api: &Api, government: &mut Government) -> anyhow::Result<()> {
    let what = format!("{}: plans drawn up", government.source.tenant);
    let people = std::mem::take(&mut government.people);
    let this = &*government;
    government.people = each(what, people, |mut person| async move {
        if person.rater.is_some() {
            let plan = draft(api, this, &person).await?;
            person.plan = Some(submit(api, this, &person, plan).await?);
        }
        Ok(person)
    })
    .await?;
    Ok(())
}

async fn draft(api: &Api, government: &Government, person: &Person) -> anyhow::Result<PlanOf> {
    let actor = api.person(&government.tenant, person.id)?;
    let request = pb::CreatePlanRequest {
        period_id: government.period_id.clone(),
        content: Some(contents::of(government, person)),
        request_id: api.request_id(),
        ..Default::default()
    };
    let mut plans = PlanServiceClient::new(api.planning.clone());
    let reply = plans.create_plan(actor.says(request)).await;
    kept(reply.with_context(|| format!("{} cannot begin a plan", person.name))?.into_inner().plan)
}

async fn submit(
    api: &Api,
    government: &Government,
    person: &Person,
    plan: PlanOf,
) -> anyhow::Result<PlanOf> {
    let actor = api.person(&government.tenant, person.id)?;
    let request = pb::SubmitPlanRequest {
        plan_id: plan.plan_id,
        etag: plan.etag,
        request_id: api.request_id(),
    };
    let mut agreements = PlanAgreementServiceClient::new(api.planning.clone());
    let reply = agreements.submit_plan(actor.says(request)).await;
    kept(reply.with_context(|| format!("{} cannot submit", person.name))?.into_inner().plan)
}

fn kept(plan: Option<pb::Plan>) -> anyhow::Result<PlanOf> {
    let plan = plan.context("no plan in the answer")?;
    Ok(PlanOf { plan_id: plan.plan_id, etag: plan.etag })
}

/// Raters send a few plans back and sign the rest at once; what is not agreed on goes a step up.
pub(super) async fn agree(api: &Api, government: &mut Government) -> anyhow::Result<()> {
    send_back(api, government).await?;
    let groups: Vec<Uuid> = government.by_rater().into_keys().collect();
    let what = format!("{}: plans signed by their raters", government.source.tenant);
    let this = &*government;
    each(what, groups, |rater| approve_waiting(api, this, rater)).await?;
    Ok(())
}

async fn send_back(api: &Api, government: &mut Government) -> anyhow::Result<()> {
    let what = format!("{}: plans sent back and handed in again", government.source.tenant);
    let people = std::mem::take(&mut government.people);
    let this = &*government;
    government.people = each(what, people, |mut person| async move {
        if person.is_story || person.dice("returned", RETURNED) != 0 {
            return Ok(person);
        }
        if let (Some(rater), Some(plan)) = (person.rater, person.plan.take()) {
            let plan = send_one_back(api, this, rater, plan).await?;
            let disputed = person.dice("disputed", DISPUTED) == 0;
            person.plan = Some(match (disputed, person.superior) {
                (true, Some(superior)) => escalate(api, this, &person, superior, plan).await?,
                _ => submit(api, this, &person, plan).await?,
            });
        }
        Ok(person)
    })
    .await?;
    Ok(())
}

async fn send_one_back(
    api: &Api,
    government: &Government,
    rater: Uuid,
    plan: PlanOf,
) -> anyhow::Result<PlanOf> {
    let actor = api.person(&government.tenant, rater)?;
    let request = pb::ReturnPlanRequest {
        plan_id: plan.plan_id,
        reason:
            "Target belum menggambarkan beban kerja tahun ini; mohon dijelaskan dasar angkanya."
                .to_owned(),
        etag: plan.etag,
        request_id: api.request_id(),
    };
    let mut agreements = PlanAgreementServiceClient::new(api.planning.clone());
    kept(agreements.return_plan(actor.says(request)).await?.into_inner().plan)
}

async fn escalate(
    api: &Api,
    government: &Government,
    person: &Person,
    superior: Uuid,
    plan: PlanOf,
) -> anyhow::Result<PlanOf> {
    let mut agreements = PlanAgreementServiceClient::new(api.planning.clone());
    let actor = api.person(&government.tenant, person.id)?;
    let request = pb::EscalatePlanRequest {
        plan_id: plan.plan_id,
        dissent: "Target sudah mengikuti beban kerja tahun lalu dan jumlah pegawai yang ada."
            .to_owned(),
        etag: plan.etag,
        request_id: api.request_id(),
    };
    let plan = kept(agreements.escalate_plan(actor.says(request)).await?.into_inner().plan)?;
    let actor = api.person(&government.tenant, superior)?;
    let request = pb::DecideEscalationRequest {
        plan_id: plan.plan_id,
        approve: true,
        reason: "Target wajar dibanding capaian tiga tahun terakhir unit ini.".to_owned(),
        etag: plan.etag,
        request_id: api.request_id(),
    };
    kept(agreements.decide_escalation(actor.says(request)).await?.into_inner().plan)
}

async fn approve_waiting(api: &Api, government: &Government, rater: Uuid) -> anyhow::Result<()> {
    let actor = api.person(&government.tenant, rater)?;
    let client = PlanAgreementServiceClient::new(api.planning.clone());
    let waiting = all(|page_token| {
        let mut client = client.clone();
        let request = actor.says(pb::ListWaitingPlansRequest { page_size: 500, page_token });
        async move {
            let page = client.list_waiting_plans(request).await?.into_inner();
            Ok((page.plans, page.next_page_token))
        }
    })
    .await?;
    for rows in waiting.chunks(BULK) {
        let rows =
            rows.iter().map(|p| pb::PlanRow { plan_id: p.plan_id.clone(), etag: p.etag.clone() });
        let request =
            pb::ApprovePlansRequest { rows: rows.collect(), request_id: api.request_id() };
        let answer = client.clone().approve_plans(actor.says(request)).await?.into_inner();
        for result in answer.results {
            if let Some(Outcome::Refusal(refusal)) = result.outcome {
                bail!("a plan was not approved: {} {}", refusal.reason, refusal.message);
            }
        }
    }
    Ok(())
}

/// Everybody records what was reached.
pub(super) async fn record(api: &Api, government: &Government) -> anyhow::Result<()> {
    let what = format!("{}: realisations recorded", government.source.tenant);
    let planned: Vec<&Person> = government.people.iter().filter(|p| p.plan.is_some()).collect();
    each(what, planned, |person| record_one(api, government, person)).await?;
    Ok(())
}

async fn record_one(api: &Api, government: &Government, person: &Person) -> anyhow::Result<()> {
    let Some(plan) = &person.plan else { return Ok(()) };
    let actor = api.person(&government.tenant, person.id)?;
    let mut realisations = RealisationServiceClient::new(api.planning.clone());
    let request = pb::GetPlanResultsRequest {
        plan_id: plan.plan_id.clone(),
        period_id: government.period_id.clone(),
    };
    let before = realisations.get_plan_results(actor.says(request)).await?.into_inner().results;
    let before = before.context("no results in the answer")?;
    let records = before.realisations.iter().map(|realisation| {
        contents::realisation(government, person, &realisation.indicator_id, &realisation.name)
    });
    let request = pb::RecordRealisationsRequest {
        plan_id: plan.plan_id.clone(),
        period_id: government.period_id.clone(),
        records: records.collect(),
        etag: before.etag.clone(),
        request_id: api.request_id(),
    };
    realisations.record_realisations(actor.says(request)).await?;
    Ok(())
}

/// How many plans there are in each state.
pub(super) async fn by_state(
    api: &Api,
    government: &Government,
) -> anyhow::Result<BTreeMap<&'static str, usize>> {
    let hr = api.officer(&government.tenant, Role::HrOfficer)?;
    let client = PlanServiceClient::new(api.planning.clone());
    let units: Vec<String> = {
        let mut units: Vec<_> =
            government.people.iter().map(|p| p.placement.unit_id.clone()).collect();
        units.sort();
        units.dedup();
        units
    };
    let mut states = BTreeMap::new();
    for unit_ids in units.chunks(100) {
        let plans = all(|page_token| {
            let mut client = client.clone();
            let request = hr.says(pb::ListPlansRequest {
                period_id: government.period_id.clone(),
                unit_ids: unit_ids.to_vec(),
                page_size: 500,
                page_token,
                ..Default::default()
            });
            async move {
                let page = client.list_plans(request).await?.into_inner();
                Ok((page.plans, page.next_page_token))
            }
        })
        .await?;
        for plan in plans {
            let state = plan.state().as_str_name().trim_start_matches("PLAN_STATE_");
            *states.entry(state).or_default() += 1;
        }
    }
    ensure!(!states.is_empty(), "{} has no plans", government.source.name);
    Ok(states)
}
