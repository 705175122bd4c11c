use jiff::civil::date;
use uuid::Uuid;

use super::*;
use crate::domain::{
    policy::shipped,
    rating::{CoreValue, Rating},
    receipt::ReceiptKind,
    submission::{BehaviourRating, CoreValueRating, CoreValueRatings, Improvement, ResultsRating},
};

fn person(n: u128) -> EmployeeId {
    Uuid::from_u128(n).into()
}

const RINA: u128 = 1;
const HER_RATER: u128 = 2;
const ANOTHER: u128 = 3;

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn window() -> Window {
    Window { opens_at: at("2026-04-01T00:00:00Z"), closes_at: at("2026-04-15T00:00:00Z") }
}

fn rules() -> RatingRules {
    let policy = shipped();
    RatingRules {
        behaviour_above_from: policy.parameters.behaviour_above_from,
        matrix: policy.matrix,
        window: Some(window()),
    }
}

fn open() -> Evaluation {
    Evaluation {
        id: Uuid::from_u128(10).into(),
        employee_id: person(RINA),
        employee_name: "Rina".to_owned(),
        plan_id: Uuid::from_u128(11).into(),
        cycle_id: Uuid::from_u128(12).into(),
        policy_id: "K1".parse().expect("an id"),
        year: 2026,
        unit_id: Uuid::from_u128(13).into(),
        unit_name: "DPMPTSP".to_owned(),
        heads_unit: false,
        days: Days { starts_on: date(2026, 1, 1), ends_on: date(2026, 3, 31) },
        rater: Rater::OfPlan(person(HER_RATER)),
        state: State::Open,
        created_at: Timestamp::UNIX_EPOCH,
        revision: 1,
    }
}

fn answer(rater: u128) -> RaterAnswer {
    RaterAnswer {
        rater_id: person(rater),
        as_of: date(2026, 3, 31),
        basis: "HEAD_OF_UNIT".to_owned(),
        superior_id: None,
    }
}

fn proposal(number: i32, proposal: Proposal) -> ResultsProposal {
    ResultsProposal {
        number,
        proposal,
        tally: Tally { above: 0, meets: 3, below: 0 },
        unmeasured: 0,
        mean: None,
        plan_version: 1,
        source_etag: "\"1\"".to_owned(),
        prepared_at: at("2026-04-02T00:00:00Z"),
    }
}

fn prepared() -> Evaluation {
    let proposed = proposal(1, Proposal::Rate(Rating::Meets));
    open().prepare(answer(HER_RATER), proposed).expect("prepared")
}

fn said(results: Rating, behaviour: Rating) -> Submission {
    let core_values = CoreValue::ALL.map(|core_value| CoreValueRating {
        core_value,
        rating: Rating::Meets,
        reason: "seperti yang diharapkan".to_owned(),
        fact: None,
    });
    Submission {
        results: ResultsRating {
            rating: results,
            reason: "izin terbit tepat waktu".to_owned(),
            departure: None,
            unit_result: None,
        },
        behaviour: BehaviourRating {
            rating: behaviour,
            reason: "ramah".to_owned(),
            departure: None,
            fact: None,
            core_values: CoreValueRatings::try_from(core_values.to_vec()).expect("seven"),
        },
        goes_well: vec!["cepat".to_owned()],
        improvements: vec![Improvement { text: "teliti".to_owned(), competency_code: None }],
    }
}

fn act(by: u128, when: &str) -> Act {
    Act { by: person(by), at: at(when), answer: answer(HER_RATER) }
}

fn rated() -> Evaluation {
    let act = act(HER_RATER, "2026-04-03T00:00:00Z");
    prepared().rate(act, &rules(), said(Rating::Meets, Rating::Meets)).expect("rated")
}

fn receipt() -> Receipt {
    Receipt {
        kind: ReceiptKind::Acknowledged,
        received_at: at("2026-04-04T00:00:00Z"),
        note: None,
        objection_closes_at: at("2026-04-18T17:00:00Z"),
    }
}

/// What becomes of a rating given in time by the rater.
fn judged(evaluation: Evaluation, said: Submission) -> Result<Evaluation, Refusal> {
    evaluation.rate(act(HER_RATER, "2026-04-03T00:00:00Z"), &rules(), said)
}

#[test]
fn the_matrix_gives_the_predicate() {
    assert_eq!(rated().rating().map(|rating| rating.predicate), Some(Predicate::Good));
}

#[test]
fn nobody_but_the_rater_rates() {
    let act = act(ANOTHER, "2026-04-03T00:00:00Z");
    let refused = prepared().rate(act, &rules(), said(Rating::Meets, Rating::Meets));
    assert_eq!(refused, Err(Refusal::NotTheRater));
}

#[test]
fn nobody_rates_oneself() {
    let own = Act { answer: answer(RINA), ..act(RINA, "2026-04-03T00:00:00Z") };
    let refused = prepared().rate(own, &rules(), said(Rating::Meets, Rating::Meets));
    assert_eq!(refused, Err(Refusal::RatesOneself));
    let proposed = proposal(1, Proposal::RaterDecides);
    assert_eq!(open().prepare(answer(RINA), proposed), Err(Refusal::RatesOneself));
}

#[test]
fn ratings_are_given_inside_the_window_only() {
    for when in ["2026-03-31T23:59:59Z", "2026-04-15T00:00:00Z"] {
        let act = act(HER_RATER, when);
        let refused = prepared().rate(act, &rules(), said(Rating::Meets, Rating::Meets));
        assert_eq!(refused, Err(Refusal::WindowClosed), "{when}");
    }
    let closed = RatingRules { window: None, ..rules() };
    let act = act(HER_RATER, "2026-04-03T00:00:00Z");
    let refused = prepared().rate(act, &closed, said(Rating::Meets, Rating::Meets));
    assert_eq!(refused, Err(Refusal::WindowClosed));
}

#[test]
fn a_departure_from_the_proposal_needs_a_reason() {
    let silent = said(Rating::Above, Rating::Meets);
    assert_eq!(judged(prepared(), silent.clone()), Err(Refusal::DepartureNeedsReason));
    let mut spoken = silent;
    spoken.results.departure = Some("melampaui karena inovasi".to_owned());
    assert!(judged(prepared(), spoken).is_ok());
    let behaviour = said(Rating::Meets, Rating::Above);
    assert_eq!(judged(prepared(), behaviour), Err(Refusal::DepartureNeedsReason));
}

#[test]
fn where_nothing_is_proposed_there_is_nothing_to_depart_from() {
    let proposed = proposal(1, Proposal::RaterDecides);
    let free = open().prepare(answer(HER_RATER), proposed).expect("prepared");
    assert!(judged(free, said(Rating::Above, Rating::Meets)).is_ok());
}

#[test]
fn below_needs_a_named_fact() {
    let mut silent = said(Rating::Meets, Rating::Below);
    silent.behaviour.departure = Some("karena pelanggaran".to_owned());
    assert_eq!(judged(prepared(), silent.clone()), Err(Refusal::BelowNeedsFact));
    silent.behaviour.fact = Some("meninggalkan loket pada 3 Februari".to_owned());
    let rated = judged(prepared(), silent).expect("rated");
    assert_eq!(rated.rating().map(|rating| rating.predicate), Some(Predicate::Poor));
}

#[test]
fn a_core_value_below_needs_its_own_fact_and_leaves_the_whole_to_the_rater() {
    let mut said = said(Rating::Meets, Rating::Meets);
    let mut values: Vec<_> = said.behaviour.core_values.iter().cloned().collect();
    values[1].rating = Rating::Below;
    said.behaviour.core_values = CoreValueRatings::try_from(values.clone()).expect("seven");
    assert_eq!(judged(prepared(), said.clone()), Err(Refusal::BelowNeedsFact));
    values[1].fact = Some("laporan tidak benar".to_owned());
    said.behaviour.core_values = CoreValueRatings::try_from(values).expect("seven");
    let rated = judged(prepared(), said).expect("rated");
    let proposal = rated.rating().map(|rating| rating.behaviour_proposal);
    assert_eq!(proposal, Some(Proposal::RaterDecides));
}

#[test]
fn each_core_value_is_rated_once() {
    let said = said(Rating::Meets, Rating::Meets);
    let seven: Vec<_> = said.behaviour.core_values.iter().cloned().collect();
    assert!(CoreValueRatings::try_from(seven.iter().rev().cloned().collect::<Vec<_>>()).is_ok());
    assert!(CoreValueRatings::try_from(seven[1..].to_vec()).is_err());
    let doubled: Vec<_> = seven[..6].iter().chain(&seven[..1]).cloned().collect();
    assert!(CoreValueRatings::try_from(doubled).is_err());
}

#[test]
fn the_rating_of_a_head_says_what_the_unit_achieved() {
    let head = Evaluation { heads_unit: true, ..prepared() };
    let mut said = said(Rating::Meets, Rating::Meets);
    assert_eq!(judged(head.clone(), said.clone()), Err(Refusal::UnitResultMissing));
    said.results.unit_result = Some("capaian organisasi Baik".to_owned());
    assert!(judged(head, said).is_ok());
}

#[test]
fn a_rating_is_given_again_until_it_is_received() {
    let again = judged(rated(), said(Rating::Meets, Rating::Meets)).expect("rated again");
    assert_eq!(again.rating().map(|rating| rating.number), Some(2));
    let received = again.receive(receipt()).expect("received");
    let late = judged(received, said(Rating::Meets, Rating::Meets));
    assert_eq!(late, Err(Refusal::EvaluationState));
}

#[test]
fn states_follow_one_another_and_none_is_skipped() {
    assert_eq!(judged(open(), said(Rating::Meets, Rating::Meets)), Err(Refusal::EvaluationState));
    assert_eq!(prepared().receive(receipt()), Err(Refusal::EvaluationState));
    let now = at("2026-04-20T00:00:00Z");
    assert_eq!(rated().finalise(now), Err(Refusal::EvaluationState));
    let acknowledged = rated().receive(receipt()).expect("received");
    assert_eq!(acknowledged.clone().receive(receipt()), Err(Refusal::EvaluationState));
    let finalised = acknowledged.finalise(now).expect("final");
    assert_eq!(finalised.revision, 5);
    assert_eq!(finalised.clone().finalise(now), Err(Refusal::EvaluationState));
    assert_eq!(finalised.next_proposal(), Err(Refusal::EvaluationState));
}

#[test]
fn a_proposal_is_made_again_until_it_is_rated() {
    let again = proposal(2, Proposal::Rate(Rating::Above));
    let prepared = prepared().prepare(answer(HER_RATER), again.clone()).expect("prepared again");
    assert_eq!(prepared.proposal(), Some(&again));
    let third = proposal(3, Proposal::RaterDecides);
    assert_eq!(rated().prepare(answer(HER_RATER), third), Err(Refusal::EvaluationState));
}

#[test]
fn the_day_in_question_is_the_last_of_the_part_or_today() {
    assert_eq!(open().day_in_question(date(2026, 4, 3)), date(2026, 3, 31));
    assert_eq!(open().day_in_question(date(2026, 3, 2)), date(2026, 3, 2));
}

#[test]
fn a_split_leaves_no_day_out_and_none_twice() {
    let second = Uuid::from_u128(20).into();
    let now = at("2026-04-01T00:00:00Z");
    let (first, other) = open().split(date(2026, 2, 10), second, now).expect("split");
    assert_eq!(first.days, Days { starts_on: date(2026, 1, 1), ends_on: date(2026, 2, 9) });
    assert_eq!(other.days, Days { starts_on: date(2026, 2, 10), ends_on: date(2026, 3, 31) });
    for on in [date(2026, 1, 1), date(2026, 4, 1)] {
        assert_eq!(open().split(on, second, now).err(), Some(Refusal::SplitOutsidePart));
    }
    assert_eq!(
        prepared().split(date(2026, 2, 10), second, now).err(),
        Some(Refusal::EvaluationState)
    );
}
