//! What people are to learn, from the gap and from what the rater named.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use kinerja_kit::auth::Role;
use kinerja_proto::competency::v1::{
    self as pb, assessment_service_client::AssessmentServiceClient,
    competency_service_client::CompetencyServiceClient,
    development_plan_service_client::DevelopmentPlanServiceClient,
    standard_service_client::StandardServiceClient,
};

use kinerja_proto::registry::v1::{
    ResolveRaterRequest, reporting_line_service_client::ReportingLineServiceClient,
};
use uuid::Uuid;

use super::{
    api::{Actor, Api, all},
    government::{Government, Person},
    sources::Technical,
};

const PATIENCE: Duration = Duration::from_secs(120);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// The technical competencies of the story's post, and the story's person assessed.
pub(super) async fn assess(
    api: &Api,
    government: &Government,
    person: &Person,
) -> anyhow::Result<()> {
    for technical in &government.story.technical {
        define(api, government, technical).await?;
    }
    ask_for(api, government, person).await?;
    let hr = api.officer(&government.tenant, Role::HrOfficer)?;
    let levels = government.story.assessed.iter().map(|(code, level)| pb::AssessedLevel {
        competency_code: code.clone(),
        level: *level,
        evidence: String::new(),
    });
    let request = pb::RecordAssessmentRequest {
        employee_id: person.id.to_string(),
        source: pb::AssessmentSource::AssessmentCentre.into(),
        assessed_on: "2026-10-14".to_owned(),
        levels: levels.collect(),
        note: "Uji kompetensi di unit penyelenggara penilaian kompetensi.".to_owned(),
        request_id: api.request_id(),
        ..Default::default()
    };
    let mut service = AssessmentServiceClient::new(api.competency.clone());
    service.record_assessment(hr.says(request)).await?;
    Ok(())
}

/// Adds a technical competency to the government's dictionary.
async fn define(api: &Api, government: &Government, technical: &Technical) -> anyhow::Result<()> {
    let hr = api.officer(&government.tenant, Role::HrOfficer)?;
    let both = |indonesian: &str, english: &str| {
        Some(pb::Bilingual { indonesian: indonesian.to_owned(), english: english.to_owned() })
    };
    let level = |level: i32| pb::CompetencyLevel {
        level,
        name: None,
        behaviours: both(
            &format!("Menunjukkan {} pada tingkat {level}.", technical.name_id),
            &format!("Shows {} at level {level}.", technical.name_en),
        )
        .into_iter()
        .collect(),
    };
    let request = pb::CreateCompetencyRequest {
        code: technical.code.clone(),
        name: both(&technical.name_id, &technical.name_en),
        definition: both(&technical.name_id, &technical.name_en),
        levels: (1..=5).map(level).collect(),
        request_id: api.request_id(),
    };
    let mut competencies = CompetencyServiceClient::new(api.competency.clone());
    competencies.create_competency(hr.says(request)).await?;
    Ok(())
}

/// One standard for the post, with every technical competency it asks for.
async fn ask_for(api: &Api, government: &Government, person: &Person) -> anyhow::Result<()> {
    let hr = api.officer(&government.tenant, Role::HrOfficer)?;
    let level = |technical: &Technical| pb::RequiredLevel {
        competency_code: technical.code.clone(),
        level: technical.required_level,
    };
    let placement = &person.placement;
    let word = |name: &'static str, prefix: &str| name.trim_start_matches(prefix).to_owned();
    let request = pb::CreateStandardRequest {
        posts: Some(pb::PostScope {
            position_kind: word(placement.position_kind().as_str_name(), "POSITION_KIND_"),
            position_level: match placement.position_level() {
                kinerja_proto::registry::v1::PositionLevel::Unspecified => String::new(),
                level => word(level.as_str_name(), "POSITION_LEVEL_"),
            },
            position_id: placement.position_id.clone(),
        }),
        valid_from: "2026-01-02".to_owned(),
        source: format!("Standar kompetensi jabatan {}", placement.position_name),
        levels: government.story.technical.iter().map(level).collect(),
        request_id: api.request_id(),
    };
    let mut standards = StandardServiceClient::new(api.competency.clone());
    let standard = standards.create_standard(hr.says(request)).await;
    standard.with_context(|| format!("no standard for {}", placement.position_name))?;
    Ok(())
}

/// Every development plan of a government, once there is one for each of `wanted` people.
pub(super) async fn plans(
    api: &Api,
    government: &Government,
    wanted: usize,
) -> anyhow::Result<Vec<pb::DevelopmentPlan>> {
    let there = async {
        loop {
            let plans = list(api, government).await?;
            if plans.len() >= wanted {
                return anyhow::Ok(plans);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    };
    tokio::time::timeout(PATIENCE, there)
        .await
        .with_context(|| format!("not all of {wanted} development plans came"))?
}

async fn list(api: &Api, government: &Government) -> anyhow::Result<Vec<pb::DevelopmentPlan>> {
    let hr = api.officer(&government.tenant, Role::HrOfficer)?;
    let client = DevelopmentPlanServiceClient::new(api.competency.clone());
    all(|page_token| {
        let mut client = client.clone();
        let request = hr.says(pb::ListDevelopmentPlansRequest {
            page_size: 500,
            page_token,
            ..Default::default()
        });
        async move {
            let page = client.list_development_plans(request).await?.into_inner();
            Ok((page.plans, page.next_page_token))
        }
    })
    .await
}

/// Delegations ended with the year: the superior may be another one than the rater was.
async fn superior_today(api: &Api, own: &Actor, person: &Person) -> anyhow::Result<Uuid> {
    let request = ResolveRaterRequest { employee_id: person.id.to_string(), ..Default::default() };
    let mut lines = ReportingLineServiceClient::new(api.registry.clone());
    let resolution = lines.resolve_rater(own.says(request)).await?.into_inner().resolution;
    let rater = resolution.and_then(|resolution| resolution.rater).context("nobody rates")?;
    Ok(rater.employee_id.parse()?)
}

/// The story's person and the superior agree on what is to be learnt.
pub(super) async fn agree(
    api: &Api,
    government: &Government,
    person: &Person,
) -> anyhow::Result<pb::DevelopmentPlan> {
    let mut service = DevelopmentPlanServiceClient::new(api.competency.clone());
    let own = api.person(&government.tenant, person.id)?;
    let request = pb::ListEmployeeDevelopmentPlansRequest {
        employee_id: person.id.to_string(),
        ..Default::default()
    };
    let plans =
        service.list_employee_development_plans(own.says(request)).await?.into_inner().plans;
    let mut plan = plans.into_iter().next().context("no development plan")?;
    let superior = superior_today(api, &own, person).await?;
    let superior = api.person(&government.tenant, superior)?;
    for actor in [own, superior] {
        let request = pb::AgreeDevelopmentPlanRequest {
            plan_id: plan.id,
            etag: plan.etag,
            request_id: api.request_id(),
        };
        let reply = service.agree_development_plan(actor.says(request)).await?.into_inner();
        plan = reply.plan.context("no development plan")?;
    }
    ensure!(plan.state() == pb::DevelopmentPlanState::Agreed, "the plan is {:?}", plan.state());
    Ok(plan)
}
