use kinerja_kit::auth::{FEED_POLICY, Incomplete, Policy, PolicyError, Role, Rule, Who};
use kinerja_proto::FILE_DESCRIPTOR_SET;

const PACKAGE: &str = "kinerja.common.v1";
const GET: Rule =
    Rule { rpc: "/kinerja.common.v1.ClockService/GetClock", who: Who::Roles(&[Role::Operator]) };
const SET: Rule = Rule { rpc: "/kinerja.common.v1.ClockService/SetClock", who: Who::Anyone };
const STRAY: Rule = Rule { rpc: "/kinerja.common.v1.ClockService/Stop", who: Who::Anyone };

fn faults(policy: Policy) -> Incomplete {
    match policy.check_complete(FILE_DESCRIPTOR_SET, PACKAGE) {
        Err(PolicyError::Incomplete(faults)) => faults,
        other => panic!("the policy has faults, and yet {other:?}"),
    }
}

#[test]
fn a_policy_with_a_line_per_rpc_is_complete() {
    let policy = const { Policy::new(&[GET, SET]) };
    policy.check_complete(FILE_DESCRIPTOR_SET, PACKAGE).expect("complete");
    FEED_POLICY.check_complete(FILE_DESCRIPTOR_SET, "kinerja.events.v1").expect("complete");
}

#[test]
fn an_rpc_without_line_is_named() {
    assert_eq!(faults(const { Policy::new(&[GET]) }).missing, [SET.rpc]);
}

#[test]
fn a_line_without_rpc_is_named() {
    assert_eq!(faults(const { Policy::new(&[GET, SET, STRAY]) }).stray, [STRAY.rpc]);
}

#[test]
fn a_second_line_for_an_rpc_is_named() {
    assert_eq!(faults(const { Policy::new(&[GET, SET, GET]) }).doubled, [GET.rpc]);
}
