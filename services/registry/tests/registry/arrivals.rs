//! Moves between governments: one closes its record, the other opens one of its own.

use kinerja_proto::events::v1 as public;
use kinerja_registry::MIGRATOR;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    events::until_told,
    is, pb, refusal,
    world::{BATANG, Member, TEBING, World, at, post, request_id},
};

async fn settled(world: &World) -> Member {
    let unit = world.unit("Dinas", "").await;
    world.member(1, post(&unit, pb::PositionKind::Pelaksana)).await
}

fn release(employee: &pb::Employee) -> pb::ReleaseEmployeeRequest {
    pb::ReleaseEmployeeRequest {
        employee_id: employee.employee_id.clone(),
        destination_tenant_id: BATANG.into(),
        left_on: "2026-03-01".into(),
        etag: employee.etag.clone(),
        request_id: request_id(),
    }
}

async fn waiting(world: &World, tenant: &str) -> Vec<pb::Arrival> {
    let listed = world.arrivals_of(tenant).list_arrivals(pb::ListArrivalsRequest::default()).await;
    listed.expect("arrivals").into_inner().arrivals
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_move_closes_one_record_and_opens_another(pool: PgPool) {
    let world = World::new(pool).await;
    let member = settled(&world).await;
    let employee = world.get(&member.employee_id).await;
    let released = world.arrivals_of(TEBING).release_employee(release(&employee)).await;
    let released = released.expect("released").into_inner();
    let closed = released.employee.expect("employee");
    assert_eq!(closed.status(), pb::EmployeeStatus::Moved);
    assert_eq!((closed.closed_on.as_str(), closed.placement), ("2026-03-01", None));

    let arrivals = waiting(&world, BATANG).await;
    assert_eq!(arrivals.len(), 1);
    assert_eq!(arrivals[0].arrival_id, released.arrival_id);
    assert_eq!(arrivals[0].origin_tenant_id, TEBING);
    assert_eq!(waiting(&world, TEBING).await, []);

    let admit = pb::AdmitEmployeeRequest {
        arrival_id: released.arrival_id,
        opened_on: "2026-03-02".into(),
        etag: arrivals[0].etag.clone(),
        request_id: request_id(),
        ..Default::default()
    };
    let admitted = world.arrivals_of(BATANG).admit_employee(admit.clone()).await.expect("admitted");
    let admitted = admitted.into_inner().employee.expect("employee");
    assert_ne!(admitted.employee_id, employee.employee_id);
    assert_eq!((admitted.display_name, admitted.rank.as_str()), (employee.display_name, "III/b"));
    assert_eq!(waiting(&world, BATANG).await, []);

    let again = pb::AdmitEmployeeRequest { request_id: request_id(), ..admit };
    let refused = world.arrivals_of(BATANG).admit_employee(again).await.expect_err("admitted");
    assert_eq!(refusal(&refused), is(Code::Aborted, "ETAG_MISMATCH"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_look_at_who_arrives_leaves_an_entry(pool: PgPool) {
    let world = World::new(pool).await;
    let member = settled(&world).await;
    let employee = world.get(&member.employee_id).await;
    let released = world.arrivals_of(TEBING).release_employee(release(&employee)).await;
    let arrival_id = released.expect("released").into_inner().arrival_id;
    let get = pb::GetArrivalRequest { arrival_id };
    world.arrivals_of(BATANG).get_arrival(get).await.expect("an arrival");
    assert_eq!(waiting(&world, BATANG).await.len(), 1);
    let pool = world.pool.clone();
    world.served.stop().await;
    let entries: Vec<(String, String)> = sqlx::query_as(
        "SELECT method, subject_employee_id::text FROM access_log
         WHERE method IN ('GetArrival', 'ListArrivals') AND tenant_id = $1 ORDER BY method",
    )
    .bind(BATANG)
    .fetch_all(&pool)
    .await
    .expect("entries");
    let entry = |method: &str| (method.to_owned(), employee.employee_id.clone());
    assert_eq!(entries, [entry("GetArrival"), entry("ListArrivals")]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_repeated_release_announces_once(pool: PgPool) {
    let world = World::new(pool).await;
    let member = settled(&world).await;
    let request = release(&world.get(&member.employee_id).await);
    let mut api = world.arrivals_of(TEBING);
    let first = api.release_employee(request.clone()).await.expect("first").into_inner();
    let second = api.release_employee(request).await.expect("second").into_inner();
    assert_eq!(first, second);
    assert_eq!(waiting(&world, BATANG).await.len(), 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn one_connection_is_enough_for_a_move_and_for_its_day(pool: PgPool) {
    let world = World::over(pool, 1).await;
    let member = settled(&world).await;
    let request = pb::ReleaseEmployeeRequest {
        left_on: "2026-04-01".into(),
        ..release(&world.get(&member.employee_id).await)
    };
    let mut api = world.arrivals_of(TEBING);
    api.release_employee(request.clone()).await.expect("released");
    api.release_employee(request).await.expect("again");

    // As if the process had died between the two steps.
    sqlx::query("DELETE FROM arrivals").execute(&world.pool).await.expect("lost");
    world.clock.set(at("2026-03-31T17:00:00Z"));
    let replica = world.replica().await;
    until_told::<public::EmployeeChanged>(&world.pool, &member.employee_id, 4).await;
    assert_eq!(waiting(&replica, BATANG).await.len(), 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_closed_record_is_changed_no_more(pool: PgPool) {
    let world = World::new(pool).await;
    let member = settled(&world).await;
    let employee = world.get(&member.employee_id).await;
    world.arrivals_of(TEBING).release_employee(release(&employee)).await.expect("released");
    let change = pb::ChangeRankRequest {
        employee_id: employee.employee_id.clone(),
        rank: "III/c".into(),
        from_on: "2026-04-01".into(),
        etag: employee.etag,
        request_id: request_id(),
    };
    let refused = world.employees().change_rank(change).await.expect_err("closed");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "RECORD_CLOSED"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_person_moves_to_another_government_that_is_known(pool: PgPool) {
    let world = World::new(pool).await;
    let member = settled(&world).await;
    let employee = world.get(&member.employee_id).await;
    let to = |tenant: &str| pb::ReleaseEmployeeRequest {
        destination_tenant_id: tenant.into(),
        request_id: request_id(),
        ..release(&employee)
    };
    let mut api = world.arrivals_of(TEBING);
    let refused = api.release_employee(to(TEBING)).await.expect_err("the same");
    assert_eq!(refusal(&refused), is(Code::InvalidArgument, "SAME_TENANT"));
    let refused = api.release_employee(to("99.99")).await.expect_err("unknown");
    assert_eq!(refusal(&refused), is(Code::NotFound, "TENANT_NOT_FOUND"));
}
