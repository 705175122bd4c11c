//! Who rates whom on a day: a line set for the person, else the head of the unit, else of a unit above.

use std::collections::HashMap;

use jiff::civil::Date;

use super::{AssignmentKind, Eligibility, EmployeeId, PositionId, PositionKind, UnitId};

/// The lines of some people on one day, and the policy that rules on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    pub day: Date,
    pub policy_version: i32,
    pub eligibility: Eligibility,
    pub of: HashMap<EmployeeId, Line>,
}

/// What is known about one person's line on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub employee: EmployeeId,
    /// The person in the highest office held.
    pub own: Option<Official>,
    /// The rater set for the person, if one is.
    pub explicit: Option<Official>,
    pub recusals: Vec<Recusal>,
    /// From the unit of the definitive position up to the root; empty without a position.
    pub path: Vec<Step>,
}

/// A unit on the way up, and who leads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub unit: UnitId,
    pub unit_name: String,
    /// Who holds the head's position definitively, absent or not.
    pub holder: Option<EmployeeId>,
    /// Plt or Plh before the holder.
    pub leader: Option<Official>,
}

/// A person, and the office in which they may rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Official {
    pub employee: EmployeeId,
    /// With titles.
    pub name: String,
    /// None for somebody who holds no position on the day.
    pub office: Option<Office>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    pub position: PositionId,
    pub position_name: String,
    pub kind: PositionKind,
    pub capacity: AssignmentKind,
    /// In force on the day for the person or the position.
    pub delegation: Option<Instrument>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instrument {
    pub number: String,
    pub dated_on: Date,
}

/// A rater stands aside, to the delegate or else to the next superior.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recusal {
    pub rater: EmployeeId,
    pub delegate: Option<(Official, Instrument)>,
}

/// Who rates, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    pub employee: EmployeeId,
    pub rater: Official,
    /// None when nobody stands above the rater.
    pub superior: Option<Official>,
    pub basis: Basis,
    /// Who came first and does not rate, nearest first.
    pub passed_over: Vec<PassedOver>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basis {
    ExplicitLine,
    /// The unit, and whether it is the person's own.
    HeadOfUnit {
        unit: UnitId,
        unit_name: String,
        is_own: bool,
    },
    RecusalDelegate {
        instrument: Instrument,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    pub cause: Cause,
    /// None when the head's position is vacant.
    pub official: Option<(EmployeeId, String)>,
    /// None for an explicit line.
    pub unit: Option<(UnitId, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    Vacant,
    NotEligible,
    Oneself,
    Recused,
    Subordinate,
    NotInOffice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved {
    #[error("holds no definitive position on the day")]
    NoPosition,
    #[error("nobody above may rate on the day")]
    NoRater,
}

/// What one walk up a line finds.
struct Found {
    official: Official,
    basis: Basis,
    passed_over: Vec<PassedOver>,
}

impl Eligibility {
    /// Whether an office lets its holder rate.
    pub fn admits(self, office: &Office) -> bool {
        office.kind.is_at_least(self.lowest)
            || (self.delegation_allowed && office.delegation.is_some())
    }
}

impl Lines {
    pub fn new(day: Date, policy_version: i32, eligibility: Eligibility) -> Self {
        Self { day, policy_version, eligibility, of: HashMap::new() }
    }

    /// Everybody whose line a resolution of these may ask for and is not here yet.
    pub fn missing(&self) -> Vec<EmployeeId> {
        let mut found: Vec<_> = self.of.values().flat_map(Line::candidates).collect();
        found.retain(|candidate| !self.of.contains_key(candidate));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Resolves one person's rater and the rater's superior from the person's line and those of its candidates.
    ///
    /// Of two people at most one rates the other, however their lines came to cross: whom the own line names
    /// first gives way if that person's line names this one first, and who comes after that gives way to
    /// whomever they may be rated by at all.
    pub fn resolve(&self, employee: EmployeeId) -> Result<Resolution, Unresolved> {
        let line = self.of.get(&employee).ok_or(Unresolved::NoPosition)?;
        if line.path.is_empty() && line.explicit.is_none() {
            return Err(Unresolved::NoPosition);
        }
        let first = self.rater(employee);
        let is_below = |other| match first {
            Some(first) if first == other => self.rater(other) == Some(employee),
            _ => self.may_be_rated(other, employee),
        };
        let found = line.first(self.eligibility, &[], is_below).ok_or(Unresolved::NoRater)?;
        let above = self.of.get(&found.official.employee);
        let above = above.and_then(|line| line.first(self.eligibility, &[employee], |_| false));
        Ok(Resolution {
            employee,
            rater: found.official,
            superior: above.map(|above| above.official),
            basis: found.basis,
            passed_over: found.passed_over,
        })
    }

    /// The rater as the person's own line tells, whoever that rater is rated by.
    pub fn rater(&self, employee: EmployeeId) -> Option<EmployeeId> {
        let found = self.of.get(&employee)?.first(self.eligibility, &[], |_| false)?;
        Some(found.official.employee)
    }

    /// Whether the raters above a person, each as the own line tells, lead back to that person.
    pub fn lead_back(&self, start: EmployeeId) -> bool {
        let raters = std::iter::successors(self.rater(start), |rater| self.rater(*rater));
        // Whoever stands in the ring comes by within as many steps as there are people.
        raters.take(self.of.len()).any(|rater| rater == start)
    }

    fn may_be_rated(&self, employee: EmployeeId, by: EmployeeId) -> bool {
        let Some(line) = self.of.get(&employee) else { return false };
        line.officials().any(|(official, _)| {
            let judged = official.as_ref().map(|official| line.judge(official, self.eligibility));
            matches!(judged, Some(Ok((rater, _))) if rater.employee == by)
        })
    }
}

impl Line {
    fn candidates(&self) -> impl Iterator<Item = EmployeeId> {
        let explicit = self.explicit.iter().map(|official| official.employee);
        let leaders = self.path.iter().filter_map(|step| step.leader.as_ref());
        let delegates = self.recusals.iter().filter_map(|recusal| recusal.delegate.as_ref());
        explicit
            .chain(leaders.map(|official| official.employee))
            .chain(delegates.map(|(official, _)| official.employee))
    }

    /// The first official who may rate, without those of `never`.
    fn first(
        &self,
        eligibility: Eligibility,
        never: &[EmployeeId],
        is_below: impl Fn(EmployeeId) -> bool,
    ) -> Option<Found> {
        let mut passed_over = Vec::new();
        for (official, unit) in self.officials() {
            let judged = official.as_ref().map(|official| self.judge(official, eligibility));
            let cause = match judged {
                None => Cause::Vacant,
                Some(Err(cause)) => cause,
                Some(Ok((rater, _)))
                    if never.contains(&rater.employee) || is_below(rater.employee) =>
                {
                    Cause::Subordinate
                }
                Some(Ok((rater, basis))) => {
                    let basis = basis.unwrap_or_else(|| self.basis(unit.as_ref()));
                    return Some(Found { official: rater.clone(), basis, passed_over });
                }
            };
            let official = official.map(|official| (official.employee, official.name));
            passed_over.push(PassedOver { cause, official, unit });
        }
        None
    }

    /// Candidates, nearest first: the explicit rater, then leaders above whatever the person leads.
    fn officials(&self) -> impl Iterator<Item = (Option<Official>, Option<(UnitId, String)>)> {
        let explicit = self.explicit.iter().map(|official| (Some(official.clone()), None));
        let leads = |step: &Step| {
            step.holder == Some(self.employee)
                || step.leader.as_ref().is_some_and(|leader| leader.employee == self.employee)
        };
        let start = self.path.iter().rposition(leads).map_or(0, |highest| highest + 1);
        explicit.chain(
            self.path[start..]
                .iter()
                .map(|step| (step.leader.clone(), Some((step.unit, step.unit_name.clone())))),
        )
    }

    /// Who rates where a candidate comes first: the candidate, or the delegate for whom there is a basis.
    fn judge<'a>(
        &'a self,
        official: &'a Official,
        eligibility: Eligibility,
    ) -> Result<(&'a Official, Option<Basis>), Cause> {
        if official.employee == self.employee {
            return Err(Cause::Oneself);
        }
        let office = official.office.as_ref().ok_or(Cause::NotInOffice)?;
        if !eligibility.admits(office) {
            return Err(Cause::NotEligible);
        }
        let recusal = self.recusals.iter().find(|recusal| recusal.rater == official.employee);
        match recusal.map(|recusal| recusal.delegate.as_ref()) {
            None => Ok((official, None)),
            Some(Some((delegate, instrument))) if delegate.office.is_some() => {
                Ok((delegate, Some(Basis::RecusalDelegate { instrument: instrument.clone() })))
            }
            Some(_) => Err(Cause::Recused),
        }
    }

    fn basis(&self, unit: Option<&(UnitId, String)>) -> Basis {
        let Some((unit, unit_name)) = unit else {
            return Basis::ExplicitLine;
        };
        let is_own = self.path.first().is_some_and(|step| step.unit == *unit);
        Basis::HeadOfUnit { unit: *unit, unit_name: unit_name.clone(), is_own }
    }
}

#[cfg(test)]
#[path = "reporting_line_tests.rs"]
mod tests;
