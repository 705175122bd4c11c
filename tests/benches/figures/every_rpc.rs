//! The scenario of the flows, which has a valid request for every RPC.

#[path = "../../flows/every_rpc/common.rs"]
mod common;
#[path = "../../flows/every_rpc/competency.rs"]
mod competency;
#[path = "../../flows/every_rpc/employees.rs"]
mod employees;
#[path = "../../flows/every_rpc/evaluation.rs"]
mod evaluation;
#[path = "../../flows/every_rpc/planning.rs"]
mod planning;
#[path = "../../flows/every_rpc/play.rs"]
pub(crate) mod play;
#[path = "../../flows/every_rpc/records.rs"]
mod records;
#[path = "../../flows/every_rpc/refusals.rs"]
mod refusals;
#[path = "../../flows/every_rpc/registry.rs"]
mod registry;
#[path = "../../flows/every_rpc/scenario.rs"]
pub(crate) mod scenario;

use scenario::Step;

pub(crate) fn steps() -> Vec<Step> {
    [
        registry::steps(),
        employees::steps(),
        records::steps(),
        planning::steps(),
        evaluation::steps(),
        competency::steps(),
        common::steps(),
    ]
    .concat()
}
