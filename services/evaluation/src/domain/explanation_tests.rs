use uuid::Uuid;

use super::*;
use crate::domain::{
    achievement::Polarity,
    policy::shipped,
    results::{Indicator, Measurement, work_out},
};

fn measured(polarity: Polarity, min: i64, max: i64, realised_e4: Option<i64>) -> Measurement {
    let indicator = Indicator {
        indicator_id: Uuid::nil(),
        result_id: Uuid::nil(),
        result_name: "Izin terbit".to_owned(),
        main: true,
        name: "Lama proses".to_owned(),
        aspect: "TIME".to_owned(),
        polarity,
        target: Some(Target { min_e4: min * 10_000, max_e4: max * 10_000 }),
        unit: "hari".to_owned(),
        pair: None,
    };
    Measurement { indicator, realised_e4 }
}

fn said(measurement: Measurement) -> String {
    let policy = shipped();
    let measurements = [measurement];
    let working = work_out(&policy.parameters, &measurements);
    terms(&working.units[0].measured[0], &policy.parameters)
}

#[test]
fn every_achievement_shows_its_terms() {
    use Polarity::{Higher, Lower};
    let shown = said(measured(Higher, 80, 90, Some(920_000)));
    assert_eq!(shown, "92 / 90 x 100 -> 102.22 % = ABOVE (> 100.00)");
    let shown = said(measured(Lower, 7, 8, Some(65_000)));
    assert_eq!(shown, "max(0, 2 - 6.5 / 7) x 100 -> 107.14 % = ABOVE (> 100.00)");
    let shown = said(measured(Higher, 80, 90, Some(850_000)));
    assert_eq!(shown, "85 in 80..90: 100 -> 100.00 % = MEETS (90.00 to 100.00)");
    assert_eq!(said(measured(Higher, 80, 90, None)), "no realisation: none, not 0");
}

#[test]
fn a_proposal_is_explained_in_both_languages() {
    let policy = shipped();
    let measurements = [
        measured(Polarity::Higher, 10, 10, Some(110_000)),
        measured(Polarity::Higher, 10, 10, Some(120_000)),
        measured(Polarity::Higher, 10, 10, Some(100_000)),
    ];
    let sentence = results(&work_out(&policy.parameters, &measurements), &policy.parameters);
    assert_eq!(
        sentence.indonesian,
        "Dari 3: 2 di atas, 1 sesuai, 0 di bawah, 0 belum terukur; lebih dari 50.00 % di atas \
         dan tidak ada yang di bawah, maka diusulkan di atas ekspektasi."
    );
    assert_eq!(
        sentence.english,
        "Of 3: 2 above, 1 meet, 0 below, 0 not measured; more than 50.00 % are above and none \
         is below, so above expectation is proposed."
    );
}

#[test]
fn the_cell_is_said_in_words() {
    let sentence = matrix(Rating::Above, Rating::Below, Predicate::Poor);
    assert_eq!(
        sentence.indonesian,
        "Hasil kerja di atas ekspektasi dan perilaku kerja di bawah ekspektasi: predikat \
         Kurang/Misconduct."
    );
}
