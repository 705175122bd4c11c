use jiff::Timestamp;

use super::{Code, EvaluationId, GapLine, Kind, Need, NeedId, NeedState, Origin};

/// What policy proposes to do about needs until employee and superior say otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activities(Vec<ProposedActivity>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedActivity {
    /// `None`: no competency was named.
    pub kind: Option<Kind>,
    /// Levels that are missing at least.
    pub missing_from: u8,
    pub activity: String,
}

/// What a need is made with.
#[derive(Debug, Clone, Copy)]
pub struct Making {
    pub id: NeedId,
    pub evaluation_id: EvaluationId,
    pub at: Timestamp,
}

impl Activities {
    pub fn new(proposed: Vec<ProposedActivity>) -> Self {
        Self(proposed)
    }

    /// The activity for the most missing levels that are missing here; empty where policy says nothing.
    fn choose(&self, kind: Option<Kind>, missing: u8) -> String {
        let fit = |one: &&ProposedActivity| one.kind == kind && one.missing_from <= missing;
        let chosen = self.0.iter().filter(fit).max_by_key(|one| one.missing_from);
        chosen.map(|one| one.activity.clone()).unwrap_or_default()
    }

    /// The need behind a line of a gap; `None` where no level is missing or nothing valid was found.
    pub fn need_of_gap(&self, making: Making, line: &GapLine) -> Option<Need> {
        let missing = line.missing().filter(|missing| *missing > 0)?;
        let (required, found) = (line.requirement.level, line.found.as_ref()?.level);
        let code = line.requirement.code.clone();
        let evaluation_id = making.evaluation_id;
        Some(Need {
            id: making.id,
            reason: format!(
                "Jabatan meminta level {}, penilaian menemukan level {}.",
                required.get(),
                found.get()
            ),
            activity: self.choose(Some(code.kind()), missing),
            code: Some(code),
            origin: Origin::Gap { evaluation_id, required, found },
            due_on: None,
            state: NeedState::Planned,
            state_at: making.at,
        })
    }

    /// The need behind what the rater named to improve, in the rater's words.
    pub fn need_of_rater(&self, making: Making, words: String, code: Option<Code>) -> Need {
        Need {
            id: making.id,
            activity: self.choose(code.as_ref().map(Code::kind), 0),
            code,
            origin: Origin::Rater { evaluation_id: making.evaluation_id },
            reason: words,
            due_on: None,
            state: NeedState::Planned,
            state_at: making.at,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{Finding, Level, Requirement, Source};

    fn activities() -> Activities {
        let proposed = |kind, missing_from, activity: &str| ProposedActivity {
            kind,
            missing_from,
            activity: activity.to_owned(),
        };
        Activities::new(vec![
            proposed(None, 0, "bimbingan"),
            proposed(Some(Kind::Managerial), 0, "coaching"),
            proposed(Some(Kind::Managerial), 1, "e-learning"),
            proposed(Some(Kind::Managerial), 2, "pelatihan"),
        ])
    }

    fn making() -> Making {
        let evaluation_id = Uuid::from_u128(7).into();
        Making { id: Uuid::from_u128(1).into(), evaluation_id, at: Timestamp::UNIX_EPOCH }
    }

    fn line(required: i32, found: i32) -> GapLine {
        let level = |value| Level::try_from(value).expect("level");
        GapLine {
            requirement: Requirement {
                code: "M.03".to_owned().try_into().expect("code"),
                level: level(required),
                source: "PermenPANRB 38/2017".into(),
                policy_version: Some("K1".into()),
                standard_id: None,
                valid_from: date(2026, 1, 1),
            },
            found: Some(Finding {
                level: level(found),
                source: Source::Superior,
                assessment_id: Uuid::nil().into(),
                assessed_on: date(2026, 6, 1),
                valid_until: date(2027, 5, 31),
            }),
            own_view: None,
        }
    }

    #[test]
    fn a_gap_says_which_levels_it_lies_between() {
        let need = activities().need_of_gap(making(), &line(3, 1)).expect("a gap");
        assert_eq!(need.reason, "Jabatan meminta level 3, penilaian menemukan level 1.");
        assert_eq!(need.activity, "pelatihan");
    }

    #[test]
    fn a_reached_level_makes_no_need() {
        assert_eq!(activities().need_of_gap(making(), &line(2, 2)), None);
        assert_eq!(activities().need_of_gap(making(), &line(2, 5)), None);
    }

    #[test]
    fn the_raters_words_are_the_reason() {
        let need = activities().need_of_rater(making(), "lebih ramah".into(), None);
        assert_eq!((need.reason.as_str(), need.activity.as_str()), ("lebih ramah", "bimbingan"));
    }
}
