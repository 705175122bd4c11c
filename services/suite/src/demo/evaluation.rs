//! December and January: raters rate, people receive it, the year gets its predicate.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, bail, ensure};
use jiff::civil::date;
use kinerja_kit::{auth::Role, fields::instant};
use kinerja_proto::evaluation::v1::{
    self as pb, annual_predicate_row_result,
    annual_predicate_service_client::AnnualPredicateServiceClient,
    cycle_service_client::CycleServiceClient, evaluation_row_result,
    evaluation_service_client::EvaluationServiceClient, rating_service_client::RatingServiceClient,
};
use uuid::Uuid;

use super::{
    api::{Api, BULK, all, each},
    government::{Government, Person},
    planning::YEAR,
    ratings,
};
use crate::progress::Progress;

/// How long events may take from one service to the next.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Opens the year's cycle: every approved plan gets an evaluation.
pub(super) async fn open_cycle(api: &Api, government: &mut Government) -> anyhow::Result<()> {
    let hr = api.officer(&government.tenant, Role::HrOfficer)?;
    let at = |day: jiff::civil::Date| -> anyhow::Result<_> {
        Ok(Some(instant(day.in_tz(government.source.time_zone)?.timestamp())))
    };
    let request = pb::CreateCycleRequest {
        year: YEAR,
        kind: pb::CycleKind::Annual.into(),
        ordinal: 1,
        open_time: at(date(2026, 12, 21))?,
        close_time: at(date(2027, 1, 23))?,
        request_id: api.request_id(),
        ..Default::default()
    };
    let mut cycles = CycleServiceClient::new(api.evaluation.clone());
    let cycle = cycles.create_cycle(hr.says(request)).await?.into_inner().cycle;
    let cycle = cycle.context("no cycle")?;
    let request = pb::OpenCycleRequest {
        cycle_id: cycle.cycle_id.clone(),
        etag: cycle.etag,
        request_id: api.request_id(),
    };
    cycles.open_cycle(hr.says(request)).await?;
    government.cycle_id = cycle.cycle_id;
    await_evaluations(api, government).await
}

/// Approved plans come as events: the evaluations are there a moment later.
async fn await_evaluations(api: &Api, government: &Government) -> anyhow::Result<()> {
    let wanted = government.people.iter().filter(|person| person.plan.is_some()).count();
    let progress =
        Progress::start(format!("{}: evaluations opened", government.source.tenant), wanted);
    let mut seen = 0;
    let all_there = async {
        loop {
            let there = of_cycle(api, government, None).await?.len();
            progress.add(there - seen);
            seen = there;
            if there >= wanted {
                return anyhow::Ok(());
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    tokio::time::timeout(PATIENCE, all_there)
        .await
        .with_context(|| format!("not all of {wanted} evaluations were opened"))??;
    progress.finish();
    Ok(())
}

async fn of_cycle(
    api: &Api,
    government: &Government,
    state: Option<pb::EvaluationState>,
) -> anyhow::Result<Vec<pb::Evaluation>> {
    let hr = api.officer(&government.tenant, Role::HrOfficer)?;
    let client = EvaluationServiceClient::new(api.evaluation.clone());
    all(|page_token| {
        let mut client = client.clone();
        let request = hr.says(pb::ListEvaluationsRequest {
            cycle_id: government.cycle_id.clone(),
            state: state.unwrap_or_default().into(),
            page_size: 500,
            page_token,
            ..Default::default()
        });
        async move {
            let page = client.list_evaluations(request).await?.into_inner();
            Ok((page.evaluations, page.next_page_token))
        }
    })
    .await
}

/// Every rater has the proposals prepared, and rates.
pub(super) async fn rate(api: &Api, government: &Government) -> anyhow::Result<()> {
    let mut groups: BTreeMap<Uuid, Vec<pb::Evaluation>> = BTreeMap::new();
    for evaluation in of_cycle(api, government, None).await? {
        let rater = evaluation.rater.as_ref().context("an evaluation without rater")?;
        groups.entry(rater.employee_id.parse()?).or_default().push(evaluation);
    }
    let people = government.people.iter().map(|person| (person.id.to_string(), person)).collect();
    let (what, people) = (format!("{}: raters rate", government.source.tenant), &people);
    let groups: Vec<_> = groups.into_iter().collect();
    each(what, groups, |(rater, evaluations)| async move {
        for rows in evaluations.chunks(BULK) {
            rate_some(api, government, people, rater, rows).await?;
        }
        Ok(())
    })
    .await?;
    Ok(())
}

async fn rate_some(
    api: &Api,
    government: &Government,
    people: &BTreeMap<String, &Person>,
    rater: Uuid,
    evaluations: &[pb::Evaluation],
) -> anyhow::Result<()> {
    let actor = api.person(&government.tenant, rater)?;
    let mut service = RatingServiceClient::new(api.evaluation.clone());
    let rows = evaluations.iter().map(reference).collect();
    let request = pb::PrepareRatingsRequest { rows, request_id: api.request_id() };
    let prepared =
        settled(service.prepare_ratings(actor.says(request)).await?.into_inner().results)?;
    let rows = prepared.into_iter().map(|evaluation| {
        let person =
            people.get(&evaluation.employee_id).context("somebody unknown is evaluated")?;
        Ok(pb::RatingRow {
            rating: Some(ratings::of(government, person, &evaluation)),
            evaluation_id: evaluation.evaluation_id,
            etag: evaluation.etag,
        })
    });
    let rows = rows.collect::<anyhow::Result<_>>()?;
    let request = pb::SubmitRatingsRequest { rows, request_id: api.request_id() };
    settled(service.submit_ratings(actor.says(request)).await?.into_inner().results)?;
    Ok(())
}

fn reference(evaluation: &pb::Evaluation) -> pb::EvaluationRef {
    pb::EvaluationRef {
        evaluation_id: evaluation.evaluation_id.clone(),
        etag: evaluation.etag.clone(),
    }
}

fn settled(outcomes: Vec<pb::EvaluationRowResult>) -> anyhow::Result<Vec<pb::Evaluation>> {
    let each = outcomes.into_iter().map(|outcome| match outcome.outcome {
        Some(evaluation_row_result::Outcome::Evaluation(evaluation)) => Ok(evaluation),
        Some(evaluation_row_result::Outcome::Refusal(refusal)) => {
            bail!("an evaluation was refused: {} {}", refusal.reason, refusal.message)
        }
        None => bail!("a row without outcome"),
    });
    each.collect()
}

/// Everybody confirms to have the rating in hand.
pub(super) async fn acknowledge(api: &Api, government: &Government) -> anyhow::Result<()> {
    let rated = of_cycle(api, government, Some(pb::EvaluationState::Rated)).await?;
    each(
        format!("{}: ratings received", government.source.tenant),
        rated,
        |evaluation| async move {
            let actor = api.person(&government.tenant, evaluation.employee_id.parse()?)?;
            let request = pb::AcknowledgeEvaluationRequest {
                evaluation_id: evaluation.evaluation_id,
                note: String::new(),
                etag: evaluation.etag,
                request_id: api.request_id(),
            };
            let mut service = EvaluationServiceClient::new(api.evaluation.clone());
            service.acknowledge_evaluation(actor.says(request)).await?;
            Ok(())
        },
    )
    .await?;
    Ok(())
}

/// The HR office makes them final.
pub(super) async fn finalise(api: &Api, government: &Government) -> anyhow::Result<()> {
    let hr = api.officer(&government.tenant, Role::HrOfficer)?;
    let received = of_cycle(api, government, Some(pb::EvaluationState::Acknowledged)).await?;
    let rows: Vec<_> = received.chunks(BULK).map(<[_]>::to_vec).collect();
    let hr = &hr;
    each(
        format!("{}: evaluations made final", government.source.tenant),
        rows,
        |rows| async move {
            let rows = rows.iter().map(reference).collect();
            let request = pb::FinaliseEvaluationsRequest { rows, request_id: api.request_id() };
            let mut service = EvaluationServiceClient::new(api.evaluation.clone());
            settled(service.finalise_evaluations(hr.says(request)).await?.into_inner().results)?;
            Ok(())
        },
    )
    .await?;
    Ok(())
}

/// Every rater reads the parts of each person's year and sets its predicate.
pub(super) async fn set_predicates(api: &Api, government: &Government) -> anyhow::Result<()> {
    let mut groups: BTreeMap<Uuid, Vec<pb::Evaluation>> = BTreeMap::new();
    for part in of_cycle(api, government, Some(pb::EvaluationState::Finalised)).await? {
        let rater = part.rater.as_ref().context("an evaluation without rater")?;
        groups.entry(rater.employee_id.parse()?).or_default().push(part);
    }
    let what = format!("{}: predicates of the year", government.source.tenant);
    each(what, groups.into_iter().collect(), |(rater, parts)| async move {
        let actor = api.person(&government.tenant, rater)?;
        for parts in parts.chunks(BULK) {
            let request = pb::SetAnnualPredicatesRequest {
                annual_predicates: parts.iter().map(annual).collect(),
                request_id: api.request_id(),
            };
            let mut service = AnnualPredicateServiceClient::new(api.evaluation.clone());
            let reply = service.set_annual_predicates(actor.says(request)).await?.into_inner();
            for outcome in reply.results {
                if let Some(annual_predicate_row_result::Outcome::Refusal(refusal)) =
                    outcome.outcome
                {
                    bail!("a predicate was refused: {} {}", refusal.reason, refusal.message);
                }
            }
        }
        Ok(())
    })
    .await?;
    Ok(())
}

fn annual(part: &pb::Evaluation) -> pb::AnnualPredicate {
    let rating = part.rating.clone().unwrap_or_default();
    pb::AnnualPredicate {
        employee_id: part.employee_id.clone(),
        year: YEAR,
        results: rating.results.map_or(0, |results| results.rating),
        behaviour: rating.behaviour.map_or(0, |behaviour| behaviour.rating),
        review: "Tinjauan atas seluruh hasil kerja dan perilaku kerja sepanjang tahun.".to_owned(),
        parts: vec![reference(part)],
        ..Default::default()
    }
}

/// Of how many people the rater named something to improve: each of them gets a development plan.
pub(super) async fn to_improve(api: &Api, government: &Government) -> anyhow::Result<usize> {
    let finalised = of_cycle(api, government, Some(pb::EvaluationState::Finalised)).await?;
    let named = |part: &&pb::Evaluation| {
        part.rating.as_ref().is_some_and(|rating| !rating.improvements.is_empty())
    };
    Ok(finalised.iter().filter(named).count())
}

/// The predicates of the year.
pub(super) async fn predicates(
    api: &Api,
    government: &Government,
) -> anyhow::Result<Vec<pb::AnnualPredicate>> {
    let hr = api.officer(&government.tenant, Role::HrOfficer)?;
    let client = AnnualPredicateServiceClient::new(api.evaluation.clone());
    let predicates = all(|page_token| {
        let mut client = client.clone();
        let request = hr.says(pb::ListAnnualPredicatesRequest {
            year: YEAR,
            page_size: 500,
            page_token,
            ..Default::default()
        });
        async move {
            let page = client.list_annual_predicates(request).await?.into_inner();
            Ok((page.annual_predicates, page.next_page_token))
        }
    })
    .await?;
    ensure!(!predicates.is_empty(), "{} has no predicates", government.source.name);
    Ok(predicates)
}

/// The evaluation of the story's person with its explanation, as that person reads them.
pub(super) async fn story(
    api: &Api,
    government: &Government,
    person: &Person,
) -> anyhow::Result<(pb::Evaluation, pb::Explanation)> {
    let actor = api.person(&government.tenant, person.id)?;
    let mut service = EvaluationServiceClient::new(api.evaluation.clone());
    let request =
        pb::ListEvaluationsRequest { employee_id: person.id.to_string(), ..Default::default() };
    let found = service.list_evaluations(actor.says(request)).await?.into_inner().evaluations;
    let evaluation = found.into_iter().next().context("no evaluation")?;
    let request = pb::GetExplanationRequest { evaluation_id: evaluation.evaluation_id.clone() };
    let explanation = service.get_explanation(actor.says(request)).await?.into_inner().explanation;
    Ok((evaluation, explanation.context("no explanation")?))
}
