//! Results in words, so that anyone can compute them again.

use kinerja_kit::fields::decimal;

use super::{
    achievement::{Achievement, Target, Term},
    policy::Parameters,
    rating::{Predicate, Proposal, Rating, Tally},
    results::{Measured, Unit, Working},
};

/// The same in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    pub indonesian: String,
    pub english: String,
}

/// Figures are kept with four decimal places.
const SCALE: u32 = 4;

impl Sentence {
    fn new(indonesian: impl Into<String>, english: impl Into<String>) -> Self {
        Self { indonesian: indonesian.into(), english: english.into() }
    }
}

impl Rating {
    /// In running text.
    pub fn phrase(self) -> Sentence {
        match self {
            Self::Above => Sentence::new("di atas ekspektasi", "above expectation"),
            Self::Meets => Sentence::new("sesuai ekspektasi", "meets expectation"),
            Self::Below => Sentence::new("di bawah ekspektasi", "below expectation"),
        }
    }
}

impl Predicate {
    pub fn phrase(self) -> Sentence {
        match self {
            Self::VeryGood => Sentence::new("Sangat Baik", "very good"),
            Self::Good => Sentence::new("Baik", "good"),
            Self::NeedsImprovement => Sentence::new("Butuh Perbaikan", "needs improvement"),
            Self::Poor => Sentence::new("Kurang/Misconduct", "poor (misconduct)"),
            Self::VeryPoor => Sentence::new("Sangat Kurang", "very poor"),
        }
    }
}

/// The terms of one achievement, such as `92 / 90 x 100 = 102.22 % -> ABOVE (> 100.00)`.
pub fn terms(measured: &Measured<'_>, parameters: &Parameters) -> String {
    let indicator = &measured.measurement.indicator;
    let realised = measured.measurement.realised_e4.map(|value| decimal(value, SCALE));
    match (&measured.achievement, indicator.target, realised) {
        (Some(achievement), Some(target), Some(realised)) => {
            let term = term(achievement.term, target, &realised);
            format!("{term} -> {}", class(achievement, parameters))
        }
        (_, None, _) => "no target in figures".to_owned(),
        (_, _, None) => "no realisation: none, not 0".to_owned(),
        (None, Some(_), Some(realised)) => {
            format!("{realised} against a target of 0: no share can be taken")
        }
    }
}

fn term(term: Term, target: Target, realised: &str) -> String {
    let text = |value| decimal(value, SCALE);
    match term {
        Term::Inside if target.min_e4 == target.max_e4 => {
            format!("{realised} = {}: 100", text(target.max_e4))
        }
        Term::Inside => {
            format!("{realised} in {}..{}: 100", text(target.min_e4), text(target.max_e4))
        }
        Term::Share { target_e4 } => format!("{realised} / {} x 100", text(target_e4)),
        Term::Inverse { target_e4 } => {
            format!("max(0, 2 - {realised} / {}) x 100", text(target_e4))
        }
        Term::PastNought => format!("{realised} where 0 is the target: 0"),
    }
}

fn class(achievement: &Achievement, parameters: &Parameters) -> String {
    let decimals = parameters.shown_decimals;
    let (above, meets) =
        (parameters.above_over.text(decimals), parameters.meets_from.text(decimals));
    let bounds = match achievement.class {
        Rating::Above => format!("> {above}"),
        Rating::Meets => format!("{meets} to {above}"),
        Rating::Below => format!("< {meets}"),
    };
    format!("{} % = {} ({bounds})", achievement.shown.text(decimals), achievement.class.word())
}

/// Why a unit has its class.
pub fn unit(unit: &Unit<'_>) -> Sentence {
    let Some(class) = unit.class() else {
        return Sentence::new(
            "Belum terukur: tanpa realisasi berarti tidak ada, bukan nol.",
            "Not measured: no realisation is none, not nought.",
        );
    };
    let class = class.phrase();
    if unit.measured.len() == 1 {
        return Sentence::new(
            format!("Indikator ini {}.", class.indonesian),
            format!("This indicator: {}.", class.english),
        );
    }
    Sentence::new(
        format!("Pasangan indikator ini {}: yang lebih rendah menentukan.", class.indonesian),
        format!("This pair of indicators: {}, the worse one decides.", class.english),
    )
}

/// Why results are proposed as they are (rule K5).
pub fn results(working: &Working<'_>, parameters: &Parameters) -> Sentence {
    let share = parameters.majority_over.text(parameters.shown_decimals);
    let counts = counts(working.tally, working.unmeasured);
    let why = match working.proposal {
        Proposal::RaterDecides => Sentence::new(
            "tidak ada yang terukur, maka pejabat penilai memutuskan",
            "nothing is measured, so the rater decides",
        ),
        Proposal::Rate(Rating::Above) => Sentence::new(
            format!(
                "lebih dari {share} % di atas dan tidak ada yang di bawah, maka diusulkan di atas ekspektasi"
            ),
            format!(
                "more than {share} % are above and none is below, so above expectation is proposed"
            ),
        ),
        Proposal::Rate(Rating::Below) => Sentence::new(
            format!("lebih dari {share} % di bawah, maka diusulkan di bawah ekspektasi"),
            format!("more than {share} % are below, so below expectation is proposed"),
        ),
        Proposal::Rate(Rating::Meets) => Sentence::new(
            format!(
                "tidak lebih dari {share} % di atas tanpa yang di bawah, dan tidak lebih dari {share} % di bawah, maka diusulkan sesuai ekspektasi"
            ),
            format!(
                "neither are more than {share} % above with none below, nor more than {share} % below, so meets expectation is proposed"
            ),
        ),
    };
    joined(&counts, &why)
}

/// Why behaviour is proposed as it is (rule K7).
pub fn behaviour(tally: Tally, proposal: Proposal, above_from: u8) -> Sentence {
    let why = match proposal {
        Proposal::RaterDecides | Proposal::Rate(Rating::Below) => Sentence::new(
            "ada yang di bawah, maka tidak ada usulan: pejabat penilai memutuskan dan menyebut fakta",
            "one is below, so nothing is proposed: the rater decides and names a fact",
        ),
        Proposal::Rate(Rating::Above) => Sentence::new(
            format!(
                "sedikitnya {above_from} di atas dan tidak ada yang di bawah, maka diusulkan di atas ekspektasi"
            ),
            format!(
                "at least {above_from} are above and none is below, so above expectation is proposed"
            ),
        ),
        Proposal::Rate(Rating::Meets) => Sentence::new(
            format!(
                "kurang dari {above_from} di atas dan tidak ada yang di bawah, maka diusulkan sesuai ekspektasi"
            ),
            format!(
                "fewer than {above_from} are above and none is below, so meets expectation is proposed"
            ),
        ),
    };
    joined(&counts(tally, 0), &why)
}

/// What the matrix makes of the two ratings (rule K8).
pub fn matrix(results: Rating, behaviour: Rating, predicate: Predicate) -> Sentence {
    let (r, b, p) = (results.phrase(), behaviour.phrase(), predicate.phrase());
    Sentence::new(
        format!(
            "Hasil kerja {} dan perilaku kerja {}: predikat {}.",
            r.indonesian, b.indonesian, p.indonesian
        ),
        format!(
            "Results {} and behaviour {}: the predicate is {}.",
            r.english, b.english, p.english
        ),
    )
}

/// What was looked at and did not count.
pub fn not_used(working: &Working<'_>) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    if !working.additional.is_empty() {
        let n = working.additional.len();
        sentences.push(Sentence::new(
            format!("{n} hasil kerja tambahan ditampilkan, tidak dihitung."),
            format!("{n} additional results are shown, not counted."),
        ));
    }
    if working.mean.is_some() {
        sentences.push(Sentence::new(
            "Rata-rata capaian hanya untuk informasi.",
            "The mean achievement is for information only.",
        ));
    }
    sentences
}

fn counts(tally: Tally, unmeasured: u16) -> Sentence {
    let Tally { above, meets, below } = tally;
    let all = tally.total() + unmeasured;
    Sentence::new(
        format!(
            "Dari {all}: {above} di atas, {meets} sesuai, {below} di bawah, {unmeasured} belum terukur"
        ),
        format!("Of {all}: {above} above, {meets} meet, {below} below, {unmeasured} not measured"),
    )
}

fn joined(first: &Sentence, second: &Sentence) -> Sentence {
    Sentence::new(
        format!("{}; {}.", first.indonesian, second.indonesian),
        format!("{}; {}.", first.english, second.english),
    )
}

#[cfg(test)]
#[path = "explanation_tests.rs"]
mod tests;
