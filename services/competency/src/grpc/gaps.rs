use kinerja_kit::{
    auth::Caller,
    fields::{Fields, MAX_NAME},
    paging::Scope,
};
use kinerja_proto::competency::v1::{self as pb, gap_service_server::GapService};
use tonic::{Request, Response, Status};

use super::Face;
use crate::{
    app::MatchedGap,
    domain::{Category, Finding, Gap, GapLine, Match, Scheme},
};

/// The scheme of who names none.
const USUAL_SCHEME: &str = "OPTIMAL";

#[tonic::async_trait]
impl GapService for Face {
    async fn get_gap(
        &self,
        request: Request<pb::GetGapRequest>,
    ) -> Result<Response<pb::GetGapResponse>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let employee_id = fields.id("employee_id", &request.employee_id);
        let on = fields.opt_date("on", &request.on);
        let scheme = fields.opt_text("scheme", &request.scheme, MAX_NAME);
        fields.finish()?;
        let scheme = scheme.as_deref().unwrap_or(USUAL_SCHEME);
        let gap = self.app.get_gap(&caller, employee_id, on, scheme).await?;
        Ok(Response::new(pb::GetGapResponse { gap: Some(gap.into()) }))
    }

    async fn list_unit_coverage(
        &self,
        request: Request<pb::ListUnitCoverageRequest>,
    ) -> Result<Response<pb::ListUnitCoverageResponse>, Status> {
        let (caller, mut request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let size = std::mem::take(&mut request.page_size);
        let token = std::mem::take(&mut request.page_token);
        let page = fields.page(size, &token, Scope::of("ListUnitCoverage", &caller, &request));
        let unit = fields.id("unit_id", &request.unit_id);
        let on = fields.opt_date("on", &request.on);
        fields.finish()?;
        let page = self.app.list_unit_gaps(&caller, unit, on, page).await?;
        Ok(Response::new(pb::ListUnitCoverageResponse {
            posts: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }

    async fn list_match_schemes(
        &self,
        request: Request<pb::ListMatchSchemesRequest>,
    ) -> Result<Response<pb::ListMatchSchemesResponse>, Status> {
        let (caller, mut request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let size = std::mem::take(&mut request.page_size);
        let token = std::mem::take(&mut request.page_token);
        let scope = Scope::of("ListMatchSchemes", &caller, &request);
        let page = fields.page::<String>(size, &token, scope);
        fields.finish()?;
        let page = self.app.list_match_schemes(&caller, page).await?;
        Ok(Response::new(pb::ListMatchSchemesResponse {
            schemes: page.items.into_iter().map(Into::into).collect(),
            next_page_token: page.next_token,
        }))
    }
}

impl From<MatchedGap> for pb::Gap {
    fn from(MatchedGap { gap, scheme }: MatchedGap) -> Self {
        let matched = gap.job_person_match().map(|matched| job_person_match(matched, &scheme));
        Self {
            employee_id: gap.employee_id.to_string(),
            on: gap.on.to_string(),
            posts: Some(gap.posts.into()),
            lines: gap.lines.into_iter().map(Into::into).collect(),
            r#match: matched,
        }
    }
}

impl From<Gap> for pb::PostCoverage {
    fn from(gap: Gap) -> Self {
        let matched = gap.job_person_match();
        let assessed = gap.lines.iter().filter(|line| line.found.is_some()).count();
        let missing = gap.lines.iter().filter_map(GapLine::missing).map(i32::from);
        Self {
            asked: count(gap.lines.len()),
            assessed: count(assessed),
            missing_levels: missing.sum(),
            percent: matched.map(|matched| percent(matched.percent_e2())).unwrap_or_default(),
            employee_id: gap.employee_id.to_string(),
            posts: Some(gap.posts.into()),
        }
    }
}

fn count(lines: usize) -> i32 {
    i32::try_from(lines).unwrap_or(i32::MAX)
}

fn job_person_match(matched: Match, scheme: &Scheme) -> pb::JobPersonMatch {
    let category = scheme.category(matched).cloned();
    pb::JobPersonMatch {
        percent: percent(matched.percent_e2()),
        reached: matched.reached.cast_signed(),
        required: matched.required.cast_signed(),
        scheme: scheme.name.clone(),
        category: category.as_ref().map(|category| category.code.clone()).unwrap_or_default(),
        category_name: category.map(|category| category.name.into()),
    }
}

/// With two decimals always, such as `90.00`.
fn percent(e2: u32) -> String {
    format!("{}.{:02}", e2 / 100, e2 % 100)
}

impl From<GapLine> for pb::GapLine {
    fn from(line: GapLine) -> Self {
        Self {
            missing_levels: i32::from(line.missing().unwrap_or_default()),
            requirement: Some(line.requirement.into()),
            found: line.found.map(Into::into),
            own_view: line.own_view.map(Into::into),
        }
    }
}

impl From<Finding> for pb::Finding {
    fn from(finding: Finding) -> Self {
        Self {
            level: i32::from(finding.level.get()),
            source: pb::AssessmentSource::from(finding.source).into(),
            assessment_id: finding.assessment_id.to_string(),
            assessed_on: finding.assessed_on.to_string(),
            valid_until: finding.valid_until.to_string(),
        }
    }
}

impl From<Scheme> for pb::MatchScheme {
    fn from(scheme: Scheme) -> Self {
        let category = |category: Category| pb::MatchCategory {
            category: category.code,
            name: Some(category.name.into()),
            from_percent: percent(category.from_e2),
        };
        Self {
            scheme: scheme.name,
            policy_version: scheme.policy_version,
            categories: scheme.categories.into_iter().map(category).collect(),
        }
    }
}
