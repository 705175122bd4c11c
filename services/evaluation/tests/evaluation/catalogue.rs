//! What the migrated database looks like.

use kinerja_evaluation::{DEFINITION, MIGRATOR};
use kinerja_kit::testing::{self, TableKinds, table_kinds};
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_table_is_of_one_of_the_three_kinds(pool: PgPool) {
    let named = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let kinds = table_kinds(&pool, "evaluation").await;
    let expected = TableKinds {
        tenant: named(&[
            "annual_predicate_parts",
            "annual_predicates",
            "core_value_ratings",
            "cycle_windows",
            "cycles",
            "employees",
            "evaluations",
            "periods",
            "plans",
            "policies",
            "policy_cells",
            "policy_rules",
            "proposals",
            "ratings",
            "remarks",
            "units",
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

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_service_acts_as_the_app_role(pool: PgPool) {
    let db = testing::app(&pool, "evaluation").await;
    let mut tx = db.begin(&crate::world::tenant()).await.expect("begin");
    let role: String =
        sqlx::query_scalar("SELECT current_user::text").fetch_one(&mut *tx).await.expect("role");
    assert_eq!(role, "evaluation_app");
}

#[test]
fn every_rpc_has_its_line_in_the_policy() {
    DEFINITION
        .policy
        .check_complete(kinerja_proto::FILE_DESCRIPTOR_SET, DEFINITION.package)
        .expect("a complete policy");
}

#[test]
fn no_migration_asks_the_database_for_the_time_and_none_makes_a_trigger() {
    for migration in MIGRATOR.iter() {
        let sql = migration.sql.as_str().to_lowercase();
        let banned =
            ["now()", "current_date", "current_timestamp", "clock_timestamp", "create trigger"];
        for banned in banned {
            assert!(!sql.contains(banned), "{} says {banned}", migration.description);
        }
    }
}
