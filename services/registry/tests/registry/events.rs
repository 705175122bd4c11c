//! What the registry makes public, and when.

use std::time::Duration;

use kinerja_proto::events::v1 as public;
use kinerja_registry::MIGRATOR;
use prost::{Message, Name};
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    pb,
    world::{BATANG, TEBING, World, at, create_unit, post, request_id},
};

/// What a machine with much to do may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Every fact of a type in the order of its revisions.
pub(crate) async fn facts<M: Message + Name + Default>(pool: &PgPool, key: &str) -> Vec<(i64, M)> {
    let rows: Vec<(i64, Vec<u8>)> = sqlx::query_as(
        "SELECT revision, payload FROM outbox WHERE type_name = $1 AND key = $2 ORDER BY revision, append_id",
    )
    .bind(M::full_name())
    .bind(key.parse::<Uuid>().expect("an id"))
    .fetch_all(pool)
    .await
    .expect("the outbox");
    rows.into_iter()
        .map(|(revision, payload)| (revision, M::decode(payload.as_slice()).expect("a message")))
        .collect()
}

/// Waits, without a clock, until a fact has come.
pub(crate) async fn until_told<M: Message + Name + Default>(
    pool: &PgPool,
    key: &str,
    count: usize,
) {
    let told = async {
        while facts::<M>(pool, key).await.len() < count {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, told).await.expect("told in time");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn each_change_of_a_person_is_told_once_and_completely(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("Dinas", "").await;
    let member = world.member(1, post(&unit, pb::PositionKind::Pelaksana)).await;
    let told = facts::<public::EmployeeChanged>(&world.pool, &member.employee_id).await;
    let revisions: Vec<_> = told.iter().map(|(revision, _)| *revision).collect();
    assert_eq!(revisions, [1, 2]);
    let expected = public::EmployeeChanged {
        employee_id: member.employee_id.clone(),
        name: "Pegawai 1, S.E.".into(),
        employment_kind: "PNS".into(),
        status: "ACTIVE".into(),
        unit_id: unit.unit_id.clone(),
        position_id: member.position.position_id,
        position_kind: "PELAKSANA".into(),
        position_level: String::new(),
        position_name: "Jabatan di Dinas".into(),
        heads_unit: false,
        rank: "III/b".into(),
    };
    assert_eq!(told[1].1, expected);
    let lines = facts::<public::ReportingLineChanged>(&world.pool, &member.employee_id).await;
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].1.from_on, "2020-01-01");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_refused_change_tells_nothing(pool: PgPool) {
    let world = World::new(pool).await;
    let unit = world.unit("Dinas", "").await;
    let rename = pb::RenameUnitRequest {
        unit_id: unit.unit_id.clone(),
        name: "Badan".into(),
        from_on: "2026-02-01".into(),
        etag: "\"99\"".into(),
        request_id: request_id(),
    };
    world.units().rename_unit(rename).await.expect_err("stale");
    assert_eq!(facts::<public::UnitChanged>(&world.pool, &unit.unit_id).await.len(), 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_takes_effect_later_is_told_again_on_its_day(pool: PgPool) {
    let world = World::new(pool).await;
    let (unit, employee) = (world.unit("Dinas", "").await, world.employee(1).await);
    let rename = pb::RenameUnitRequest {
        unit_id: unit.unit_id.clone(),
        name: "Badan".into(),
        from_on: "2026-04-01".into(),
        etag: unit.etag,
        request_id: request_id(),
    };
    world.units().rename_unit(rename).await.expect("from April on");
    let change = pb::ChangeRankRequest {
        employee_id: employee.employee_id.clone(),
        rank: "III/c".into(),
        from_on: "2026-04-01".into(),
        etag: employee.etag,
        request_id: request_id(),
    };
    world.employees().change_rank(change).await.expect("from April on");
    let told = facts::<public::EmployeeChanged>(&world.pool, &employee.employee_id).await;
    assert_eq!(told.last().expect("a fact").1.rank, "III/b");

    // The first morning of April in Jakarta; a replica that starts then looks at once.
    world.clock.set(at("2026-03-31T17:00:00Z"));
    let _replica = world.replica().await;
    until_told::<public::EmployeeChanged>(&world.pool, &employee.employee_id, 3).await;
    until_told::<public::UnitChanged>(&world.pool, &unit.unit_id, 3).await;
    let told = facts::<public::EmployeeChanged>(&world.pool, &employee.employee_id).await;
    assert_eq!(told.last().expect("a fact").1.rank, "III/c");
    let told = facts::<public::UnitChanged>(&world.pool, &unit.unit_id).await;
    assert_eq!(told.last().expect("a fact").1.name, "Badan");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_trouble_of_one_government_keeps_no_other_waiting(pool: PgPool) {
    let world = World::new(pool).await;
    let mut renamed = Vec::new();
    for tenant in [TEBING, BATANG] {
        let mut units = pb::unit_service_client::UnitServiceClient::new(world.officer_of(tenant));
        let unit = units.create_unit(create_unit("Dinas", "")).await.expect("a unit").into_inner();
        let unit = unit.unit.expect("unit");
        let rename = pb::RenameUnitRequest {
            unit_id: unit.unit_id.clone(),
            name: "Badan".into(),
            from_on: "2026-04-01".into(),
            etag: unit.etag,
            request_id: request_id(),
        };
        units.rename_unit(rename).await.expect("from April on");
        renamed.push(unit.unit_id);
    }
    let broken = format!(
        "ALTER TABLE outbox ADD CONSTRAINT broken CHECK (tenant_id <> '{TEBING}') NOT VALID"
    );
    sqlx::query(sqlx::AssertSqlSafe(broken)).execute(&world.pool).await.expect("broken");

    world.clock.set(at("2026-03-31T17:00:00Z"));
    let _replica = world.replica().await;
    until_told::<public::UnitChanged>(&world.pool, &renamed[1], 3).await;
    assert_eq!(facts::<public::UnitChanged>(&world.pool, &renamed[0]).await.len(), 2);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_snapshot_says_what_the_next_event_would(pool: PgPool) {
    use kinerja_kit::auth::Identity;
    use public::event_feed_service_client::EventFeedServiceClient;

    let world = World::new(pool).await;
    let unit = world.unit("Dinas", "").await;
    let member = world.member(1, post(&unit, pb::PositionKind::Pelaksana)).await;
    let channel = world.served.channel(&Identity::service("planning"));
    let mut feed = EventFeedServiceClient::new(channel);
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = public::ListSnapshotRequest { page_token, ..Default::default() };
        let page = feed.list_snapshot(request).await.expect("a page").into_inner();
        found.extend(page.events);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let told = facts::<public::EmployeeChanged>(&world.pool, &member.employee_id).await;
    let (revision, message) = told.last().expect("a fact");
    let person = found.iter().find(|event| event.key == member.employee_id).expect("the person");
    assert_eq!(person.revision, *revision);
    assert_eq!(person.payload.as_ref().expect("payload").value, message.encode_to_vec());
    // Two governments, one unit, one person.
    assert_eq!(found.len(), 4);
}
