//! The version that the suite ships: `policies/K1.json`, which domain experts read.

use serde::Deserialize;

use super::{Parameters, Policy, Rule};
use crate::domain::{
    matrix::{Cell, Matrix},
    objection::ObjectionRule,
    percent::Percent,
};

const K1: &str = include_str!("../../../policies/K1.json");

#[derive(Deserialize)]
struct PolicyFile {
    policy_id: String,
    name: String,
    valid_from: String,
    parameters: ParameterFile,
    cells: Vec<CellFile>,
    rules: Vec<RuleFile>,
}

#[derive(Deserialize)]
struct ParameterFile {
    shown_decimals: u8,
    above_over_e4: i64,
    meets_from_e4: i64,
    majority_over_e4: i64,
    mean_cap_e4: i64,
    behaviour_above_from: u8,
    objection_days: u16,
    objection_clock: String,
}

#[derive(Deserialize)]
struct CellFile {
    results: String,
    behaviour: String,
    predicate: String,
}

#[derive(Deserialize)]
struct RuleFile {
    rule: String,
    source: String,
    citation: String,
    indonesian: String,
    english: String,
}

/// Policy K1.
pub fn shipped() -> Policy {
    let file: PolicyFile = serde_json::from_str(K1).expect("the shipped policy is read by a test");
    let cells: Vec<Cell> = file.cells.iter().map(CellFile::cell).collect();
    Policy {
        id: file.policy_id.parse().expect("its id is well formed"),
        supersedes: None,
        name: file.name,
        valid_from: file.valid_from.parse().expect("its date is well formed"),
        parameters: file.parameters.parameters(),
        matrix: Matrix::try_from(cells.as_slice()).expect("its matrix is whole"),
        rules: file.rules.into_iter().map(RuleFile::rule).collect(),
    }
}

impl ParameterFile {
    fn parameters(&self) -> Parameters {
        Parameters {
            shown_decimals: self.shown_decimals,
            above_over: Percent::from_e4(self.above_over_e4),
            meets_from: Percent::from_e4(self.meets_from_e4),
            majority_over: Percent::from_e4(self.majority_over_e4),
            mean_cap: Percent::from_e4(self.mean_cap_e4),
            behaviour_above_from: self.behaviour_above_from,
            objection: ObjectionRule {
                days: self.objection_days,
                clock: self.objection_clock.parse().expect("its clock is known"),
            },
        }
    }
}

impl CellFile {
    fn cell(&self) -> Cell {
        Cell {
            results: self.results.parse().expect("its ratings are known"),
            behaviour: self.behaviour.parse().expect("its ratings are known"),
            predicate: self.predicate.parse().expect("its predicates are known"),
        }
    }
}

impl RuleFile {
    fn rule(self) -> Rule {
        Rule {
            rule: self.rule,
            source: self.source.parse().expect("its sources are known"),
            citation: self.citation,
            indonesian: self.indonesian,
            english: self.english,
        }
    }
}
