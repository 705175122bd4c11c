//! Page tokens belong to the request that they were made for.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::{Timestamp, civil::Date};
use kinerja_kit::{
    auth::{Caller, Role, Roles, Scope as CallerScope},
    fields::Fields,
    paging::{Page, PageRequest, Scope},
};
use kinerja_proto::common::v1::{GetClockRequest, SetClockRequest};
use prost::Message;
use serde::{Serialize, de::DeserializeOwned};
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

/// A document on the wire.
#[derive(Clone, PartialEq, Message)]
struct Letter {
    #[prost(string, tag = "1")]
    text: String,
}

impl From<(u32, usize)> for Letter {
    fn from((_, length): (u32, usize)) -> Self {
        Self { text: "a".repeat(length) }
    }
}

/// Reads letters of these lengths page by page; gives how many each page held.
fn letters(lengths: &[usize]) -> Vec<usize> {
    let (mut token, mut pages) = (String::new(), Vec::new());
    loop {
        let request = ask(&token, scope("12.76", 1)).expect("page");
        let after = request.after.unwrap_or(0);
        let rest = (1_u32..).zip(lengths.iter().copied()).filter(|(number, _)| *number > after);
        let fetched = rest.take(usize::try_from(request.limit).expect("small")).collect();
        let page = request.page_of::<Letter, _>(fetched, |(number, _)| *number);
        pages.push(page.items.len());
        token = page.next_token;
        if token.is_empty() {
            return pages;
        }
    }
}

#[test]
fn a_page_of_documents_ends_before_its_size_passes_what_a_client_takes() {
    const MIB: usize = 1 << 20;
    assert_eq!(letters(&[MIB, MIB, MIB]), [2, 1]);
    assert_eq!(letters(&[2 * MIB, 2 * MIB, 10]), [1, 2]);
    // One that is larger than a page comes alone, and the list goes on.
    assert_eq!(letters(&[10, 5 * MIB, 10, 10]), [1, 1, 2]);
    assert_eq!(letters(&[]), [0]);
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

/// What a token holds, for whoever looks.
#[derive(Clone, PartialEq, Message)]
struct Opened {
    #[prost(bytes = "vec", tag = "1")]
    after: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    scope: Vec<u8>,
}

/// Asks for the page after a key, which is put in place of that of a token that was given out.
fn ask_after<K: Serialize + DeserializeOwned>(key: &str) -> Result<K, tonic::Status> {
    let token = numbers(&ask("", scope("12.76", 1)).expect("page")).next_token;
    let token = BASE64_URL_SAFE_NO_PAD.decode(token).expect("base64");
    let mut forged = Opened::decode(token.as_slice()).expect("a token");
    forged.after = key.into();
    let forged = BASE64_URL_SAFE_NO_PAD.encode(forged.encode_to_vec());
    let mut fields = Fields::default();
    let page: PageRequest<K> = fields.page(2, &forged, scope("12.76", 1));
    fields.finish().map(|()| page.after.expect("a key"))
}

#[test]
fn a_forged_token_names_nothing_that_a_database_cannot_hold() {
    assert_eq!(ask_after::<String>("\"Siti\"").expect("a name"), "Siti");
    assert!(ask_after::<(Date, u8)>("[\"2026-01-31\",7]").is_ok());
    let faults = [
        ask_after::<String>("\"Si\\u0000ti\"").err(),
        ask_after::<(String, u8)>("[\"Si\\u0000ti\",7]").err(),
        ask_after::<Date>("\"-009999-01-01\"").err(),
        ask_after::<(Timestamp, u8)>("[\"-009999-01-02T00:00:00Z\",7]").err(),
    ];
    for status in faults {
        let status = status.expect("refused");
        let fault = status.get_details_bad_request().expect("bad request").field_violations;
        assert_eq!(fault[0].field, "page_token");
    }
}

#[test]
fn a_page_has_a_size_that_can_be_served() {
    let size = |asked| {
        let mut fields = Fields::default();
        let page: PageRequest<u32> = fields.page(asked, "", scope("12.76", 1));
        fields.finish().map(|()| page.limit - 1)
    };
    assert_eq!([size(0), size(7), size(i32::MAX)].map(Result::unwrap_or_default), [50, 7, 500]);
    let status = size(i32::MIN).expect_err("negative");
    let fault = status.get_details_bad_request().expect("bad request").field_violations;
    assert_eq!(fault[0].field, "page_size");
}
