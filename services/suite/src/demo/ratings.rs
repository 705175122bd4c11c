//! What raters say: in the stories as they are told, of everybody else by what was reached and dice.

use kinerja_proto::evaluation::v1::{self as pb, CoreValue, Proposal, Rating};

use super::{
    contents::named,
    government::{Government, Person},
    sources::StoryRating,
};

/// Competencies that raters often name.
const OFTEN_NAMED: [(&str, &str); 4] = [
    ("M.03", "Menyampaikan informasi tertulis dengan lebih ringkas dan jelas."),
    ("M.04", "Memantau kemajuan pekerjaan setiap pekan, tidak hanya di akhir triwulan."),
    ("M.05", "Menindaklanjuti masukan pengguna layanan dengan lebih cepat."),
    ("M.08", "Mengambil keputusan sesuai kewenangan tanpa menunggu arahan."),
];

const CORE_VALUES: [CoreValue; 7] = [
    CoreValue::ServiceOriented,
    CoreValue::Accountable,
    CoreValue::Competent,
    CoreValue::Harmonious,
    CoreValue::Loyal,
    CoreValue::Adaptive,
    CoreValue::Collaborative,
];

pub(super) fn of(
    government: &Government,
    person: &Person,
    evaluation: &pb::Evaluation,
) -> pb::GivenRating {
    let proposal = evaluation.proposal.clone().unwrap_or_default();
    let mut rating = if person.is_story {
        told(&government.story.evaluation)
    } else {
        usual(person, proposal.proposal())
    };
    if let Some(results) = &mut rating.results {
        let proposed = matching(proposal.proposal());
        if proposed.is_some_and(|proposed| proposed != results.rating()) {
            results.departure =
                "Beban kerja dan hambatan di luar kendali dipertimbangkan.".to_owned();
        }
        if proposal.heads_unit {
            results.unit_result =
                "Capaian perjanjian kinerja unit sesuai laporan tahunan.".to_owned();
        }
    }
    rating
}

fn matching(proposal: Proposal) -> Option<Rating> {
    match proposal {
        Proposal::Above => Some(Rating::Above),
        Proposal::Meets => Some(Rating::Meets),
        Proposal::Below => Some(Rating::Below),
        Proposal::RaterDecides | Proposal::Unspecified => None,
    }
}

fn told(story: &StoryRating) -> pb::GivenRating {
    let rating = |name: &str| named(&format!("RATING_{name}"), Rating::from_str_name);
    let core_values: Vec<_> = story
        .core_values
        .iter()
        .map(|value| pb::CoreValueRating {
            core_value: named(&format!("CORE_VALUE_{}", value.value), CoreValue::from_str_name),
            rating: rating(&value.rating),
            reason: value.reason.clone(),
            fact: String::new(),
        })
        .collect();
    let improvements = story.to_improve.iter().map(|improvement| pb::Improvement {
        text: improvement.text.clone(),
        competency_code: improvement.competency_code.clone(),
    });
    given(
        rating(&story.results_rating),
        core_values,
        story.goes_well.clone(),
        improvements.collect(),
    )
}

fn usual(person: &Person, proposal: Proposal) -> pb::GivenRating {
    let manner = person.dice("manner", 100);
    let core_values = CORE_VALUES.iter().zip(0_u64..).map(|(value, index)| {
        let rating = match manner {
            0 if index == 1 => Rating::Below,
            1..=24 if index < 5 => Rating::Above,
            _ if person.dice(value.as_str_name(), 6) == 0 && manner != 0 => Rating::Above,
            _ => Rating::Meets,
        };
        let fact = match rating {
            Rating::Below => {
                "Tiga kali tidak masuk tanpa keterangan pada triwulan III, dengan surat teguran."
            }
            _ => "",
        };
        pb::CoreValueRating {
            core_value: (*value).into(),
            rating: rating.into(),
            reason: "Berdasarkan pengamatan sehari-hari dan masukan rekan kerja.".to_owned(),
            fact: fact.to_owned(),
        }
    });
    let named_often = person.dice("improve", 5);
    let improvements = OFTEN_NAMED.iter().zip(0_u64..).filter(|(_, index)| *index == named_often);
    given(
        matching(proposal).unwrap_or(Rating::Meets).into(),
        core_values.collect(),
        vec!["Pekerjaan pokok diselesaikan dengan tanggung jawab.".to_owned()],
        improvements
            .map(|((code, text), _)| pb::Improvement {
                text: (*text).to_owned(),
                competency_code: (*code).to_owned(),
            })
            .collect(),
    )
}

fn given(
    results: i32,
    core_values: Vec<pb::CoreValueRating>,
    goes_well: Vec<String>,
    improvements: Vec<pb::Improvement>,
) -> pb::GivenRating {
    let (behaviour, fact) = behaviour(&core_values);
    pb::GivenRating {
        results: Some(pb::ResultsRating {
            rating: results,
            reason: "Berdasarkan realisasi dan bukti dukung yang diperiksa.".to_owned(),
            ..Default::default()
        }),
        behaviour: Some(pb::BehaviourRating {
            rating: behaviour.into(),
            reason: "Berdasarkan ketujuh nilai dasar.".to_owned(),
            fact,
            core_values,
            ..Default::default()
        }),
        goes_well,
        improvements,
        ..Default::default()
    }
}

/// As policy K7 would have it; below expectation for who is below in one value, by the same fact.
fn behaviour(core_values: &[pb::CoreValueRating]) -> (Rating, String) {
    if let Some(below) = core_values.iter().find(|value| value.rating() == Rating::Below) {
        return (Rating::Below, below.fact.clone());
    }
    let above = core_values.iter().filter(|value| value.rating() == Rating::Above).count();
    (if above >= 4 { Rating::Above } else { Rating::Meets }, String::new())
}
