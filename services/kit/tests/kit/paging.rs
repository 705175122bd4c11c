//! Page tokens belong to the request that they were made for.

use kinerja_kit::{
    auth::{Caller, Role, Roles, Scope as CallerScope},
    fields::Fields,
    paging::{Page, PageRequest, Scope},
};
use kinerja_proto::common::v1::{GetClockRequest, SetClockRequest};
use tonic_types::StatusExt as _;

fn caller(tenant: &str) -> Caller {
    Caller {
        subject: "ana".into(),
        scope: CallerScope::Tenant(tenant.parse().expect("code")),
        employee_id: None,
        roles: Roles::of(&[Role::HrOfficer]),
    }
}

fn scope(tenant: &str, seconds: i64) -> Scope {
    let now = Some(prost_types::Timestamp { seconds, nanos: 0 });
    Scope::of("List", &caller(tenant), &SetClockRequest { now })
}

fn ask(token: &str, scope: Scope) -> Result<PageRequest<u32>, tonic::Status> {
    let mut fields = Fields::default();
    let page = fields.page(2, token, scope);
    fields.finish().map(|()| page)
}

fn numbers(page: &PageRequest<u32>) -> Page<u32> {
    let start = page.after.unwrap_or(0) + 1;
    let limit = u32::try_from(page.limit).expect("small");
    page.page((start..=5).take(limit as usize).collect(), |last| *last)
}

#[test]
fn pages_follow_one_another_to_the_last() {
    let (mut token, mut seen) = (String::new(), Vec::new());
    loop {
        let page = numbers(&ask(&token, scope("12.76", 1)).expect("page"));
        seen.extend(page.items);
        token = page.next_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, [1, 2, 3, 4, 5]);
}

#[test]
fn a_token_is_refused_for_any_other_request() {
    let token = numbers(&ask("", scope("12.76", 1)).expect("page")).next_token;
    let other_method = Scope::of("Other", &caller("12.76"), &GetClockRequest {});
    for other in [scope("12.76", 2), scope("15.04", 1), other_method] {
        let status = ask(&token, other).expect_err("refused");
        let fault = status.get_details_bad_request().expect("bad request").field_violations;
        assert_eq!(fault[0].field, "page_token");
    }
}

#[test]
fn an_invented_token_is_refused() {
    for token in ["x", "AAAA", "%%%"] {
        assert!(ask(token, scope("12.76", 1)).is_err(), "{token}");
    }
}
