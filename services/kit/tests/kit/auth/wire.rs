use std::sync::Arc;

use kinerja_kit::{
    auth::{
        DevelopmentIssuer, Gate, Identity, Mode, Policy, PublicRate, Role, Rule, TokenSource,
        Verifier, Who,
    },
    client::{self, Channel, Options},
    server::Guard,
};
use tonic::{Code, Status};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt as _;

use crate::stage::{Plan, Theatre};

const CHECK: &str = "/grpc.health.v1.Health/Check";

fn guard(issuer: &DevelopmentIssuer, policy: Policy) -> Guard {
    let rate = PublicRate { per_second: 0.0, burst: 2.0, proxies: Vec::new() };
    let gate = Gate::new(Verifier::development(issuer), &[policy], rate);
    Arc::new(move |head| {
        let gate = gate.clone();
        Box::pin(async move { gate.admit(head).await })
    })
}

async fn open(issuer: &DevelopmentIssuer, who: Who) -> Theatre {
    const FOR_OPERATORS: Policy =
        Policy::new(&[Rule { rpc: CHECK, who: Who::Roles(&[Role::Operator]) }]);
    const FOR_ALL: Policy = Policy::new(&[Rule { rpc: CHECK, who: Who::Anyone }]);
    let policy = if matches!(who, Who::Anyone) { FOR_ALL } else { FOR_OPERATORS };
    Theatre::open(Plan { guard: guard(issuer, policy), ..Plan::default() }).await
}

fn issuer() -> DevelopmentIssuer {
    DevelopmentIssuer::new(Mode::Development).expect("an issuer")
}

fn channel(theatre: &Theatre, token: Option<TokenSource>) -> Channel {
    client::connect(&theatre.url(), Options { token, ..Options::default() }).expect("an address")
}

async fn check(channel: &Channel) -> Result<(), Status> {
    let order = client::system(HealthCheckRequest { service: "answer".into() });
    HealthClient::new(channel.clone()).check(order).await.map(|_| ())
}

fn reason(status: &Status) -> (Code, String) {
    (status.code(), status.get_details_error_info().expect("error info").reason)
}

#[tokio::test]
async fn over_the_wire_only_the_right_caller_reaches_the_handler() {
    let (issuer, other) = (issuer(), issuer());
    let theatre = open(&issuer, Who::Roles(&[Role::Operator])).await;
    let showing = |issuer: &DevelopmentIssuer, identity| {
        channel(&theatre, Some(TokenSource::development(issuer.clone(), identity)))
    };
    let stranger = check(&channel(&theatre, None)).await.expect_err("no token");
    assert_eq!(reason(&stranger), (Code::Unauthenticated, "UNAUTHENTICATED".into()));
    let forged = check(&showing(&other, Identity::operator())).await.expect_err("another's token");
    assert_eq!(reason(&forged), (Code::Unauthenticated, "UNAUTHENTICATED".into()));
    let service = check(&showing(&issuer, Identity::service("x"))).await.expect_err("another role");
    assert_eq!(reason(&service), (Code::PermissionDenied, "PERMISSION_DENIED".into()));
    assert_eq!(theatre.stage.begun(), 0);

    check(&showing(&issuer, Identity::operator())).await.expect("an answer");
    assert_eq!(theatre.stage.begun(), 1);
}

#[tokio::test]
async fn over_the_wire_the_public_is_limited_by_address() {
    let theatre = open(&issuer(), Who::Anyone).await;
    for _ in 0..2 {
        check(&channel(&theatre, None)).await.expect("an answer");
    }
    let refused = check(&channel(&theatre, None)).await.expect_err("from the same address");
    assert_eq!(reason(&refused), (Code::ResourceExhausted, "OVERLOADED".into()));
    assert!(refused.get_details_retry_info().is_some());
    assert_eq!(theatre.stage.begun(), 2);
}
