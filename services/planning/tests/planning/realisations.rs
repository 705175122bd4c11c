use kinerja_planning::MIGRATOR;
use pb::AchievementClass::{Above, Below, Meets, Unspecified};
use sqlx::PgPool;
use tonic::Code;
use uuid::Uuid;

use crate::{
    faults, is, pb, refusal, sample,
    world::{BUDI, HEAD, SITI, World, at},
};

async fn december(world: &World) -> (pb::Period, pb::Plan) {
    let year = world.year().await;
    let approved = world.approved(&year).await;
    world.clock.set(at("2026-12-10T01:00:00Z"));
    (year, approved)
}

async fn record(
    world: &World,
    request: pb::RecordRealisationsRequest,
) -> Result<pb::PlanResults, tonic::Status> {
    let reply = world.realisations(SITI).record_realisations(request).await?;
    Ok(reply.into_inner().results.expect("results"))
}

fn shown(results: &pb::PlanResults) -> Vec<(String, pb::AchievementClass)> {
    let achievements = results.realisations.iter().map(|r| r.achievement.clone());
    let shown = achievements.map(|achievement| {
        achievement.map_or((String::new(), Unspecified), |a| (a.percent.clone(), a.class()))
    });
    shown.collect()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn achievements_follow_policy_k1(pool: PgPool) {
    let world = World::new(pool).await;
    let (year, plan) = december(&world).await;
    let request = sample::record(&plan, &year, "", &["6.5", "70", "1200", "3"]);
    let results = record(&world, request).await.expect("recorded");
    assert_eq!(
        shown(&results),
        [
            ("107.14".to_owned(), Above),
            ("87.50".to_owned(), Below),
            ("100.00".to_owned(), Meets),
            ("100.00".to_owned(), Meets),
        ]
    );
    assert_eq!((results.policy_id.as_str(), results.version), ("K1", 1));
    let exact = results.realisations[0].achievement.as_ref().expect("achievement");
    assert_eq!((exact.numerator, exact.denominator), (15, 14));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_pair_counts_once_and_the_additional_not_at_all(pool: PgPool) {
    let world = World::new(pool).await;
    let (year, plan) = december(&world).await;
    let request = sample::record(&plan, &year, "", &["6.5", "70", "1500", "9"]);
    let results = record(&world, request).await.expect("recorded");
    let units: Vec<_> = results.units.iter().map(|u| (u.pair.as_str(), u.class())).collect();
    assert_eq!(units, [("izin", Below), ("", Above)]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_was_not_recorded_is_none(pool: PgPool) {
    let world = World::new(pool).await;
    let (year, plan) = december(&world).await;
    let results =
        record(&world, sample::record(&plan, &year, "", &["6.5"])).await.expect("recorded");
    assert_eq!(shown(&results)[1], (String::new(), Unspecified));
    assert_eq!(results.units[0].class(), Unspecified);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_later_record_adds_to_the_earlier_ones_by_etag(pool: PgPool) {
    let world = World::new(pool).await;
    let (year, plan) = december(&world).await;
    let first = record(&world, sample::record(&plan, &year, "", &["6.5"])).await.expect("first");
    let blind = record(&world, sample::record(&plan, &year, "", &["6"])).await.expect_err("blind");
    assert_eq!(faults(&blind), ["etag"]);
    let mut request = sample::record(&plan, &year, &first.etag, &["", "92"]);
    request.records.remove(0);
    let second = record(&world, request).await.expect("second");
    let percents: Vec<_> = shown(&second).into_iter().map(|(percent, _)| percent).collect();
    assert_eq!(percents, ["107.14", "102.22", "", ""]);
    let stale = record(&world, sample::record(&plan, &year, &first.etag, &["6"])).await;
    assert_eq!(refusal(&stale.expect_err("stale")), is(Code::Aborted, "ETAG_MISMATCH"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_repeated_record_is_recorded_once(pool: PgPool) {
    let world = World::new(pool).await;
    let (year, plan) = december(&world).await;
    let request = sample::record(&plan, &year, "", &["6.5"]);
    let first = record(&world, request.clone()).await.expect("first");
    assert_eq!(record(&world, request).await.expect("again"), first);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn realisations_are_recorded_within_their_window(pool: PgPool) {
    let world = World::new(pool).await;
    let (year, plan) = december(&world).await;
    world.clock.set(at("2026-11-30T15:59:59Z"));
    let early = record(&world, sample::record(&plan, &year, "", &["6.5"])).await;
    assert_eq!(
        refusal(&early.expect_err("too early")),
        is(Code::FailedPrecondition, "WINDOW_CLOSED")
    );
    world.clock.set(at("2026-11-30T16:00:00Z"));
    record(&world, sample::record(&plan, &year, "", &["6.5"])).await.expect("opened");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn realisations_need_an_approved_plan_and_its_own_indicators(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let draft = world.draft(SITI, &year).await;
    let early = record(&world, sample::record(&draft, &year, "", &["6.5"])).await;
    assert_eq!(
        refusal(&early.expect_err("a draft")),
        is(Code::FailedPrecondition, "PLAN_NOT_APPROVED")
    );
    let submitted = world.submit(SITI, &draft).await;
    let plan = world.approve(HEAD, &submitted).await;
    world.clock.set(at("2026-12-10T01:00:00Z"));
    let mut request = sample::record(&plan, &year, "", &["6.5"]);
    request.records[0].indicator_id = Uuid::from_u128(5).to_string();
    let foreign = record(&world, request).await.expect_err("foreign");
    assert_eq!(refusal(&foreign), is(Code::NotFound, "INDICATOR_NOT_FOUND"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_quarter_is_measured_where_the_plan_lasts_into_it(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let mut quarters = Vec::new();
    for ordinal in [1, 2] {
        let request = pb::CreatePeriodRequest {
            windows: vec![sample::window(pb::WindowKind::Realisation, "2026-04-01", "2026-07-31")],
            ..sample::period(pb::PeriodKind::Quarter, ordinal)
        };
        let made = world.periods().create_period(request).await.expect("quarter").into_inner();
        quarters.push(world.open(made.period.expect("period")).await);
    }
    let plan = world.approved(&year).await;
    let request = sample::close(&plan, "2026-03-31");
    world.officers_plans().close_plan(request).await.expect("closed");
    world.clock.set(at("2026-04-10T01:00:00Z"));
    let first = sample::record(&plan, &quarters[0], "", &["6.5"]);
    record(&world, first).await.expect("the plan lasted into the first quarter");
    let second = record(&world, sample::record(&plan, &quarters[1], "", &["6.5"])).await;
    assert_eq!(
        refusal(&second.expect_err("the plan had ended")),
        is(Code::FailedPrecondition, "PERIOD_NOT_OF_PLAN")
    );
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn results_are_read_by_those_concerned(pool: PgPool) {
    let world = World::new(pool).await;
    let (year, plan) = december(&world).await;
    let recorded =
        record(&world, sample::record(&plan, &year, "", &["6.5"])).await.expect("recorded");
    let request =
        || pb::GetPlanResultsRequest { plan_id: plan.plan_id.clone(), period_id: String::new() };
    for reader in [SITI, HEAD] {
        let read = world.realisations(reader).get_plan_results(request()).await.expect("read");
        assert_eq!(read.into_inner().results.as_ref(), Some(&recorded));
    }
    let status = world.realisations(BUDI).get_plan_results(request()).await.expect_err("stranger");
    assert_eq!(refusal(&status), is(Code::PermissionDenied, "NOT_YOUR_PLAN"));
    let status = world
        .realisations(BUDI)
        .record_realisations(sample::record(&plan, &year, "", &["6.5"]))
        .await
        .expect_err("stranger");
    assert_eq!(refusal(&status), is(Code::PermissionDenied, "NOT_YOUR_PLAN"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn other_targets_measure_the_same_realisations_anew(pool: PgPool) {
    let world = World::new(pool).await;
    let year = world.year().await;
    let first = world.approved(&year).await;
    let request = pb::SetPeriodWindowRequest {
        period_id: year.period_id.clone(),
        window: Some(sample::window(pb::WindowKind::Realisation, "2026-06-01", "2026-12-31")),
        etag: year.etag.clone(),
        request_id: crate::world::request_id(),
    };
    world.periods().set_period_window(request).await.expect("window");
    world.clock.set(at("2026-06-10T01:00:00Z"));
    let before = record(&world, sample::record(&first, &year, "", &["8", "85", "600"])).await;
    let before = before.expect("recorded");
    assert_eq!(shown(&before)[2].0, "50.00");

    let amended = world.plans(SITI).amend_plan(sample::amend(&first)).await.expect("amended");
    let amended = amended.into_inner().plan.expect("plan");
    let mut content = amended.content.clone().expect("content");
    content.results[0].indicators[2].target =
        Some(pb::Target { min: "600".into(), max: String::new(), unit: "izin".into() });
    let request = sample::update(&amended, content);
    let updated = world.plans(SITI).update_plan(request).await.expect("updated").into_inner();
    let submitted = world.submit(SITI, &updated.plan.expect("plan")).await;
    let second = world.approve(HEAD, &submitted).await;

    let request = sample::record(&second, &year, &before.etag, &["8"]);
    let after = record(&world, request).await.expect("recorded");
    assert_eq!((after.version, shown(&after)[2].0.as_str()), (2, "100.00"));
}
