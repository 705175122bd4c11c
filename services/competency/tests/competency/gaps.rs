use kinerja_competency::MIGRATOR;
use kinerja_kit::auth::Role;
use kinerja_proto::competency::v1::{
    self as pb, AssessmentSource, assessment_service_client::AssessmentServiceClient,
    gap_service_client::GapServiceClient,
};
use sqlx::PgPool;
use tonic::{Code, Status};
use uuid::Uuid;

use super::world::{
    CHIEF, ELSEWHERE, HEAD, OFFICER, PEER, TODAY, UNIT, World, assessment, refused,
};

/// Every national competency, at one level.
fn all(level: i32) -> Vec<(&'static str, i32)> {
    let codes = ["M.01", "M.02", "M.03", "M.04", "M.05", "M.06", "M.07", "M.08", "S.01"];
    codes.into_iter().map(|code| (code, level)).collect()
}

async fn gap(world: &World, on: &str, scheme: &str) -> Result<pb::Gap, Status> {
    let request = pb::GetGapRequest {
        employee_id: OFFICER.to_string(),
        on: on.into(),
        scheme: scheme.into(),
    };
    let reply = GapServiceClient::new(world.employee(OFFICER)).get_gap(request).await?;
    Ok(reply.into_inner().gap.expect("a gap"))
}

fn line<'a>(gap: &'a pb::Gap, code: &str) -> &'a pb::GapLine {
    let of = |line: &&pb::GapLine| {
        line.requirement.as_ref().is_some_and(|asked| asked.competency_code == code)
    };
    gap.lines.iter().find(of).expect("a line")
}

fn found(gap: &pb::Gap, code: &str) -> Option<(i32, AssessmentSource)> {
    line(gap, code).found.as_ref().map(|found| (found.level, found.source()))
}

async fn record(world: &World, source: AssessmentSource, on: &str, levels: &[(&str, i32)]) {
    let who = match source {
        AssessmentSource::Superior => world.employee(HEAD),
        AssessmentSource::Self_ => world.employee(OFFICER),
        _ => world.hr(),
    };
    let ballots = if source == AssessmentSource::Peers { 3 } else { 0 };
    let request = pb::RecordAssessmentRequest { ballots, ..assessment(source, on, levels) };
    AssessmentServiceClient::new(who).record_assessment(request).await.expect("recorded");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_match_caps_each_level_at_what_is_asked(pool: PgPool) {
    let world = World::new(pool).await;
    let mut levels = all(2);
    (levels[0].1, levels[2].1) = (5, 1);
    world.assess("2026-03-01", &levels).await;
    let gap = gap(&world, "", "").await.expect("a gap");
    assert_eq!((gap.on.as_str(), gap.lines.len()), (TODAY, 9));
    let matched = gap.r#match.clone().expect("a match");
    assert_eq!((matched.reached, matched.required), (17, 18));
    assert_eq!((matched.percent.as_str(), matched.category.as_str()), ("94.44", "OPTIMAL"));
    assert_eq!(line(&gap, "M.03").missing_levels, 1);
    assert_eq!(line(&gap, "M.01").missing_levels, 0);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_category_is_that_of_the_named_scheme(pool: PgPool) {
    let world = World::new(pool).await;
    let mut levels = all(2);
    for level in &mut levels[..4] {
        level.1 = 1;
    }
    world.assess("2026-03-01", &levels).await;
    let category = async |scheme| {
        let matched = gap(&world, "", scheme).await.expect("a gap").r#match.expect("a match");
        (matched.percent, matched.category)
    };
    assert_eq!(category("OPTIMAL").await, ("77.78".into(), "KURANG_OPTIMAL".into()));
    assert_eq!(category("MS_MMS_KMS").await, ("77.78".into(), "MMS".into()));
    let unknown = gap(&world, "", "NINE_BOX").await;
    assert_eq!(refused(unknown), (Code::NotFound, "SCHEME_NOT_FOUND".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn without_an_assessment_of_each_there_is_no_match(pool: PgPool) {
    let world = World::new(pool).await;
    world.assess("2026-03-01", &all(2)[..8]).await;
    let gap = gap(&world, "", "").await.expect("a gap");
    assert_eq!(gap.r#match, None);
    assert_eq!(line(&gap, "S.01").found, None);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_centre_counts_before_the_superior_and_the_superior_before_peers(pool: PgPool) {
    let world = World::new(pool).await;
    record(&world, AssessmentSource::Peers, "2026-11-01", &[("M.01", 1), ("M.02", 1), ("M.03", 1)])
        .await;
    record(&world, AssessmentSource::Superior, "2026-10-01", &[("M.01", 2), ("M.02", 2)]).await;
    world.assess("2026-03-01", &[("M.01", 3)]).await;
    let gap = gap(&world, "", "").await.expect("a gap");
    assert_eq!(found(&gap, "M.01"), Some((3, AssessmentSource::AssessmentCentre)));
    assert_eq!(found(&gap, "M.02"), Some((2, AssessmentSource::Superior)));
    assert_eq!(found(&gap, "M.03"), Some((1, AssessmentSource::Peers)));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn of_one_source_the_latest_that_is_valid_counts(pool: PgPool) {
    let world = World::new(pool).await;
    record(&world, AssessmentSource::Superior, "2026-02-01", &[("M.01", 1)]).await;
    record(&world, AssessmentSource::Superior, "2026-08-01", &[("M.01", 2)]).await;
    let level = async |on| {
        found(&gap(&world, on, "").await.expect("a gap"), "M.01").map(|(level, _)| level)
    };
    assert_eq!(level("2026-01-31").await, None);
    assert_eq!(level("2026-07-31").await, Some(1));
    assert_eq!(level("2026-08-01").await, Some(2));
    assert_eq!(level("2027-07-31").await, Some(2));
    assert_eq!(level("2027-08-01").await, None);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn ones_own_view_is_shown_and_not_counted(pool: PgPool) {
    let world = World::new(pool).await;
    record(&world, AssessmentSource::Self_, "2026-08-01", &[("M.01", 5)]).await;
    let gap = gap(&world, "", "").await.expect("a gap");
    assert_eq!(found(&gap, "M.01"), None);
    assert_eq!(line(&gap, "M.01").own_view.as_ref().map(|own| own.level), Some(5));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_gap_is_read_by_the_person_and_those_who_lead_the_unit(pool: PgPool) {
    let world = World::new(pool).await;
    let request = pb::GetGapRequest { employee_id: OFFICER.to_string(), ..Default::default() };
    for reader in [OFFICER, HEAD, CHIEF] {
        let mut gaps = GapServiceClient::new(world.employee(reader));
        gaps.get_gap(request.clone()).await.expect("read");
    }
    let peer = GapServiceClient::new(world.employee(PEER)).get_gap(request).await;
    assert_eq!(refused(peer), (Code::PermissionDenied, "NOT_YOUR_DATA".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_schemes_are_data_that_anybody_reads(pool: PgPool) {
    let world = World::empty(pool).await;
    let mut gaps = GapServiceClient::new(world.employee(OFFICER));
    let reply = gaps.list_match_schemes(pb::ListMatchSchemesRequest::default()).await;
    let schemes = reply.expect("schemes").into_inner().schemes;
    let names: Vec<_> = schemes.iter().map(|scheme| scheme.scheme.as_str()).collect();
    assert_eq!(names, ["MS_MMS_KMS", "OPTIMAL"]);
    let bounds: Vec<_> =
        schemes[1].categories.iter().map(|one| one.from_percent.as_str()).collect();
    assert_eq!(bounds, ["90.00", "78.00", "0.00"]);
}

async fn coverage(
    world: &World,
    reader: Uuid,
    page_size: i32,
    page_token: String,
) -> Result<pb::ListUnitCoverageResponse, Status> {
    let request = pb::ListUnitCoverageRequest {
        unit_id: UNIT.to_string(),
        page_size,
        page_token,
        ..Default::default()
    };
    let reply = GapServiceClient::new(world.employee(reader)).list_unit_coverage(request).await?;
    Ok(reply.into_inner())
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_units_posts_are_shown_as_covered_or_not(pool: PgPool) {
    let world = World::new(pool).await;
    let mut levels = all(2);
    levels[2].1 = 1;
    world.assess("2026-03-01", &levels).await;
    let (mut seen, mut token) = (vec![], String::new());
    loop {
        let page = coverage(&world, CHIEF, 2, token).await.expect("a page");
        let covered = |post: pb::PostCoverage| {
            (post.employee_id, post.asked, post.assessed, post.missing_levels, post.percent)
        };
        seen.extend(page.posts.into_iter().map(covered));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    let open = |employee: Uuid| (employee.to_string(), 9, 0, 0, String::new());
    let covered = (OFFICER.to_string(), 9, 9, 1, "94.44".to_owned());
    assert_eq!(seen, [covered, open(HEAD), open(PEER)]);
    let peer = coverage(&world, PEER, 0, String::new()).await;
    assert_eq!(refused(peer), (Code::PermissionDenied, "NOT_YOUR_DATA".into()));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn another_governments_unit_is_not_found(pool: PgPool) {
    let world = World::new(pool).await;
    let request = pb::ListUnitCoverageRequest { unit_id: UNIT.to_string(), ..Default::default() };
    let elsewhere = world.officer_of(ELSEWHERE, Role::HrOfficer);
    let reply = GapServiceClient::new(elsewhere).list_unit_coverage(request).await;
    assert_eq!(refused(reply), (Code::NotFound, "UNIT_NOT_FOUND".into()));
}
