//! What the migrated database looks like.

use kinerja_kit::testing::{TableKinds, app, table_kinds};
use kinerja_registry::{DEFINITION, MIGRATOR};
use sqlx::PgPool;

use crate::world::{TEBING, id};

#[sqlx::test(migrator = "MIGRATOR")]
async fn every_table_is_of_one_of_the_three_kinds(pool: PgPool) {
    let named = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    let kinds = table_kinds(&pool, "registry").await;
    let expected = TableKinds {
        tenant: named(&[
            "arrivals",
            "assignments",
            "attendance_months",
            "calendar_years",
            "corrections",
            "delegations",
            "departures",
            "employees",
            "holidays",
            "identity_numbers",
            "licences",
            "name_words",
            "policy_clocks",
            "policy_versions",
            "positions",
            "public_service_posts",
            "public_services",
            "ranks",
            "recusals",
            "reporting_lines",
            "sanctions",
            "statuses",
            "unit_calendar_days",
            "unit_calendars",
            "unit_names",
            "unit_parents",
            "unit_working_weeks",
            "units",
        ]),
        plumbing: named(&[
            "access_log",
            "due_changes",
            "import_faults",
            "import_positions",
            "import_rows",
            "import_units",
            "imports",
            "outbox",
            "parked_events",
            "rebuild_keys",
            "request_keys",
        ]),
        shared: named(&[
            "census",
            "census_rounds",
            "cursor_tenants",
            "cursors",
            "feed_horizon",
            "tenants",
        ]),
        unknown: Vec::new(),
    };
    assert_eq!(kinds, expected);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_service_acts_as_the_app_role(pool: PgPool) {
    let mut tx = app(&pool, "registry").await.begin(&id(TEBING)).await.expect("begin");
    let role: String =
        sqlx::query_scalar("SELECT current_user::text").fetch_one(&mut *tx).await.expect("a role");
    assert_eq!(role, "registry_app");
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
