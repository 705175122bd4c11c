//! Search by name and number.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use kinerja_kit::{
    auth::{Identity, Role},
    client::Channel,
};
use kinerja_registry::MIGRATOR;
use pb::{SearchScope as Scope, search_service_client::SearchServiceClient};
use sqlx::PgPool;
use tonic::Code;

use crate::{
    is, pb, refusal,
    world::{BATANG, TEBING, World, create_employee, id, number},
};

const NAMES: [&str; 5] =
    ["Ahmad Rizki Nasution", "Ahmad Yani", "José Ma'ruf", "Nasution Ahmadi", "Ahmadyani"];

async fn named(pool: PgPool) -> World {
    let world = World::new(pool).await;
    for (nth, name) in (0_u16..).zip(NAMES) {
        let mut request = create_employee(nth);
        if let Some(person) = &mut request.name {
            person.name = name.into();
        }
        world.employees().create_employee(request).await.expect("an employee");
    }
    world
}

fn find(query: &str, scope: Scope) -> pb::SearchEmployeesRequest {
    pb::SearchEmployeesRequest {
        query: query.into(),
        scope: scope.into(),
        ..pb::SearchEmployeesRequest::default()
    }
}

async fn names(channel: Channel, request: pb::SearchEmployeesRequest) -> Vec<String> {
    let found = SearchServiceClient::new(channel).search_employees(request).await.expect("found");
    let employees = found.into_inner().employees.into_iter();
    employees.map(|found| found.name.trim_end_matches(", S.E.").to_owned()).collect()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn names_are_found_by_their_beginning_in_order(pool: PgPool) {
    let world = named(pool).await;
    let found = names(world.officer_of(TEBING), find("AHMAD", Scope::Name)).await;
    assert_eq!(found, ["Ahmad Rizki Nasution", "Ahmad Yani", "Ahmadyani"]);
    let found = names(world.officer_of(TEBING), find("ahmad y", Scope::Unspecified)).await;
    assert_eq!(found, ["Ahmad Yani"]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn accents_and_apostrophes_do_not_matter(pool: PgPool) {
    let world = named(pool).await;
    assert_eq!(
        names(world.officer_of(TEBING), find("jose maruf", Scope::Name)).await,
        ["José Ma'ruf"]
    );
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn any_word_of_a_name_is_found(pool: PgPool) {
    let world = named(pool).await;
    let found = names(world.officer_of(TEBING), find("nasution", Scope::Words)).await;
    assert_eq!(found, ["Ahmad Rizki Nasution", "Nasution Ahmadi"]);
    assert_eq!(
        names(world.officer_of(TEBING), find("nasution", Scope::Name)).await,
        ["Nasution Ahmadi"]
    );
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn pages_of_a_search_join_up(pool: PgPool) {
    let world = named(pool).await;
    let mut request = pb::SearchEmployeesRequest { page_size: 1, ..find("ahm", Scope::Words) };
    let mut seen = Vec::new();
    loop {
        let mut client = SearchServiceClient::new(world.officer_of(TEBING));
        let page = client.search_employees(request.clone()).await.expect("a page").into_inner();
        seen.extend(page.employees.into_iter().map(|found| found.name));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn numbers_are_found_by_their_first_digits_by_those_who_may(pool: PgPool) {
    let world = named(pool).await;
    let query = find(&number(2)[..18], Scope::Unspecified);
    assert_eq!(names(world.officer_of(TEBING), query.clone()).await, ["José Ma'ruf"]);
    let all = names(world.officer_of(TEBING), find("19860926", Scope::Number)).await;
    assert_eq!(all.len(), NAMES.len());
    let employee = world.person("0193b1f0-0000-7000-8000-000000000001");
    let refused =
        SearchServiceClient::new(employee).search_employees(query).await.expect_err("refused");
    assert_eq!(refusal(&refused), is(Code::PermissionDenied, "PERMISSION_DENIED"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_number_is_masked_whoever_searches(pool: PgPool) {
    let world = named(pool).await;
    let team = Identity::officer(&id(TEBING), Role::PerformanceTeam);
    for channel in [world.officer_of(TEBING), world.served.channel(&team)] {
        let request = find("ahmad yani", Scope::Name);
        let found =
            SearchServiceClient::new(channel).search_employees(request).await.expect("found");
        assert_eq!(found.into_inner().employees[0].identity_number, "***************002");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_page_token_holds_no_number(pool: PgPool) {
    let world = named(pool).await;
    let mut request =
        pb::SearchEmployeesRequest { page_size: 2, ..find("19860926", Scope::Number) };
    let mut seen = Vec::new();
    loop {
        let mut client = SearchServiceClient::new(world.officer_of(TEBING));
        let page = client.search_employees(request.clone()).await.expect("a page").into_inner();
        seen.extend(page.employees.into_iter().map(|found| found.identity_number));
        let token = BASE64_URL_SAFE_NO_PAD.decode(&page.next_page_token).expect("base64");
        assert!(!String::from_utf8_lossy(&token).contains("19860926"));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    let all: Vec<_> = (1..=5).map(|nth| format!("***************00{nth}")).collect();
    assert_eq!(seen, all);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn another_government_finds_nobody(pool: PgPool) {
    let world = named(pool).await;
    for scope in [Scope::Name, Scope::Words] {
        assert!(names(world.officer_of(BATANG), find("ahmad", scope)).await.is_empty());
    }
    assert!(names(world.officer_of(BATANG), find("1986", Scope::Number)).await.is_empty());
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_search_needs_two_letters(pool: PgPool) {
    let world = named(pool).await;
    for query in ["", "a", ".-", "  a  "] {
        let mut client = SearchServiceClient::new(world.officer_of(TEBING));
        let refused = client.search_employees(find(query, Scope::Name)).await.expect_err("refused");
        assert_eq!(refusal(&refused), is(Code::InvalidArgument, "INVALID_FIELDS"), "{query:?}");
    }
}
