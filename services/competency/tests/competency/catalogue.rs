use kinerja_competency::{DEFINITION, MIGRATOR};
use kinerja_kit::{
    clock::Clock,
    errors::constraint,
    testing::{serve, table_kinds},
};
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_table_is_of_one_of_the_three_kinds(pool: PgPool) {
    let kinds = table_kinds(&pool, DEFINITION.name).await;
    let tenant = [
        "assessment_levels",
        "assessments",
        "development_needs",
        "development_plans",
        "employees",
        "evaluations",
        "governments",
        "standard_levels",
        "standards",
        "technical_behaviours",
        "technical_competencies",
        "units",
    ];
    let plumbing = ["access_log", "outbox", "parked_events", "rebuild_keys", "request_keys"];
    let shared = [
        "assessment_sources",
        "census",
        "census_rounds",
        "cursor_tenants",
        "cursors",
        "feed_horizon",
        "match_categories",
        "national_behaviours",
        "national_competencies",
        "national_standards",
        "proficiency_levels",
        "proposed_activities",
    ];
    assert_eq!(kinds.tenant, tenant);
    assert_eq!(kinds.plumbing, plumbing);
    assert_eq!(kinds.shared, shared);
    assert_eq!(kinds.unknown, Vec::<String>::new());
}

#[test]
fn every_rpc_has_its_line() {
    let checked =
        DEFINITION.policy.check_complete(kinerja_proto::FILE_DESCRIPTOR_SET, DEFINITION.package);
    assert!(checked.is_ok(), "{checked:?}");
}

#[test]
fn no_statement_asks_the_database_for_the_time() {
    for migration in MIGRATOR.iter() {
        let sql = migration.sql.as_str().to_lowercase();
        let words = ["now()", "current_date", "current_timestamp", "clock_timestamp"];
        for word in words {
            assert!(!sql.contains(word), "{} holds {word}", migration.description);
        }
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_national_dictionary_is_whole(pool: PgPool) {
    let incomplete: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM national_competencies, proficiency_levels
         WHERE (SELECT count(*) FROM national_behaviours
                WHERE national_behaviours.code = national_competencies.code
                    AND national_behaviours.level = proficiency_levels.level) <> 2",
    )
    .fetch_one(&pool)
    .await
    .expect("a count");
    assert_eq!(incomplete, 0);
    let standards: Vec<i64> = sqlx::query_scalar(
        "SELECT count(*) FROM national_standards GROUP BY position_kind, position_level",
    )
    .fetch_all(&pool)
    .await
    .expect("counts");
    assert!(standards.iter().all(|codes| *codes == 9), "{standards:?}");
}

/// The constraint that a statement in the tenant's name violates.
async fn violated(pool: &PgPool, sql: &'static str) -> String {
    let set = "SELECT set_config('kinerja.tenant_id', '12.76', false)";
    let mut conn = pool.acquire().await.expect("a connection");
    sqlx::query(set).execute(&mut *conn).await.expect("the tenant");
    let error = sqlx::query(sql).execute(&mut *conn).await.expect_err("a violation");
    constraint(&error).unwrap_or_default().to_owned()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn nobody_else_records_what_one_thinks_of_oneself(pool: PgPool) {
    let sql = "INSERT INTO assessments (assessment_id, employee_id, source, assessed_on, valid_until,
             policy_version, ballots, note, recorded_by, basis, created_at, revision)
         VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002', 'SELF',
             '2026-01-01', '2027-01-01', 'K1', 0, '', '00000000-0000-0000-0000-000000000003', '',
             '2026-01-01Z', 1)";
    assert_eq!(violated(&pool, sql).await, "assessments_of_oneself_by_oneself");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn nobody_records_the_own_assessment_as_a_superior(pool: PgPool) {
    let sql = "INSERT INTO assessments (assessment_id, employee_id, source, assessed_on, valid_until,
             policy_version, ballots, note, recorded_by, basis, created_at, revision)
         VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002', 'SUPERIOR',
             '2026-01-01', '2027-01-01', 'K1', 0, '', '00000000-0000-0000-0000-000000000002', '',
             '2026-01-01Z', 1)";
    assert_eq!(violated(&pool, sql).await, "assessments_of_oneself_by_oneself");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_plan_is_agreed_by_both_or_not_at_all(pool: PgPool) {
    let sql = "INSERT INTO development_plans
             (plan_id, employee_id, year, state, employee_consented_at, created_at, revision)
         VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002', 2026,
             'AGREED', '2026-01-01Z', '2026-01-01Z', 1)";
    assert_eq!(violated(&pool, sql).await, "development_plans_agreed_by_both");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn nobody_is_the_own_superior(pool: PgPool) {
    let sql = "INSERT INTO development_plans (plan_id, employee_id, year, state, superior_id,
             superior_consented_at, superior_basis, created_at, revision)
         VALUES ('00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002', 2026,
             'PROPOSED', '00000000-0000-0000-0000-000000000002', '2026-01-01Z', 'HEAD_OF_UNIT',
             '2026-01-01Z', 1)";
    assert_eq!(violated(&pool, sql).await, "development_plans_superior_is_another");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn reflection_lists_no_feed_where_nobody_watches(pool: PgPool) {
    let listed = serve(&DEFINITION, &pool, Clock::system()).await.listed().await;
    assert!(listed.iter().any(|name| name == "kinerja.competency.v1.GapService"), "{listed:?}");
    assert!(!listed.iter().any(|name| name.contains("EventFeed")), "{listed:?}");
}
