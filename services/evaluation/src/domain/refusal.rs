/// Why a rule says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the evaluation does not stand where this needs it to")]
    EvaluationState,
    #[error("the window of the cycle is not open")]
    WindowClosed,
    #[error("a window ends after it begins, and not in the past")]
    WindowOrder,
    #[error("a cycle opens once, and closes once it is open")]
    CycleState,
    #[error("on that day the registry names another rater")]
    NotTheRater,
    #[error("nobody rates oneself")]
    RatesOneself,
    #[error("a rating that is not the proposed one needs a reason for the departure")]
    DepartureNeedsReason,
    #[error("below expectation needs a named fact")]
    BelowNeedsFact,
    #[error("the rating of who leads a unit says what the unit achieved")]
    UnitResultMissing,
    #[error("the second part begins within the days of the evaluation, and not with the first")]
    SplitOutsidePart,
    #[error("the parts of the year are not rated yet")]
    PartsNotRated,
    #[error("every rated part must be named as it stands now")]
    PartsNotRead,
}
