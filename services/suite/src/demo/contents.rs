//! What people plan and reach: the stories as they are told, everybody else by post and dice.

use kinerja_proto::{
    planning::v1::{self as pb, CoreValue},
    registry::v1::PositionKind,
};

use super::{
    government::{Government, Person},
    sources::{Story, StoryIndicator},
};

pub(super) const CORE_VALUES: [CoreValue; 7] = [
    CoreValue::ServiceOriented,
    CoreValue::Accountable,
    CoreValue::Competent,
    CoreValue::Harmonious,
    CoreValue::Loyal,
    CoreValue::Adaptive,
    CoreValue::Collaborative,
];

/// Something that people of a kind of post measure: name, aspect, polarity, target, unit, pair.
type Measure = (&'static str, pb::Aspect, pb::Polarity, u32, &'static str, &'static str);
type Duty = (&'static str, &'static [Measure]);

use pb::{
    Aspect::{Quality, Quantity, Time},
    Polarity::{Higher, Lower},
};

const LEADING: [Duty; 3] = [
    (
        "Program unit kerja terlaksana sesuai perjanjian kinerja",
        &[
            ("Sasaran unit yang tercapai", Quality, Higher, 95, "%", ""),
            ("Laporan kinerja tepat waktu", Time, Higher, 12, "laporan", ""),
        ],
    ),
    (
        "Layanan unit memuaskan pengguna",
        &[("Nilai survei kepuasan masyarakat unit", Quality, Higher, 85, "indeks", "")],
    ),
    (
        "Pegawai unit dibina secara berkala",
        &[("Dialog kinerja dengan bawahan", Quantity, Higher, 24, "pertemuan", "")],
    ),
];

const EXPERT: [Duty; 3] = [
    (
        "Layanan teknis sesuai jabatan terselesaikan",
        &[
            ("Layanan yang diselesaikan", Quantity, Higher, 240, "layanan", ""),
            ("Rata-rata hari penyelesaian", Time, Lower, 5, "hari kerja", "cepat dan tepat"),
            ("Layanan tanpa perbaikan ulang", Quality, Higher, 95, "%", "cepat dan tepat"),
        ],
    ),
    (
        "Bahan dan laporan teknis tersusun",
        &[("Laporan yang diterima tanpa catatan", Quality, Higher, 20, "laporan", "")],
    ),
    (
        "Pengetahuan dibagikan kepada rekan kerja",
        &[("Kegiatan berbagi pengetahuan", Quantity, Higher, 6, "kegiatan", "")],
    ),
];

const OPERATIONAL: [Duty; 2] = [
    (
        "Administrasi unit tertata dan cepat ditemukan",
        &[
            ("Dokumen yang diproses", Quantity, Higher, 360, "dokumen", ""),
            ("Dokumen tanpa kesalahan", Quality, Higher, 98, "%", ""),
        ],
    ),
    (
        "Pengguna layanan dilayani tepat waktu",
        &[("Waktu tunggu rata-rata", Time, Lower, 15, "menit", "")],
    ),
];

/// The content of somebody's plan.
pub(super) fn of(government: &Government, person: &Person) -> pb::PlanContent {
    let results = if person.is_story {
        story_results(&government.story)
    } else {
        duties(person).iter().map(usual_result).collect()
    };
    let expectation = |value: CoreValue| pb::BehaviourExpectation {
        core_value: value.into(),
        text: "Menjadi teladan nilai ini dalam layanan sehari-hari.".to_owned(),
    };
    pb::PlanContent {
        approach: pb::PlanApproach::Quantitative.into(),
        results,
        expectations: CORE_VALUES.map(expectation).into(),
        support: "Peralatan kerja dan akses sistem informasi unit.".to_owned(),
        accountability: "Dialog kinerja setiap triwulan dengan pejabat penilai.".to_owned(),
        consequences: "Pengembangan kompetensi atau pembinaan sesuai hasil evaluasi.".to_owned(),
    }
}

fn duties(person: &Person) -> &'static [Duty] {
    match person.placement.position_kind() {
        PositionKind::Jpt | PositionKind::Administrator | PositionKind::Pengawas => &LEADING,
        PositionKind::Functional => &EXPERT,
        _ => &OPERATIONAL,
    }
}

fn usual_result((name, measures): &Duty) -> pb::WorkResult {
    let indicators = measures.iter().map(|(name, aspect, polarity, target, unit, pair)| {
        let bound = target.to_string();
        pb::Indicator {
            aspect: (*aspect).into(),
            name: (*name).to_owned(),
            polarity: (*polarity).into(),
            target: Some(pb::Target { min: bound.clone(), max: bound, unit: (*unit).to_owned() }),
            data_source: "Laporan unit kerja".to_owned(),
            pair: (*pair).to_owned(),
            ..Default::default()
        }
    });
    pb::WorkResult {
        kind: pb::WorkResultKind::Main.into(),
        scope: pb::WorkResultScope::Individual.into(),
        name: (*name).to_owned(),
        indicators: indicators.collect(),
        ..Default::default()
    }
}

fn story_results(story: &Story) -> Vec<pb::WorkResult> {
    let results = story.work_results.iter().map(|result| pb::WorkResult {
        kind: named(
            &format!("WORK_RESULT_KIND_{}", result.kind),
            pb::WorkResultKind::from_str_name,
        ),
        scope: pb::WorkResultScope::Individual.into(),
        name: result.name.clone(),
        indicators: result.indicators.iter().map(story_indicator).collect(),
        ..Default::default()
    });
    results.collect()
}

fn story_indicator(indicator: &StoryIndicator) -> pb::Indicator {
    pb::Indicator {
        aspect: named(&format!("ASPECT_{}", indicator.aspect), pb::Aspect::from_str_name),
        name: indicator.name.clone(),
        polarity: named(&format!("POLARITY_{}", indicator.polarity), pb::Polarity::from_str_name),
        target: Some(pb::Target {
            min: indicator.target.clone(),
            max: indicator.target.clone(),
            unit: indicator.unit.clone(),
        }),
        data_source: indicator.data_source.clone(),
        pair: indicator.pair.clone(),
        ..Default::default()
    }
}

/// The wire value of a name in the stories' file; a name that is none is refused by the service.
pub(super) fn named<E: Into<i32>>(name: &str, of: impl Fn(&str) -> Option<E>) -> i32 {
    of(name).map_or(0, Into::into)
}

/// What somebody reached in one indicator.
pub(super) fn realisation(
    government: &Government,
    person: &Person,
    indicator_id: &str,
    name: &str,
) -> pb::RealisationRecord {
    let told = || {
        let all = government.story.work_results.iter().flat_map(|result| &result.indicators);
        all.filter(|_| person.is_story).find(|i| i.name == name).map(|i| i.realisation.clone())
    };
    pb::RealisationRecord {
        indicator_id: indicator_id.to_owned(),
        value: told().unwrap_or_else(|| usual_realisation(person, name)),
        evidence: "Rekapitulasi unit kerja".to_owned(),
        ..Default::default()
    }
}

/// Most reach the target, some exceed it, a few fall short: each person in an own way.
fn usual_realisation(person: &Person, name: &str) -> String {
    let measures = duties(person).iter().flat_map(|(_, measures)| measures.iter());
    let Some((_, _, polarity, target, unit, _)) = measures.into_iter().find(|m| m.0 == name) else {
        return "0".to_owned();
    };
    let percent = match person.dice("effort", 20) {
        0 => 78 + person.dice(name, 9),
        1..=4 => 101 + person.dice(name, 6),
        _ => 93 + person.dice(name, 8),
    };
    let percent = if *polarity == Lower { 200 - percent } else { percent };
    let hundredths = u64::from(*target) * percent;
    let capped =
        if *unit == "%" || *unit == "indeks" { hundredths.min(10_000) } else { hundredths };
    format!("{}.{:02}", capped / 100, capped % 100)
}
