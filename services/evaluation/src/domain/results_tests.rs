use proptest::{collection::vec, option, prelude::*};

use super::*;
use crate::domain::policy::shipped;

const HUNDRED: i64 = 1_000_000;

/// A main indicator with a target of 100 and so much realised.
fn measured(realised: Option<i64>) -> Measurement {
    Measurement {
        indicator: Indicator {
            indicator_id: Uuid::nil(),
            result_id: Uuid::nil(),
            result_name: "Izin terbit".to_owned(),
            main: true,
            name: "Jumlah izin".to_owned(),
            aspect: "QUANTITY".to_owned(),
            polarity: Polarity::Higher,
            target: Some(Target { min_e4: HUNDRED, max_e4: HUNDRED }),
            unit: "izin".to_owned(),
            pair: None,
        },
        realised_e4: realised.map(|value| value * 10_000),
    }
}

fn paired(realised: Option<i64>, pair: &str) -> Measurement {
    let mut measurement = measured(realised);
    measurement.indicator.pair = Some(pair.to_owned());
    measurement
}

fn additional(realised: i64) -> Measurement {
    let mut measurement = measured(Some(realised));
    measurement.indicator.main = false;
    measurement
}

fn proposed(measurements: &[Measurement]) -> Proposal {
    work_out(&shipped().parameters, measurements).proposal
}

fn of(realised: &[i64]) -> Proposal {
    let measurements: Vec<_> = realised.iter().map(|value| measured(Some(*value))).collect();
    proposed(&measurements)
}

#[test]
fn more_than_half_above_and_none_below_are_above() {
    assert_eq!(of(&[110, 101, 100]), Proposal::Rate(Rating::Above));
}

#[test]
fn exactly_half_above_meet() {
    assert_eq!(of(&[110, 110, 100, 95]), Proposal::Rate(Rating::Meets));
}

#[test]
fn one_below_bars_above() {
    assert_eq!(of(&[150, 150, 150, 89]), Proposal::Rate(Rating::Meets));
}

#[test]
fn more_than_half_below_are_below() {
    assert_eq!(of(&[89, 50, 150]), Proposal::Rate(Rating::Below));
    assert_eq!(of(&[89, 50, 150, 100]), Proposal::Rate(Rating::Meets));
}

#[test]
fn a_pair_counts_once_with_the_worse_class() {
    let pair = [paired(Some(120), "izin"), paired(Some(95), "izin")];
    let policy = shipped();
    let working = work_out(&policy.parameters, &pair);
    assert_eq!(working.units.len(), 1);
    assert_eq!(working.units[0].class(), Some(Rating::Meets));
}

#[test]
fn the_same_word_under_another_result_makes_no_pair() {
    let mut other = paired(Some(95), "izin");
    other.indicator.result_id = Uuid::max();
    let measurements = [paired(Some(120), "izin"), other];
    let policy = shipped();
    assert_eq!(work_out(&policy.parameters, &measurements).units.len(), 2);
}

#[test]
fn a_pair_with_one_missing_is_below_or_unmeasured() {
    let policy = shipped();
    let open = [paired(Some(120), "izin"), paired(None, "izin")];
    assert_eq!(work_out(&policy.parameters, &open).units[0].class(), None);
    let below = [paired(Some(50), "izin"), paired(None, "izin")];
    assert_eq!(work_out(&policy.parameters, &below).units[0].class(), Some(Rating::Below));
}

#[test]
fn additional_results_are_shown_and_not_counted() {
    let measurements = [measured(Some(100)), additional(10), additional(20)];
    let policy = shipped();
    let working = work_out(&policy.parameters, &measurements);
    assert_eq!((working.units.len(), working.additional.len()), (1, 2));
    assert_eq!(working.proposal, Proposal::Rate(Rating::Meets));
    assert_eq!(working.mean.map(|mean| mean.shown.text(2)), Some("100.00".to_owned()));
}

#[test]
fn no_realisation_is_none_and_never_nought() {
    assert_eq!(proposed(&[measured(None), measured(None)]), Proposal::RaterDecides);
    assert_eq!(proposed(&[]), Proposal::RaterDecides);
    let half = [measured(Some(110)), measured(None)];
    assert_eq!(proposed(&half), Proposal::Rate(Rating::Meets));
}

#[test]
fn the_mean_caps_each_achievement_and_is_exact() {
    let measurements = [measured(Some(500)), measured(Some(100)), measured(Some(95))];
    let policy = shipped();
    let mean = work_out(&policy.parameters, &measurements).mean.expect("a mean");
    assert_eq!(mean.exact.to_string(), "105");
    let thirds = [measured(Some(100)), measured(Some(100)), measured(Some(101))];
    let mean = work_out(&policy.parameters, &thirds).mean.expect("a mean");
    assert_eq!((mean.exact.to_string().as_str(), mean.shown.text(2).as_str()), ("301/3", "100.33"));
}

#[test]
fn what_was_frozen_is_read_back_as_it_was() {
    let measurements = vec![paired(Some(120), "izin"), additional(7), measured(None)];
    let text = serde_json::to_string(&measurements).expect("json");
    let read: Vec<Measurement> = serde_json::from_str(&text).expect("measurements");
    assert_eq!(read, measurements);
}

proptest! {
    #[test]
    fn a_missing_realisation_proves_nothing_either_way(
        known in vec(0_i64..200, 1..12), missing in 1_usize..6,
    ) {
        let mut measurements: Vec<_> = known.iter().map(|value| measured(Some(*value))).collect();
        let before = proposed(&measurements);
        measurements.extend((0..missing).map(|_| measured(None)));
        let after = proposed(&measurements);
        prop_assert!(after == before || after == Proposal::Rate(Rating::Meets));
    }

    #[test]
    fn the_order_of_indicators_says_nothing(realised in vec(option::of(0_i64..200), 0..12)) {
        let forward: Vec<_> = realised.iter().map(|value| measured(*value)).collect();
        let backward: Vec<_> = realised.iter().rev().map(|value| measured(*value)).collect();
        let policy = shipped();
        let (forward, backward) =
            (work_out(&policy.parameters, &forward), work_out(&policy.parameters, &backward));
        prop_assert_eq!(forward.proposal, backward.proposal);
        prop_assert_eq!(forward.mean, backward.mean);
    }

    #[test]
    fn doing_better_never_proposes_worse(
        realised in vec(0_i64..200, 1..12), which in 0_usize..12, more in 1_i64..100,
    ) {
        let rank = |proposal| match proposal {
            Proposal::Rate(rating) => rating,
            Proposal::RaterDecides => Rating::Below,
        };
        let mut measurements: Vec<_> = realised.iter().map(|v| measured(Some(*v))).collect();
        let before = rank(proposed(&measurements));
        let place = which % measurements.len();
        measurements[place] = measured(Some(realised[place] + more));
        prop_assert!(rank(proposed(&measurements)) >= before);
    }

    #[test]
    fn every_unit_is_counted_once(realised in vec(option::of(0_i64..200), 0..20)) {
        let measurements: Vec<_> = realised.iter().map(|value| measured(*value)).collect();
        let policy = shipped();
        let working = work_out(&policy.parameters, &measurements);
        let counted = usize::from(working.tally.total() + working.unmeasured);
        prop_assert_eq!(counted, measurements.len());
    }
}
