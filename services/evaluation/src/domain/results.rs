//! What policy makes of the realisations of a plan (rules K4 and K5).

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    achievement::{self, Achievement, Polarity, Target},
    percent::{Fraction, Percent, whole},
    policy::Parameters,
    rating::{Proposal, Rating, Tally},
};

/// An indicator of a plan as it was approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indicator {
    pub indicator_id: Uuid,
    pub result_id: Uuid,
    pub result_name: String,
    /// Whether the result is a main one: only these count.
    pub main: bool,
    pub name: String,
    /// As planning names it, such as `QUANTITY`.
    pub aspect: String,
    pub polarity: Polarity,
    /// None where success is described in words.
    pub target: Option<Target>,
    /// Such as `%` or `hari`.
    pub unit: String,
    /// Two indicators of a result with the same word are a pair.
    pub pair: Option<String>,
}

/// An indicator and what became of it, frozen when the proposal was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measurement {
    #[serde(flatten)]
    pub indicator: Indicator,
    /// Scaled by 10,000. No realisation is none, never nought.
    pub realised_e4: Option<i64>,
}

/// What policy proposes for results, with every step on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Working<'a> {
    /// What counts: indicators and pairs of main results.
    pub units: Vec<Unit<'a>>,
    /// Those of additional results: shown, not counted.
    pub additional: Vec<Unit<'a>>,
    pub tally: Tally,
    pub unmeasured: u16,
    /// Over the achievements of main results, each capped. For information only.
    pub mean: Option<Mean>,
    pub proposal: Proposal,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mean {
    pub exact: Fraction,
    pub shown: Percent,
}

/// What is counted as one: an indicator, or a declared pair such as speed and accuracy.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit<'a> {
    pub measured: Vec<Measured<'a>>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Measured<'a> {
    pub measurement: &'a Measurement,
    pub achievement: Option<Achievement>,
}

impl Unit<'_> {
    /// Of a pair, the worse of the two. One that is below makes the pair so whatever the other will be;
    /// else both must be known.
    pub fn class(&self) -> Option<Rating> {
        let classes = || self.measured.iter().map(Measured::class);
        if classes().any(|class| class == Some(Rating::Below)) {
            return Some(Rating::Below);
        }
        classes().collect::<Option<Vec<_>>>().and_then(|known| known.into_iter().min())
    }
}

impl Measured<'_> {
    pub fn class(&self) -> Option<Rating> {
        self.achievement.as_ref().map(|achievement| achievement.class)
    }
}

/// Works out the proposal from what was frozen.
pub fn work_out<'a>(parameters: &Parameters, measurements: &'a [Measurement]) -> Working<'a> {
    let (main, additional): (Vec<_>, Vec<_>) =
        measurements.iter().partition(|measurement| measurement.indicator.main);
    let units = units(parameters, &main);
    let classes: Vec<_> = units.iter().map(Unit::class).collect();
    let tally: Tally = classes.iter().flatten().copied().collect();
    let unmeasured = classes.iter().filter(|class| class.is_none()).count();
    let unmeasured = u16::try_from(unmeasured).unwrap_or(u16::MAX);
    Working {
        mean: mean(parameters, &units),
        proposal: propose(parameters, tally, unmeasured),
        additional: self::units(parameters, &additional),
        units,
        tally,
        unmeasured,
    }
}

/// A unit that is not measured counts among all: it is no majority's, and can only turn a proposal
/// into MEETS.
fn propose(parameters: &Parameters, tally: Tally, unmeasured: u16) -> Proposal {
    let all = i64::from(tally.total() + unmeasured);
    let most = |some: u16| {
        i64::from(some) * Percent::from_e4(1_000_000).e4() > parameters.majority_over.e4() * all
    };
    if tally.total() == 0 {
        Proposal::RaterDecides
    } else if most(tally.above) && tally.below == 0 {
        Proposal::Rate(Rating::Above)
    } else if most(tally.below) {
        Proposal::Rate(Rating::Below)
    } else {
        Proposal::Rate(Rating::Meets)
    }
}

/// Indicators in their order, the second of a pair beside the first.
fn units<'a>(parameters: &Parameters, measurements: &[&'a Measurement]) -> Vec<Unit<'a>> {
    let mut units: Vec<Unit<'a>> = Vec::new();
    for measurement in measurements {
        let measured = measure(parameters, measurement);
        let partner = units.iter_mut().find(|unit| {
            let first = &unit.measured[0].measurement.indicator;
            let second = &measurement.indicator;
            first.pair.is_some() && first.pair == second.pair && first.result_id == second.result_id
        });
        match partner {
            Some(unit) => unit.measured.push(measured),
            None => units.push(Unit { measured: vec![measured] }),
        }
    }
    units
}

fn measure<'a>(parameters: &Parameters, measurement: &'a Measurement) -> Measured<'a> {
    let indicator = &measurement.indicator;
    let achievement =
        indicator.target.zip(measurement.realised_e4).and_then(|(target, realised)| {
            achievement::measure(parameters, indicator.polarity, target, realised)
        });
    Measured { measurement, achievement }
}

fn mean(parameters: &Parameters, units: &[Unit<'_>]) -> Option<Mean> {
    let cap = parameters.mean_cap.exact();
    let capped: Vec<Fraction> = units
        .iter()
        .flat_map(|unit| &unit.measured)
        .filter_map(|measured| measured.achievement.as_ref())
        .map(|achievement| achievement.exact.clone().min(cap.clone()))
        .collect();
    let count = i64::try_from(capped.len()).ok().filter(|count| *count > 0)?;
    let exact = capped.into_iter().sum::<Fraction>() / whole(count);
    let shown = Percent::round(&exact, parameters.shown_decimals);
    Some(Mean { exact, shown })
}

#[cfg(test)]
#[path = "results_tests.rs"]
mod tests;
