//! Closed lists, as they travel.

use kinerja_proto::evaluation::v1 as pb;

use crate::domain::{
    cycle::{CycleKind, CycleState},
    evaluation::State,
    objection::ObjectionClock,
    policy::Source,
    rating::{CoreValue, Predicate, Proposal, Rating},
    receipt::ReceiptKind,
};

pub(super) fn rating(wire: pb::Rating) -> Option<Rating> {
    match wire {
        pb::Rating::Unspecified => None,
        pb::Rating::Above => Some(Rating::Above),
        pb::Rating::Meets => Some(Rating::Meets),
        pb::Rating::Below => Some(Rating::Below),
    }
}

impl From<Rating> for pb::Rating {
    fn from(rating: Rating) -> Self {
        match rating {
            Rating::Above => Self::Above,
            Rating::Meets => Self::Meets,
            Rating::Below => Self::Below,
        }
    }
}

pub(super) fn predicate(wire: pb::Predicate) -> Option<Predicate> {
    match wire {
        pb::Predicate::Unspecified => None,
        pb::Predicate::VeryGood => Some(Predicate::VeryGood),
        pb::Predicate::Good => Some(Predicate::Good),
        pb::Predicate::NeedsImprovement => Some(Predicate::NeedsImprovement),
        pb::Predicate::Poor => Some(Predicate::Poor),
        pb::Predicate::VeryPoor => Some(Predicate::VeryPoor),
    }
}

impl From<Predicate> for pb::Predicate {
    fn from(predicate: Predicate) -> Self {
        match predicate {
            Predicate::VeryGood => Self::VeryGood,
            Predicate::Good => Self::Good,
            Predicate::NeedsImprovement => Self::NeedsImprovement,
            Predicate::Poor => Self::Poor,
            Predicate::VeryPoor => Self::VeryPoor,
        }
    }
}

impl From<Proposal> for pb::Proposal {
    fn from(proposal: Proposal) -> Self {
        match proposal {
            Proposal::Rate(Rating::Above) => Self::Above,
            Proposal::Rate(Rating::Meets) => Self::Meets,
            Proposal::Rate(Rating::Below) => Self::Below,
            Proposal::RaterDecides => Self::RaterDecides,
        }
    }
}

pub(super) fn core_value(wire: pb::CoreValue) -> Option<CoreValue> {
    match wire {
        pb::CoreValue::Unspecified => None,
        pb::CoreValue::ServiceOriented => Some(CoreValue::ServiceOriented),
        pb::CoreValue::Accountable => Some(CoreValue::Accountable),
        pb::CoreValue::Competent => Some(CoreValue::Competent),
        pb::CoreValue::Harmonious => Some(CoreValue::Harmonious),
        pb::CoreValue::Loyal => Some(CoreValue::Loyal),
        pb::CoreValue::Adaptive => Some(CoreValue::Adaptive),
        pb::CoreValue::Collaborative => Some(CoreValue::Collaborative),
    }
}

impl From<CoreValue> for pb::CoreValue {
    fn from(value: CoreValue) -> Self {
        match value {
            CoreValue::ServiceOriented => Self::ServiceOriented,
            CoreValue::Accountable => Self::Accountable,
            CoreValue::Competent => Self::Competent,
            CoreValue::Harmonious => Self::Harmonious,
            CoreValue::Loyal => Self::Loyal,
            CoreValue::Adaptive => Self::Adaptive,
            CoreValue::Collaborative => Self::Collaborative,
        }
    }
}

pub(super) fn cycle_kind(wire: pb::CycleKind) -> Option<CycleKind> {
    match wire {
        pb::CycleKind::Unspecified => None,
        pb::CycleKind::Annual => Some(CycleKind::Annual),
        pb::CycleKind::Quarter => Some(CycleKind::Quarter),
        pb::CycleKind::Month => Some(CycleKind::Month),
    }
}

impl From<CycleKind> for pb::CycleKind {
    fn from(kind: CycleKind) -> Self {
        match kind {
            CycleKind::Annual => Self::Annual,
            CycleKind::Quarter => Self::Quarter,
            CycleKind::Month => Self::Month,
        }
    }
}

impl From<CycleState> for pb::CycleState {
    fn from(state: CycleState) -> Self {
        match state {
            CycleState::Planned => Self::Planned,
            CycleState::Open => Self::Open,
            CycleState::Closed => Self::Closed,
        }
    }
}

/// The word by which states are stored.
pub(super) fn state_word(wire: pb::EvaluationState) -> Option<&'static str> {
    match wire {
        pb::EvaluationState::Unspecified => None,
        pb::EvaluationState::Open => Some("OPEN"),
        pb::EvaluationState::Prepared => Some("PREPARED"),
        pb::EvaluationState::Rated => Some("RATED"),
        pb::EvaluationState::Acknowledged => Some("ACKNOWLEDGED"),
        pb::EvaluationState::Finalised => Some("FINALISED"),
    }
}

impl From<&State> for pb::EvaluationState {
    fn from(state: &State) -> Self {
        match state {
            State::Open => Self::Open,
            State::Prepared(_) => Self::Prepared,
            State::Rated { .. } => Self::Rated,
            State::Acknowledged { .. } => Self::Acknowledged,
            State::Finalised { .. } => Self::Finalised,
        }
    }
}

impl From<ReceiptKind> for pb::ReceiptKind {
    fn from(kind: ReceiptKind) -> Self {
        match kind {
            ReceiptKind::Acknowledged => Self::Acknowledged,
            ReceiptKind::Recorded => Self::Recorded,
        }
    }
}

pub(super) fn objection_clock(wire: pb::ObjectionClock) -> Option<ObjectionClock> {
    match wire {
        pb::ObjectionClock::Unspecified => None,
        pb::ObjectionClock::CalendarDays => Some(ObjectionClock::CalendarDays),
        pb::ObjectionClock::WorkingDays => Some(ObjectionClock::WorkingDays),
    }
}

impl From<ObjectionClock> for pb::ObjectionClock {
    fn from(clock: ObjectionClock) -> Self {
        match clock {
            ObjectionClock::CalendarDays => Self::CalendarDays,
            ObjectionClock::WorkingDays => Self::WorkingDays,
        }
    }
}

pub(super) fn source(wire: pb::RuleSource) -> Option<Source> {
    match wire {
        pb::RuleSource::Unspecified => None,
        pb::RuleSource::Law => Some(Source::Law),
        pb::RuleSource::Reading => Some(Source::Reading),
    }
}

impl From<Source> for pb::RuleSource {
    fn from(source: Source) -> Self {
        match source {
            Source::Law => Self::Law,
            Source::Reading => Self::Reading,
        }
    }
}
