//! The file that goes out: for the HR office alone, and noted.

use kinerja_kit::{
    auth::{Identity, Role},
    client::Channel,
};
use kinerja_registry::MIGRATOR;
use pb::export_service_client::ExportServiceClient;
use sqlx::PgPool;
use tokio_stream::StreamExt as _;
use tonic::{Code, Status};

use crate::{
    is, pb, refusal,
    world::{TEBING, World, id, number, post},
};

async fn export(channel: Channel, unit_id: &str) -> Result<String, Status> {
    let request = pb::ExportEmployeesRequest {
        unit_id: unit_id.into(),
        separator: pb::ExportSeparator::Comma.into(),
        ..pb::ExportEmployeesRequest::default()
    };
    let mut chunks =
        ExportServiceClient::new(channel).export_employees(request).await?.into_inner();
    let mut file = Vec::new();
    while let Some(chunk) = chunks.next().await {
        file.extend(chunk?.csv);
    }
    Ok(String::from_utf8(file).expect("UTF-8"))
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_hr_office_alone_exports_and_numbers_stand_in_full(pool: PgPool) {
    let world = World::new(pool).await;
    world.employee(1).await;
    let file = export(world.officer_of(TEBING), "").await.expect("a file");
    assert!(file.contains(&number(1)), "{file}");
    for role in [Role::UnitLeader, Role::PerformanceTeam, Role::RegionalLeader, Role::Inspector] {
        let channel = world.served.channel(&Identity::officer(&id(TEBING), role));
        let refused = export(channel, "").await.expect_err("not of the HR office");
        assert_eq!(refusal(&refused), is(Code::PermissionDenied, "PERMISSION_DENIED"), "{role:?}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_export_is_noted_as_a_whole_and_person_by_person(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("Dinas", "").await;
    let member = world.member(1, post(&unit, pb::PositionKind::Pelaksana)).await;
    let elsewhere = world.employee(2).await;
    export(world.officer_of(TEBING), &unit.unit_id).await.expect("of the unit");
    export(world.officer_of(TEBING), "").await.expect("of everybody");
    let pool = world.pool.clone();
    world.served.stop().await;
    let mut entries: Vec<String> = sqlx::query_scalar(
        "SELECT subject_employee_id::text FROM access_log WHERE method = 'ExportEmployees'",
    )
    .fetch_all(&pool)
    .await
    .expect("entries");
    entries.sort();
    // "12.76" in bytes: the key of the government's TenantChanged.
    let government = "31322e37-3600-0000-0000-000000000000".to_owned();
    let person = member.employee_id;
    let mut expected =
        vec![government, unit.unit_id, person.clone(), person, elsewhere.employee_id];
    expected.sort();
    assert_eq!(entries, expected);
}
