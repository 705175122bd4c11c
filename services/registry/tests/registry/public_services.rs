//! What the public may know of services and who answers for them.

use kinerja_kit::client::Channel;
use kinerja_registry::MIGRATOR;
use pb::{
    create_public_service_request::Promise,
    public_service_service_client::PublicServiceServiceClient,
};
use sqlx::PgPool;
use tonic::Code;

use crate::{
    faults, is, pb, refusal,
    world::{BATANG, Member, TEBING, World, head, request_id},
};

fn officer(world: &World) -> PublicServiceServiceClient<Channel> {
    PublicServiceServiceClient::new(world.officer_of(TEBING))
}

/// Somebody without token.
fn citizen(world: &World) -> PublicServiceServiceClient<Channel> {
    PublicServiceServiceClient::new(world.served.strangers_channel())
}

fn permit(position_id: &str) -> pb::CreatePublicServiceRequest {
    pb::CreatePublicServiceRequest {
        name: "Izin Mendirikan Usaha".into(),
        product: "Surat izin".into(),
        promise: Some(Promise::PromisedWorkingDays(5)),
        fee: "tidak dipungut biaya".into(),
        opens_on: "2026-01-01".into(),
        position_id: position_id.into(),
        request_id: request_id(),
        ..pb::CreatePublicServiceRequest::default()
    }
}

async fn create(world: &World, request: pb::CreatePublicServiceRequest) -> pb::PublicService {
    let made = officer(world).create_public_service(request).await.expect("a service");
    made.into_inner().public_service.expect("service")
}

async fn head_of(world: &World, nth: u16) -> Member {
    let unit = world.unit(&format!("Dinas {nth}"), "").await;
    world.member(nth, head(&unit, pb::PositionKind::Jpt)).await
}

fn get(tenant: &str, id: &str, date: &str) -> pb::GetPublicServiceRequest {
    pb::GetPublicServiceRequest {
        tenant_id: tenant.into(),
        public_service_id: id.into(),
        date: date.into(),
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn anybody_reads_a_service_and_who_answers_for_it(pool: PgPool) {
    let world = World::new(pool).await;
    let member = head_of(&world, 1).await;
    let service = create(&world, permit(&member.position.position_id)).await;
    let read = citizen(&world).get_public_service(get(TEBING, &service.id, "")).await;
    let read = read.expect("readable").into_inner();
    assert_eq!(read.public_service, Some(service));
    let official = read.official.expect("official");
    assert_eq!((official.official_name.as_str(), official.acting), ("Pegawai 1, S.E.", false));
    assert_eq!(official.position_id, member.position.position_id);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_official_is_the_one_of_the_date(pool: PgPool) {
    let world = World::new(pool).await;
    let (first, second) = (head_of(&world, 1).await, head_of(&world, 2).await);
    let service = create(&world, permit(&first.position.position_id)).await;
    let request = pb::AssignPublicServiceRequest {
        public_service_id: service.id.clone(),
        position_id: second.position.position_id.clone(),
        from_on: "2026-02-01".into(),
        etag: service.etag.clone(),
        request_id: request_id(),
    };
    officer(&world).assign_public_service(request).await.expect("assigned");
    for (date, employee) in
        [("2026-01-31", &first.employee_id), ("2026-02-01", &second.employee_id)]
    {
        let request =
            pb::ResolveOfficialRequest { public_service_id: service.id.clone(), date: date.into() };
        let found = officer(&world).resolve_official(request).await.expect("an official");
        assert_eq!(&found.into_inner().employee_id, employee, "{date}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_service_without_a_post_says_so(pool: PgPool) {
    let world = World::new(pool).await;
    let service = create(&world, permit("")).await;
    let request = pb::ResolveOfficialRequest {
        public_service_id: service.id.clone(),
        ..pb::ResolveOfficialRequest::default()
    };
    let refused = officer(&world).resolve_official(request).await.expect_err("unassigned");
    assert_eq!(refusal(&refused), is(Code::NotFound, "PUBLIC_SERVICE_UNASSIGNED"));
    let read = citizen(&world).get_public_service(get(TEBING, &service.id, "")).await;
    assert_eq!(read.expect("readable").into_inner().official, None);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn services_are_listed_by_name_while_they_are_offered(pool: PgPool) {
    let world = World::new(pool).await;
    for name in ["B", "A", "C"] {
        create(&world, pb::CreatePublicServiceRequest { name: name.into(), ..permit("") }).await;
    }
    let closing =
        create(&world, pb::CreatePublicServiceRequest { name: "AA".into(), ..permit("") }).await;
    let close = pb::ClosePublicServiceRequest {
        public_service_id: closing.id,
        closes_on: "2026-03-01".into(),
        etag: closing.etag,
        request_id: request_id(),
    };
    officer(&world).close_public_service(close).await.expect("closed");
    let (mut names, mut page_token) = (Vec::new(), String::new());
    loop {
        let request =
            pb::ListPublicServicesRequest { tenant_id: TEBING.into(), page_size: 2, page_token };
        let page =
            citizen(&world).list_public_services(request).await.expect("a page").into_inner();
        names.extend(page.services.into_iter().filter_map(|s| s.public_service).map(|s| s.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(names, ["A", "B", "C"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_standard_is_changed_under_its_etag(pool: PgPool) {
    let world = World::new(pool).await;
    let service = create(&world, permit("")).await;
    let request = pb::UpdatePublicServiceRequest {
        public_service_id: service.id.clone(),
        name: service.name.clone(),
        product: service.product.clone(),
        promise: Some(pb::update_public_service_request::Promise::PromisedMinutes(30)),
        fee: service.fee.clone(),
        etag: service.etag.clone(),
        request_id: request_id(),
        ..pb::UpdatePublicServiceRequest::default()
    };
    officer(&world).update_public_service(request.clone()).await.expect("changed");
    let stale = pb::UpdatePublicServiceRequest { request_id: request_id(), ..request };
    let refused = officer(&world).update_public_service(stale).await.expect_err("stale");
    assert_eq!(refusal(&refused), is(Code::Aborted, "ETAG_MISMATCH"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_name_is_of_one_service_and_a_promise_is_kept_in_bounds(pool: PgPool) {
    let world = World::new(pool).await;
    create(&world, permit("")).await;
    let taken = officer(&world).create_public_service(permit("")).await.expect_err("taken");
    assert_eq!(refusal(&taken), is(Code::AlreadyExists, "PUBLIC_SERVICE_NAME_TAKEN"));
    let endless = pb::CreatePublicServiceRequest {
        name: String::new(),
        promise: Some(Promise::PromisedWorkingDays(0)),
        ..permit("")
    };
    let refused = officer(&world).create_public_service(endless).await.expect_err("invalid");
    assert_eq!(faults(&refused), ["name", "promised_working_days"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_closed_service_gets_no_post_and_is_not_closed_again(pool: PgPool) {
    let world = World::new(pool).await;
    let member = head_of(&world, 1).await;
    let service = create(&world, permit("")).await;
    let close = |etag: &str| pb::ClosePublicServiceRequest {
        public_service_id: service.id.clone(),
        closes_on: "2026-04-01".into(),
        etag: etag.into(),
        request_id: request_id(),
    };
    let closed = officer(&world).close_public_service(close(&service.etag)).await.expect("closed");
    let etag = closed.into_inner().public_service.expect("service").etag;
    let again = officer(&world).close_public_service(close(&etag)).await.expect_err("closed");
    assert_eq!(refusal(&again), is(Code::FailedPrecondition, "PUBLIC_SERVICE_CLOSED"));
    let request = pb::AssignPublicServiceRequest {
        public_service_id: service.id.clone(),
        position_id: member.position.position_id,
        from_on: "2026-05-01".into(),
        etag,
        request_id: request_id(),
    };
    let refused = officer(&world).assign_public_service(request).await.expect_err("closed");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "PUBLIC_SERVICE_CLOSED"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_services_of_a_government_are_not_those_of_another(pool: PgPool) {
    let world = World::new(pool).await;
    let service = create(&world, permit("")).await;
    let unseen = citizen(&world).get_public_service(get(BATANG, &service.id, "")).await;
    let unseen = unseen.expect_err("unseen");
    assert_eq!(refusal(&unseen), is(Code::NotFound, "PUBLIC_SERVICE_NOT_FOUND"));
    let nowhere = citizen(&world).get_public_service(get("99.99", &service.id, "")).await;
    assert_eq!(refusal(&nowhere.expect_err("nowhere")), is(Code::NotFound, "TENANT_NOT_FOUND"));
    let list = pb::ListPublicServicesRequest { tenant_id: BATANG.into(), ..Default::default() };
    let list = citizen(&world).list_public_services(list).await.expect("a list");
    assert!(list.into_inner().services.is_empty());
}
