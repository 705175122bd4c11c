//! What the migrated database looks like.

use kinerja_kit::{
    clock::Clock,
    testing::{TableKinds, serve, table_kinds},
};
use kinerja_planning::{DEFINITION, MIGRATOR};
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_table_is_of_one_of_the_three_kinds(pool: PgPool) {
    let named = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let kinds = table_kinds(&pool, "planning").await;
    let expected = TableKinds {
        tenant: named(&[
            "employees",
            "expectations",
            "indicators",
            "period_windows",
            "periods",
            "plan_steps",
            "plans",
            "policies",
            "realisations",
            "result_sheets",
            "units",
            "work_results",
        ]),
        plumbing: named(&[
            "access_log",
            "governments",
            "outbox",
            "parked_events",
            "rebuild_keys",
            "request_keys",
        ]),
        shared: named(&["census", "census_rounds", "cursor_tenants", "cursors", "feed_horizon"]),
        unknown: Vec::new(),
    };
    assert_eq!(kinds, expected);
}

#[test]
fn every_rpc_has_its_line_in_the_policy() {
    DEFINITION
        .policy
        .check_complete(kinerja_proto::FILE_DESCRIPTOR_SET, DEFINITION.package)
        .expect("a complete policy");
}

#[test]
fn no_migration_asks_the_database_for_the_time() {
    for migration in MIGRATOR.iter() {
        let sql = migration.sql.as_str().to_lowercase();
        for banned in ["now()", "current_date", "current_timestamp", "clock_timestamp"] {
            assert!(!sql.contains(banned), "{} says {banned}", migration.description);
        }
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn reflection_lists_what_is_served_here_and_nothing_else(pool: PgPool) {
    let served = serve(&DEFINITION, &pool, Clock::system()).await;
    let listed = [
        "kinerja.common.v1.ClockService",
        "kinerja.events.v1.EventFeedService",
        "kinerja.planning.v1.PeriodService",
        "kinerja.planning.v1.PlanAgreementService",
        "kinerja.planning.v1.PlanService",
        "kinerja.planning.v1.PolicyService",
        "kinerja.planning.v1.RealisationService",
        "grpc.reflection.v1.ServerReflection",
    ];
    assert_eq!(served.listed().await, listed);
}
