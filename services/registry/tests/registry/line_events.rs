//! Of whom it is told that somebody else may rate them.

use kinerja_proto::events::v1 as public;
use kinerja_registry::MIGRATOR;
use sqlx::PgPool;

use crate::{
    events::{facts, until_told},
    pb,
    world::{Member, World, at, definitive, head, post, request_id},
};

/// A department with a school below it: a member of each, and the posts of their heads.
struct Office {
    world: World,
    school: pb::Unit,
    clerk: Member,
    teacher: Member,
    /// In a unit of their own.
    stranger: Member,
    director: pb::Position,
}

impl Office {
    async fn new(pool: PgPool) -> Self {
        let world = World::new(pool).await;
        let department = world.unit("Dinas", "").await;
        let school = world.unit("SDN 3", &department.unit_id).await;
        let elsewhere = world.unit("Badan", "").await;
        Self {
            clerk: world.member(1, post(&department, pb::PositionKind::Pelaksana)).await,
            teacher: world.member(2, post(&school, pb::PositionKind::Functional)).await,
            stranger: world.member(3, post(&elsewhere, pb::PositionKind::Pelaksana)).await,
            director: world.position(head(&department, pb::PositionKind::Jpt)).await,
            world,
            school,
        }
    }

    /// The days of the lines that clerk, teacher and stranger were told of, their own placement apart.
    async fn told(&self) -> [Vec<String>; 3] {
        let mut told = [vec![], vec![], vec![]];
        for (told, who) in told.iter_mut().zip([&self.clerk, &self.teacher, &self.stranger]) {
            let pool = &self.world.pool;
            let lines = facts::<public::ReportingLineChanged>(pool, &who.employee_id).await;
            told.extend(lines.into_iter().skip(1).map(|(_, line)| line.from_on));
        }
        told
    }

    async fn appoint(&self, from_on: &str) -> pb::Assignment {
        let person = self.world.employee(50).await;
        let from_on = from_on.into();
        let new = pb::CreateAssignmentRequest { from_on, ..definitive(&person, &self.director) };
        self.world.assign(new).await
    }

    /// Settings that are as those before, but for what `change` does.
    async fn set_policy(&self, from_on: &str, change: fn(&mut pb::TenantPolicy)) {
        let mut api = self.world.tenants();
        let tenant = api.get_tenant(pb::GetTenantRequest::default()).await.expect("tenant");
        let policy = api.list_tenant_policies(pb::ListTenantPoliciesRequest::default()).await;
        let newest = policy.expect("policies").into_inner().policies.swap_remove(0);
        let mut policy = pb::TenantPolicy { from_on: from_on.into(), ..newest };
        change(&mut policy);
        let set = pb::SetTenantPolicyRequest {
            policy: Some(policy),
            etag: tenant.into_inner().tenant.expect("tenant").etag,
            request_id: request_id(),
        };
        api.set_tenant_policy(set).await.expect("set");
    }
}

fn days(days: &[&str]) -> Vec<String> {
    days.iter().map(|day| (*day).to_owned()).collect()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_head_who_comes_or_goes_is_told_of_everybody_below(pool: PgPool) {
    let them = Office::new(pool).await;
    let before = them.world.get(&them.clerk.employee_id).await.etag;
    let appointed = them.appoint("2026-02-01").await;
    let once = days(&["2026-02-01"]);
    assert_eq!(them.told().await, [once.clone(), once, vec![]]);
    let end = pb::EndAssignmentRequest {
        assignment_id: appointed.assignment_id,
        until_on: "2026-03-01".into(),
        etag: appointed.etag,
        request_id: request_id(),
    };
    them.world.assignments().end_assignment(end).await.expect("ended");
    let twice = days(&["2026-02-01", "2026-03-01"]);
    assert_eq!(them.told().await, [twice.clone(), twice, vec![]]);
    assert_eq!(them.world.get(&them.clerk.employee_id).await.etag, before, "records are as before");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_head_who_comes_later_is_told_again_on_the_day(pool: PgPool) {
    let them = Office::new(pool).await;
    them.appoint("2026-04-01").await;
    assert_eq!(them.told().await[0], days(&["2026-04-01"]));
    them.world.clock.set(at("2026-03-31T17:00:00Z"));
    let _replica = them.world.replica().await;
    let pool = &them.world.pool;
    until_told::<public::ReportingLineChanged>(pool, &them.clerk.employee_id, 3).await;
    let twice = days(&["2026-04-01", "2026-04-01"]);
    assert_eq!(them.told().await, [twice.clone(), twice, vec![]]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_delegation_that_is_given_or_ends_is_told_of_those_below(pool: PgPool) {
    let them = Office::new(pool).await;
    let principal = them.world.member(20, head(&them.school, pb::PositionKind::Functional)).await;
    let before = them.told().await[1].len();
    let request = pb::CreateDelegationRequest {
        delegate: Some(pb::create_delegation_request::Delegate::PositionId(
            principal.position.position_id,
        )),
        instrument_number: "800/12/2026".into(),
        instrument_on: "2026-01-02".into(),
        from_on: "2026-01-05".into(),
        until_on: "2027-01-01".into(),
        request_id: request_id(),
    };
    let mut api = them.world.delegations();
    let given = api.create_delegation(request).await.expect("delegated").into_inner();
    let given = given.delegation.expect("delegation");
    let end = pb::EndDelegationRequest {
        delegation_id: given.delegation_id,
        until_on: "2026-03-01".into(),
        etag: given.etag,
        request_id: request_id(),
    };
    api.end_delegation(end).await.expect("ended");
    let [clerk, teacher, stranger] = them.told().await;
    assert_eq!(teacher[before..], days(&["2026-01-05", "2026-03-01"]));
    assert_eq!((clerk, stranger), (vec![], vec![]));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_unit_that_moves_is_told_of_the_people_in_it(pool: PgPool) {
    let them = Office::new(pool).await;
    let mv = pb::MoveUnitRequest {
        unit_id: them.school.unit_id.clone(),
        parent_unit_id: String::new(),
        from_on: "2026-02-01".into(),
        etag: them.school.etag.clone(),
        request_id: request_id(),
    };
    them.world.units().move_unit(mv).await.expect("moved");
    assert_eq!(them.told().await, [vec![], days(&["2026-02-01"]), vec![]]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn settings_that_let_others_rate_are_told_of_everybody(pool: PgPool) {
    let them = Office::new(pool).await;
    them.set_policy("2026-02-01", |policy| policy.delegation_allowed = false).await;
    let once = || days(&["2026-02-01"]);
    assert_eq!(them.told().await, [once(), once(), once()]);
    them.set_policy("2026-02-15", |policy| {
        policy.lowest_rater_kind = pb::PolicyRaterKind::Administrator.into();
    })
    .await;
    let twice = || days(&["2026-02-01", "2026-02-15"]);
    assert_eq!(them.told().await, [twice(), twice(), twice()]);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn settings_that_let_others_rate_later_are_told_again_on_the_day(pool: PgPool) {
    let them = Office::new(pool).await;
    them.set_policy("2026-04-01", |policy| policy.delegation_allowed = false).await;
    let once = || days(&["2026-04-01"]);
    assert_eq!(them.told().await, [once(), once(), once()]);
    // In a unit that was not there when the settings were made.
    let late = them.world.unit("Kecamatan", "").await;
    let late = them.world.member(4, post(&late, pb::PositionKind::Pelaksana)).await;
    them.world.clock.set(at("2026-03-31T17:00:00Z"));
    let _replica = them.world.replica().await;
    let pool = &them.world.pool;
    until_told::<public::ReportingLineChanged>(pool, &them.stranger.employee_id, 3).await;
    let twice = || days(&["2026-04-01", "2026-04-01"]);
    assert_eq!(them.told().await, [twice(), twice(), twice()]);
    let told = facts::<public::ReportingLineChanged>(pool, &late.employee_id).await;
    assert_eq!(told.last().map(|(_, line)| line.from_on.as_str()), Some("2026-04-01"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn settings_that_let_others_rate_are_told_of_who_has_a_line_and_no_post(pool: PgPool) {
    let them = Office::new(pool).await;
    let director = them.appoint("2026-02-01").await;
    let idle = them.world.employee(9).await;
    let line = pb::SetReportingLineRequest {
        employee_id: idle.employee_id.clone(),
        rater_employee_id: director.employee_id,
        from_on: "2026-02-01".into(),
        etag: idle.etag,
        request_id: request_id(),
    };
    them.world.lines().set_reporting_line(line).await.expect("set");
    them.set_policy("2026-02-15", |policy| policy.delegation_allowed = false).await;
    let told = facts::<public::ReportingLineChanged>(&them.world.pool, &idle.employee_id).await;
    let told: Vec<_> = told.into_iter().map(|(_, line)| line.from_on).collect();
    assert_eq!(told, days(&["2026-02-01", "2026-02-15"]));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn settings_that_let_the_same_people_rate_are_told_of_nobody(pool: PgPool) {
    let them = Office::new(pool).await;
    them.set_policy("2026-02-01", |policy| policy.working_week = 6).await;
    assert_eq!(them.told().await, [const { Vec::<String>::new() }; 3]);
}
