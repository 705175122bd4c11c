use super::{
    Approach, Aspect, Class, CoreValue, Outcome, PeriodKind, PeriodState, Polarity, ResultKind,
    ResultScope, StepKind, WindowKind,
};

/// A closed list of values, each with the name it has in tables, in events and, after a prefix, on the
/// wire.
pub trait Named: Copy + PartialEq + 'static {
    const NAMES: &'static [(Self, &'static str)];

    fn name(self) -> &'static str {
        let (_, name) =
            Self::NAMES.iter().find(|(value, _)| *value == self).expect("every value has a name");
        name
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| *known == name).map(|(value, _)| *value)
    }
}

impl Named for PeriodKind {
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Annual, "ANNUAL"), (Self::Quarter, "QUARTER"), (Self::Month, "MONTH")];
}

impl Named for PeriodState {
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Planned, "PLANNED"), (Self::Open, "OPEN"), (Self::Closed, "CLOSED")];
}

impl Named for WindowKind {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Planning, "PLANNING"),
        (Self::Amendment, "AMENDMENT"),
        (Self::Realisation, "REALISATION"),
    ];
}

impl Named for Approach {
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Quantitative, "QUANTITATIVE"), (Self::Qualitative, "QUALITATIVE")];
}

impl Named for ResultKind {
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Main, "MAIN"), (Self::Additional, "ADDITIONAL")];
}

impl Named for ResultScope {
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Organisational, "ORGANISATIONAL"), (Self::Individual, "INDIVIDUAL")];
}

impl Named for Aspect {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Quantity, "QUANTITY"),
        (Self::Quality, "QUALITY"),
        (Self::Time, "TIME"),
        (Self::Cost, "COST"),
    ];
}

impl Named for Polarity {
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Higher, "HIGHER"), (Self::Lower, "LOWER"), (Self::Range, "RANGE")];
}

impl Named for CoreValue {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::ServiceOriented, "SERVICE_ORIENTED"),
        (Self::Accountable, "ACCOUNTABLE"),
        (Self::Competent, "COMPETENT"),
        (Self::Harmonious, "HARMONIOUS"),
        (Self::Loyal, "LOYAL"),
        (Self::Adaptive, "ADAPTIVE"),
        (Self::Collaborative, "COLLABORATIVE"),
    ];
}

impl Named for Class {
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Above, "ABOVE"), (Self::Meets, "MEETS"), (Self::Below, "BELOW")];
}

impl Named for Outcome {
    const NAMES: &'static [(Self, &'static str)] =
        &[(Self::Approved, "APPROVED"), (Self::Returned, "RETURNED")];
}

impl Named for StepKind {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Submitted, "SUBMITTED"),
        (Self::Returned, "RETURNED"),
        (Self::Escalated, "ESCALATED"),
        (Self::Approved, "APPROVED"),
        (Self::Closed, "CLOSED"),
    ];
}

impl Named for super::StateName {
    const NAMES: &'static [(Self, &'static str)] = &[
        (Self::Draft, "DRAFT"),
        (Self::Submitted, "SUBMITTED"),
        (Self::Returned, "RETURNED"),
        (Self::Escalated, "ESCALATED"),
        (Self::Approved, "APPROVED"),
        (Self::Superseded, "SUPERSEDED"),
        (Self::Closed, "CLOSED"),
    ];
}
