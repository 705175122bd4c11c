//! Who rates whom on a day, and why.

use kinerja_registry::MIGRATOR;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    is, pb, refusal,
    world::{Member, World, definitive, head, post, request_id},
};

/// A government with a department and a school in it: secretary, head of department, head of school, teacher.
struct Government {
    world: World,
    department: pb::Unit,
    school: pb::Unit,
    secretary: Member,
    director: Member,
    principal: Member,
    teacher: Member,
}

impl Government {
    async fn new(pool: PgPool) -> Self {
        let world = World::new(pool).await;
        let top = world.unit("Sekretariat Daerah", "").await;
        let department = world.unit("Dinas Pendidikan", &top.unit_id).await;
        let school = world.unit("SDN 3", &department.unit_id).await;
        Self {
            secretary: world.member(1, head(&top, pb::PositionKind::Jpt)).await,
            director: world.member(2, head(&department, pb::PositionKind::Jpt)).await,
            principal: world.member(3, head(&school, pb::PositionKind::Functional)).await,
            teacher: world.member(4, post(&school, pb::PositionKind::Functional)).await,
            world,
            department,
            school,
        }
    }

    async fn delegate(&self, until_on: &str) -> pb::Delegation {
        let request = pb::CreateDelegationRequest {
            delegate: Some(pb::create_delegation_request::Delegate::PositionId(
                self.principal.position.position_id.clone(),
            )),
            instrument_number: "800/12/2026".into(),
            instrument_on: "2026-01-02".into(),
            from_on: "2026-01-05".into(),
            until_on: until_on.into(),
            request_id: request_id(),
        };
        let made = self.world.delegations().create_delegation(request).await.expect("delegated");
        made.into_inner().delegation.expect("delegation")
    }

    async fn set_line(&self, employee: &Member, rater: &Member) {
        let request = pb::SetReportingLineRequest {
            employee_id: employee.employee_id.clone(),
            rater_employee_id: rater.employee_id.clone(),
            from_on: "2026-02-01".into(),
            etag: self.world.get(&employee.employee_id).await.etag,
            request_id: request_id(),
        };
        self.world.lines().set_reporting_line(request).await.expect("set");
    }

    async fn of_teacher(&self, on: &str) -> pb::RaterResolution {
        self.world.rater(&self.teacher.employee_id, on).await
    }
}

fn rater(resolution: &pb::RaterResolution) -> &str {
    &resolution.rater.as_ref().expect("a rater").employee_id
}

fn superior(resolution: &pb::RaterResolution) -> &str {
    resolution.rater_superior.as_ref().map_or("", |superior| &superior.employee_id)
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_functional_head_rates_by_delegation_alone_and_for_its_time(pool: PgPool) {
    let them = Government::new(pool).await;
    let before = them.of_teacher("").await;
    assert_eq!(rater(&before), them.director.employee_id);
    assert_eq!(superior(&before), them.secretary.employee_id);
    assert_eq!(before.basis(), pb::RaterBasis::HeadOfUnitAbove);
    assert_eq!(before.passed_over[0].cause(), pb::PassOverCause::NotEligible);
    assert_eq!(before.passed_over[0].employee_id, them.principal.employee_id);

    them.delegate("2027-01-01").await;
    let after = them.of_teacher("").await;
    assert_eq!(rater(&after), them.principal.employee_id);
    assert_eq!(superior(&after), them.director.employee_id);
    assert_eq!(
        (after.basis(), after.unit_id),
        (pb::RaterBasis::HeadOfUnit, them.school.unit_id.clone())
    );
    let instrument = after.rater.expect("rater").delegation.expect("an instrument");
    assert_eq!(
        (instrument.number.as_str(), instrument.dated_on.as_str()),
        ("800/12/2026", "2026-01-02")
    );
    for day in ["2026-01-04", "2027-01-01"] {
        assert_eq!(rater(&them.of_teacher(day).await), them.director.employee_id, "{day}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_reason_is_a_sentence_in_both_languages(pool: PgPool) {
    let them = Government::new(pool).await;
    let found = them.of_teacher("").await;
    assert_eq!(
        found.english,
        "Pegawai 2, S.E. (Kepala Dinas Pendidikan) rates as head of Dinas Pendidikan, a unit above; \
         Pegawai 3, S.E. may not rate without delegation."
    );
    assert!(
        found.indonesian.starts_with("Pegawai 2, S.E. (Kepala Dinas Pendidikan) menilai karena")
    );
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_head_is_rated_by_the_head_above_and_the_top_by_nobody(pool: PgPool) {
    let them = Government::new(pool).await;
    let director = them.world.rater(&them.director.employee_id, "").await;
    assert_eq!(rater(&director), them.secretary.employee_id);
    assert_eq!(superior(&director), "");
    let top = pb::ResolveRaterRequest {
        employee_id: them.secretary.employee_id.clone(),
        on: String::new(),
    };
    let refused = them.world.lines().resolve_rater(top).await.expect_err("nobody");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "NO_RATER"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn who_acts_for_the_head_rates_in_that_time(pool: PgPool) {
    let them = Government::new(pool).await;
    let stand_in = them.world.member(5, post(&them.department, pb::PositionKind::Pengawas)).await;
    let person = them.world.get(&stand_in.employee_id).await;
    let acting = pb::CreateAssignmentRequest {
        kind: pb::AssignmentKind::Plh.into(),
        from_on: "2026-02-01".into(),
        until_on: "2026-02-15".into(),
        ..definitive(&person, &them.director.position)
    };
    them.world.assign(acting).await;
    let during = them.of_teacher("2026-02-10").await;
    assert_eq!(rater(&during), stand_in.employee_id);
    assert_eq!(during.rater.expect("rater").capacity(), pb::AssignmentKind::Plh);
    // Nobody rates the head of the department but the secretary, and the stand-in neither.
    let director = them.world.rater(&them.director.employee_id, "2026-02-10").await;
    assert_eq!(rater(&director), them.secretary.employee_id);
    let own = them.world.rater(&stand_in.employee_id, "2026-02-10").await;
    assert_eq!(rater(&own), them.secretary.employee_id);
    assert_eq!(rater(&them.of_teacher("2026-02-15").await), them.director.employee_id);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn two_people_never_rate_each_other_when_a_head_goes(pool: PgPool) {
    let them = Government::new(pool).await;
    let section = them.world.unit("Bidang", &them.department.unit_id).await;
    let chief = them.world.member(11, head(&section, pb::PositionKind::Administrator)).await;
    let official = them.world.member(12, post(&section, pb::PositionKind::Pengawas)).await;
    them.set_line(&chief, &them.secretary).await;
    them.set_line(&them.director, &official).await;
    for (employee, above) in [(&official, &chief), (&them.director, &official)] {
        let found = them.world.rater(&employee.employee_id, "").await;
        assert_eq!(rater(&found), above.employee_id);
    }

    let end = pb::EndAssignmentRequest {
        assignment_id: chief.assignment.assignment_id,
        until_on: "2026-03-01".into(),
        etag: chief.assignment.etag,
        request_id: request_id(),
    };
    them.world.assignments().end_assignment(end).await.expect("a retirement waits for nobody");
    for employee in [&official, &them.director] {
        let found = them.world.rater(&employee.employee_id, "").await;
        assert_eq!(rater(&found), them.secretary.employee_id);
        let causes: Vec<_> = found.passed_over.iter().map(|passed| passed.cause()).collect();
        assert!(causes.contains(&pb::PassOverCause::Subordinate), "{causes:?}");
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_recused_rater_gives_way_to_the_next_superior_or_a_delegate(pool: PgPool) {
    let them = Government::new(pool).await;
    let recuse = pb::CreateRecusalRequest {
        employee_id: them.teacher.employee_id.clone(),
        rater_employee_id: them.director.employee_id.clone(),
        reason: "keluarga".into(),
        from_on: "2026-02-01".into(),
        until_on: "2026-03-01".into(),
        request_id: request_id(),
        ..Default::default()
    };
    let mut api = them.world.delegations();
    api.create_recusal(recuse.clone()).await.expect("recused");
    let during = them.of_teacher("2026-02-10").await;
    assert_eq!((rater(&during), superior(&during)), (them.secretary.employee_id.as_str(), ""));
    let again = pb::CreateRecusalRequest { request_id: request_id(), ..recuse.clone() };
    let refused = api.create_recusal(again).await.expect_err("twice");
    assert_eq!(refusal(&refused), is(Code::AlreadyExists, "RECUSAL_EXISTS"));

    let delegate = pb::CreateRecusalRequest {
        delegate_employee_id: them.principal.employee_id.clone(),
        instrument_number: "800/31/2026".into(),
        instrument_on: "2026-03-01".into(),
        from_on: "2026-03-01".into(),
        until_on: String::new(),
        request_id: request_id(),
        ..recuse
    };
    api.create_recusal(delegate).await.expect("delegated");
    let after = them.of_teacher("").await;
    assert_eq!(rater(&after), them.principal.employee_id);
    assert_eq!(after.basis(), pb::RaterBasis::RecusalDelegate);
    assert_eq!(superior(&after), them.director.employee_id);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn many_are_resolved_at_once_and_who_has_nobody_is_told(pool: PgPool) {
    let them = Government::new(pool).await;
    let idle = them.world.employee(9).await.employee_id;
    let stranger = request_id();
    let request = pb::ResolveRatersRequest {
        employee_ids: vec![
            them.teacher.employee_id.clone(),
            them.principal.employee_id.clone(),
            them.secretary.employee_id.clone(),
            idle.clone(),
            stranger.clone(),
        ],
        on: String::new(),
    };
    let found = them.world.lines().resolve_raters(request).await.expect("many").into_inner();
    assert_eq!(found.resolutions[0], them.of_teacher("").await);
    assert_eq!(rater(&found.resolutions[1]), them.director.employee_id);
    let unresolved: Vec<_> =
        found.unresolved.into_iter().map(|one| (one.employee_id, one.reason)).collect();
    assert_eq!(
        unresolved,
        [
            (them.secretary.employee_id.clone(), "NO_RATER".to_owned()),
            (idle, "NO_POSITION".to_owned()),
            (stranger, "EMPLOYEE_NOT_FOUND".to_owned()),
        ]
    );
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_policy_may_forbid_delegation(pool: PgPool) {
    let them = Government::new(pool).await;
    them.delegate("2027-01-01").await;
    let mut api = them.world.tenants();
    let tenant = api.get_tenant(pb::GetTenantRequest::default()).await.expect("tenant");
    let policy = api.get_tenant_policy(pb::GetTenantPolicyRequest::default()).await;
    let policy = policy.expect("a policy").into_inner().policy.expect("policy");
    let strict = pb::SetTenantPolicyRequest {
        policy: Some(pb::TenantPolicy {
            from_on: "2026-06-01".into(),
            delegation_allowed: false,
            ..policy
        }),
        etag: tenant.into_inner().tenant.expect("tenant").etag,
        request_id: request_id(),
    };
    api.set_tenant_policy(strict).await.expect("set");
    let (may, june) = (them.of_teacher("2026-05-31").await, them.of_teacher("2026-06-01").await);
    assert_eq!((rater(&may), may.policy_version), (them.principal.employee_id.as_str(), 1));
    assert_eq!((rater(&june), june.policy_version), (them.director.employee_id.as_str(), 2));
    let late = pb::CreateDelegationRequest {
        delegate: Some(pb::create_delegation_request::Delegate::EmployeeId(
            them.principal.employee_id.clone(),
        )),
        instrument_number: "800/99/2026".into(),
        instrument_on: "2026-06-01".into(),
        from_on: "2026-07-01".into(),
        until_on: "2026-08-01".into(),
        request_id: request_id(),
    };
    let refused = them.world.delegations().create_delegation(late).await.expect_err("forbidden");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "DELEGATION_NOT_ALLOWED"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_delegation_that_ends_early_lets_nobody_rate_any_more(pool: PgPool) {
    let them = Government::new(pool).await;
    let delegation = them.delegate("2027-01-01").await;
    let end = pb::EndDelegationRequest {
        delegation_id: delegation.delegation_id,
        until_on: "2026-03-01".into(),
        etag: delegation.etag,
        request_id: request_id(),
    };
    them.world.delegations().end_delegation(end).await.expect("ended");
    assert_eq!(rater(&them.of_teacher("2026-02-28").await), them.principal.employee_id);
    assert_eq!(rater(&them.of_teacher("").await), them.director.employee_id);
}
