//! Licences to practise, and which of them run out.

use kinerja_kit::client::Channel;
use kinerja_registry::MIGRATOR;
use pb::licence_service_client::LicenceServiceClient;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    faults, is, pb, refusal,
    world::{BATANG, TEBING, World, number, request_id},
};

fn officer(world: &World) -> LicenceServiceClient<Channel> {
    LicenceServiceClient::new(world.officer_of(TEBING))
}

fn licence(employee_id: &str, number: &str, expires_on: &str) -> pb::CreateLicenceRequest {
    pb::CreateLicenceRequest {
        employee_id: employee_id.into(),
        kind: pb::LicenceKind::Str.into(),
        number: number.into(),
        issuer: "KTKI".into(),
        issued_on: "2021-01-01".into(),
        expires_on: expires_on.into(),
        request_id: request_id(),
    }
}

async fn create(world: &World, request: pb::CreateLicenceRequest) -> pb::Licence {
    let made = officer(world).create_licence(request).await.expect("a licence");
    made.into_inner().licence.expect("licence")
}

fn expiring(from_on: &str, until_on: &str) -> pb::ListExpiringLicencesRequest {
    pb::ListExpiringLicencesRequest {
        from_on: from_on.into(),
        until_on: until_on.into(),
        page_size: 1,
        page_token: String::new(),
    }
}

async fn numbers(world: &World, mut request: pb::ListExpiringLicencesRequest) -> Vec<String> {
    let mut numbers = Vec::new();
    loop {
        let page = officer(world).list_expiring_licences(request.clone()).await;
        let page = page.expect("a page").into_inner();
        for expiring in page.licences {
            assert!(expiring.employee_name.starts_with("Pegawai"));
            numbers.extend(expiring.licence.map(|licence| licence.number));
        }
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return numbers;
        }
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn licences_that_expire_in_a_window_are_listed_in_order(pool: PgPool) {
    let world = World::new(pool).await;
    let (one, two) = (world.employee(1).await.employee_id, world.employee(2).await.employee_id);
    create(&world, licence(&one, "C", "2026-06-30")).await;
    create(&world, licence(&two, "A", "2026-04-01")).await;
    create(&world, licence(&two, "B", "2026-07-01")).await;
    assert_eq!(numbers(&world, expiring("2026-04-01", "2026-06-30")).await, ["A", "C"]);
    assert_eq!(numbers(&world, expiring("2026-04-02", "2026-12-31")).await, ["C", "B"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_licence_is_renewed_under_its_etag(pool: PgPool) {
    let world = World::new(pool).await;
    let employee = world.employee(1).await.employee_id;
    let first = create(&world, licence(&employee, "A", "2026-04-01")).await;
    let request = pb::UpdateLicenceRequest {
        licence_id: first.id.clone(),
        number: "A".into(),
        issuer: "KTKI".into(),
        issued_on: "2026-04-01".into(),
        expires_on: "2031-04-01".into(),
        etag: first.etag.clone(),
        request_id: request_id(),
    };
    officer(&world).update_licence(request.clone()).await.expect("renewed");
    let stale = pb::UpdateLicenceRequest { request_id: request_id(), ..request };
    let refused = officer(&world).update_licence(stale).await.expect_err("stale");
    assert_eq!(refusal(&refused), is(Code::Aborted, "ETAG_MISMATCH"));
    assert!(numbers(&world, expiring("2026-01-01", "2026-12-31")).await.is_empty());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_number_is_of_one_licence_of_its_kind(pool: PgPool) {
    let world = World::new(pool).await;
    let (one, two) = (world.employee(1).await.employee_id, world.employee(2).await.employee_id);
    create(&world, licence(&one, "A", "2026-04-01")).await;
    let taken =
        officer(&world).create_licence(licence(&two, "A", "2026-04-01")).await.expect_err("taken");
    assert_eq!(refusal(&taken), is(Code::AlreadyExists, "LICENCE_NUMBER_TAKEN"));
    let other = pb::CreateLicenceRequest {
        kind: pb::LicenceKind::Sip.into(),
        ..licence(&two, "A", "2026-04-01")
    };
    create(&world, other).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_licence_expires_after_its_issue(pool: PgPool) {
    let world = World::new(pool).await;
    let employee = world.employee(1).await.employee_id;
    let refused = officer(&world).create_licence(licence(&employee, "", "2021-01-01")).await;
    assert_eq!(faults(&refused.expect_err("invalid")), ["number", "expires_on"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn licences_are_imported_by_number_and_faulty_rows_named(pool: PgPool) {
    let world = World::new(pool).await;
    let (one, two) = (world.employee(1).await.employee_id, world.employee(2).await.employee_id);
    create(&world, licence(&one, "A", "2026-04-01")).await;
    let row = |nth: u16, licence: &str, expires_on: &str| pb::LicenceRow {
        identity_number: number(nth),
        kind: pb::LicenceKind::Str.into(),
        number: licence.into(),
        issuer: "KTKI".into(),
        issued_on: "2021-01-01".into(),
        expires_on: expires_on.into(),
    };
    let rows = vec![
        row(1, "A", "2026-05-01"),
        row(2, "B", "2026-06-01"),
        row(2, "A", "2026-06-01"),
        row(9, "D", "2026-06-01"),
        row(1, "E", "2020-01-01"),
    ];
    let request = pb::ImportLicencesRequest { rows, request_id: request_id() };
    let reply = officer(&world).import_licences(request).await.expect("a report").into_inner();
    let named: Vec<_> = reply.faults.iter().map(|f| (f.row, f.field.as_str())).collect();
    assert_eq!(
        (reply.recorded, named),
        (2, vec![(2, "number"), (3, "identity_number"), (4, "expires_on")])
    );
    let list = pb::ListLicencesRequest { employee_id: two, ..Default::default() };
    let list = officer(&world).list_licences(list).await.expect("a list").into_inner().licences;
    assert_eq!(list.len(), 1);
    assert_eq!(numbers(&world, expiring("2026-05-01", "2026-05-01")).await, ["A"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn another_government_sees_no_licence(pool: PgPool) {
    let world = World::new(pool).await;
    let employee = world.employee(1).await.employee_id;
    let made = create(&world, licence(&employee, "A", "2026-04-01")).await;
    let mut elsewhere = LicenceServiceClient::new(world.officer_of(BATANG));
    let request = pb::GetLicenceRequest { licence_id: made.id };
    let unseen = elsewhere.get_licence(request).await.expect_err("unseen");
    assert_eq!(refusal(&unseen), is(Code::NotFound, "LICENCE_NOT_FOUND"));
    let list = elsewhere.list_expiring_licences(expiring("2026-01-01", "2026-12-31")).await;
    assert!(list.expect("a list").into_inner().licences.is_empty());
}
