use std::net::SocketAddr;

use http::{
    Request,
    request::{Builder, Parts},
};
use kinerja_kit::auth::{
    Caller, DevelopmentIssuer, Gate, Identity, Mode, Policy, PublicRate, Role, Rule, Scope,
    TENANT_METADATA, Verifier, Who,
};
use tonic::{Code, Status, transport::server::TcpConnectInfo};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::tenancy::tenant;

const HR: &str = "/kinerja.test.v1.PeopleService/ChangePerson";
const EMPLOYEES: &str = "/kinerja.test.v1.PeopleService/GetPerson";
const PUBLIC: &str = "/kinerja.test.v1.SurveyService/Answer";
const FEED: &str = "/kinerja.events.v1.EventFeedService/Watch";

const POLICY: Policy = Policy::new(&[
    Rule { rpc: HR, who: Who::Roles(&[Role::HrOfficer]) },
    Rule { rpc: EMPLOYEES, who: Who::Roles(&[Role::Employee, Role::HrOfficer, Role::Service]) },
    Rule { rpc: PUBLIC, who: Who::Anyone },
]);
const RATE: PublicRate = PublicRate { per_second: 0.0, burst: 3.0, proxies: Vec::new() };

struct Door {
    issuer: DevelopmentIssuer,
    gate: Gate,
}

impl Door {
    fn new() -> Self {
        let issuer = DevelopmentIssuer::new(Mode::Development).expect("an issuer");
        let gate = Gate::new(Verifier::development(&issuer), &[POLICY], RATE);
        Self { issuer, gate }
    }

    async fn try_call(&self, call: Builder) -> Result<Parts, Status> {
        let (parts, ()) = call.body(()).expect("a request").into_parts();
        self.gate.admit(parts).await
    }

    fn call_as(&self, rpc: &str, identity: &Identity) -> Builder {
        call(rpc).header("authorization", format!("Bearer {}", self.issuer.token(identity)))
    }

    async fn caller(&self, call: Builder) -> Caller {
        let parts = self.try_call(call).await.expect("admitted");
        parts.extensions.get::<Caller>().expect("a caller").clone()
    }

    async fn refusal(&self, call: Builder) -> (Code, String) {
        let status = self.try_call(call).await.expect_err("a refusal");
        let info = status.get_details_error_info().expect("error info");
        assert_eq!(info.domain, "kinerja");
        (status.code(), info.reason)
    }
}

fn call(rpc: &str) -> Builder {
    Request::post(format!("http://localhost{rpc}"))
}

fn unauthenticated() -> (Code, String) {
    (Code::Unauthenticated, "UNAUTHENTICATED".into())
}

fn denied() -> (Code, String) {
    (Code::PermissionDenied, "PERMISSION_DENIED".into())
}

fn officer() -> Identity {
    Identity::officer(&tenant("12.76"), Role::HrOfficer)
}

fn employee() -> Identity {
    Identity::employee(&tenant("12.76"), Uuid::from_u128(7))
}

#[tokio::test]
async fn a_call_with_the_right_role_has_its_caller() {
    let door = Door::new();
    for _ in 0..2 {
        let caller = door.caller(door.call_as(EMPLOYEES, &employee())).await;
        assert!(caller.is(Uuid::from_u128(7)));
    }
    assert!(door.caller(door.call_as(HR, &officer())).await.has(Role::HrOfficer));
}

#[tokio::test]
async fn a_stranger_is_unauthenticated() {
    let door = Door::new();
    let token = door.issuer.token(&officer());
    assert_eq!(door.refusal(call(HR)).await, unauthenticated());
    for value in ["", "Bearer", "Bearer ", "Basic YTpi", &token, &format!("Bearer {token}x")] {
        let call = call(HR).header("authorization", value);
        assert_eq!(door.refusal(call).await, unauthenticated(), "{value:.20}");
    }
    let twice = door.call_as(HR, &officer()).header("authorization", format!("Bearer {token}"));
    assert_eq!(door.refusal(twice).await, unauthenticated(), "which of the two?");
}

#[tokio::test]
async fn the_wrong_role_is_denied() {
    let door = Door::new();
    assert_eq!(door.refusal(door.call_as(HR, &employee())).await, denied());
    assert_eq!(door.refusal(door.call_as(EMPLOYEES, &Identity::operator())).await, denied());
}

#[tokio::test]
async fn an_rpc_without_line_is_reached_by_nobody() {
    let door = Door::new();
    let unknown = "/kinerja.test.v1.PeopleService/DeletePerson";
    for identity in [officer(), employee(), Identity::operator(), Identity::service("planning")] {
        assert_eq!(door.refusal(door.call_as(unknown, &identity)).await, denied());
    }
    assert_eq!(door.refusal(call(unknown)).await, unauthenticated());
}

#[tokio::test]
async fn the_feed_is_for_services() {
    let door = Door::new();
    door.caller(door.call_as(FEED, &Identity::service("planning"))).await;
    assert_eq!(door.refusal(door.call_as(FEED, &officer())).await, denied());
}

#[tokio::test]
async fn only_a_service_names_the_tenant_it_acts_for() {
    let door = Door::new();
    let naming = |identity| door.call_as(EMPLOYEES, &identity).header(TENANT_METADATA, "15.04");
    let service = door.caller(naming(Identity::service("planning"))).await;
    assert_eq!(service.scope, Scope::System(Some(tenant("15.04"))));
    assert_eq!(door.caller(naming(employee())).await.scope, Scope::Tenant(tenant("12.76")));

    let service = door.call_as(EMPLOYEES, &Identity::service("planning"));
    assert_eq!(door.caller(service).await.scope, Scope::System(None));
    let wrong = door.call_as(EMPLOYEES, &Identity::service("planning"));
    let wrong = wrong.header(TENANT_METADATA, "Medan");
    assert_eq!(door.refusal(wrong).await, (Code::InvalidArgument, "INVALID_FIELDS".into()));
}

fn from(peer: &str) -> Builder {
    let remote_addr = Some(SocketAddr::new(peer.parse().expect("an address"), 4_711));
    call(PUBLIC).extension(TcpConnectInfo { local_addr: None, remote_addr })
}

#[tokio::test]
async fn the_public_calls_without_token_so_often_and_no_oftener() {
    let door = Door::new();
    for _ in 0..3 {
        let parts = door.try_call(from("10.0.0.1")).await.expect("admitted");
        assert!(parts.extensions.get::<Caller>().is_none());
    }
    let status = door.try_call(from("10.0.0.1")).await.expect_err("once too often");
    assert_eq!(status.code(), Code::ResourceExhausted);
    let details = status.get_error_details();
    assert_eq!(details.error_info().expect("a reason").reason, "OVERLOADED");
    assert!(details.retry_info().is_some());
    door.try_call(from("10.0.0.2")).await.expect("another address");
}

#[tokio::test]
async fn calls_with_a_token_are_not_limited_by_address() {
    let door = Door::new();
    for _ in 0..10 {
        door.caller(door.call_as(HR, &officer())).await;
    }
}

#[tokio::test]
async fn behind_a_proxy_of_ours_each_citizen_has_a_bucket() {
    let issuer = DevelopmentIssuer::new(Mode::Development).expect("an issuer");
    let proxies = vec!["10.0.0.0/8".parse().expect("a network")];
    let rate = PublicRate { proxies, ..RATE };
    let gate = Gate::new(Verifier::development(&issuer), &[POLICY], rate);
    let door = Door { issuer, gate };
    let through = |citizen: &str| from("10.0.0.1").header("x-forwarded-for", citizen);
    for _ in 0..3 {
        door.try_call(through("203.0.113.9")).await.expect("admitted");
    }
    door.try_call(through("203.0.113.9")).await.expect_err("once too often");
    door.try_call(through("203.0.113.10")).await.expect("another citizen");
}
