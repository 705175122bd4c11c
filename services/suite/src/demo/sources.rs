//! What the demonstration is made from: the files of `deploy/demo/`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The governments, in the order of the five texts.
pub const GOVERNMENTS: [Source; 5] = [
    Source {
        tenant: "12.76",
        name: "Pemerintah Kota Tebing Tinggi",
        leader: "Wali Kota Tebing Tinggi",
        time_zone: "Asia/Jakarta",
        people: include_bytes!("../../../../deploy/demo/12.76-tebing-tinggi.csv"),
    },
    Source {
        tenant: "15.04",
        name: "Pemerintah Kabupaten Batanghari",
        leader: "Bupati Batanghari",
        time_zone: "Asia/Jakarta",
        people: include_bytes!("../../../../deploy/demo/15.04-batanghari.csv"),
    },
    Source {
        tenant: "52.71",
        name: "Pemerintah Kota Mataram",
        leader: "Wali Kota Mataram",
        time_zone: "Asia/Makassar",
        people: include_bytes!("../../../../deploy/demo/52.71-mataram.csv"),
    },
    Source {
        tenant: "17.07",
        name: "Pemerintah Kabupaten Lebong",
        leader: "Bupati Lebong",
        time_zone: "Asia/Jakarta",
        people: include_bytes!("../../../../deploy/demo/17.07-lebong.csv"),
    },
    Source {
        tenant: "19.71",
        name: "Pemerintah Kota Pangkalpinang",
        leader: "Wali Kota Pangkalpinang",
        time_zone: "Asia/Jakarta",
        people: include_bytes!("../../../../deploy/demo/19.71-pangkalpinang.csv"),
    },
];

const STORIES: &str = include_str!("../../../../deploy/demo/stories.json");
const DELEGATIONS: &str = include_str!("../../../../deploy/demo/delegations.csv");

#[derive(Debug, Clone, Copy)]
pub struct Source {
    pub tenant: &'static str,
    pub name: &'static str,
    pub leader: &'static str,
    pub time_zone: &'static str,
    /// A personnel export.
    pub people: &'static [u8],
}

/// The year of one person for one of the five texts.
#[derive(Debug, Clone, Deserialize)]
pub struct Story {
    pub text: String,
    pub role: String,
    pub government: String,
    pub employee: Someone,
    pub technical: Vec<Technical>,
    pub assessed: BTreeMap<String, i32>,
    pub work_results: Vec<StoryResult>,
    pub project_report: Option<ProjectReport>,
    pub evaluation: StoryRating,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Someone {
    pub nip: String,
    pub name: String,
    pub position: String,
    pub unit: String,
}

/// A technical competency that the post asks for.
#[derive(Debug, Clone, Deserialize)]
pub struct Technical {
    pub code: String,
    pub name_id: String,
    pub name_en: String,
    pub required_level: i32,
}

#[derive(Debug, Clone, Deserialize)]
pub struct StoryResult {
    pub kind: String,
    pub name: String,
    pub indicators: Vec<StoryIndicator>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct StoryIndicator {
    pub name: String,
    pub aspect: String,
    pub polarity: String,
    pub target: String,
    pub unit: String,
    pub data_source: String,
    pub pair: String,
    pub realisation: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct ProjectReport {
    pub achievements: String,
    pub obstacles: String,
    pub help_needed: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct StoryRating {
    pub results_rating: String,
    pub core_values: Vec<StoryValue>,
    pub goes_well: Vec<String>,
    pub to_improve: Vec<StoryImprovement>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct StoryValue {
    pub value: String,
    pub rating: String,
    pub reason: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct StoryImprovement {
    pub text: String,
    pub competency_code: String,
}

/// Who rates by delegation, and by which instrument.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct DelegationRow {
    #[serde(rename = "KODE_PEMDA")]
    pub tenant: String,
    #[serde(rename = "NIP")]
    pub nip: String,
    #[serde(rename = "NOMOR")]
    pub number: String,
    #[serde(rename = "TANGGAL")]
    pub dated_on: String,
    #[serde(rename = "MULAI")]
    pub from_on: String,
    /// The last day.
    #[serde(rename = "SELESAI")]
    pub last_on: String,
}

pub(super) fn stories() -> anyhow::Result<Vec<Story>> {
    Ok(serde_json::from_str(STORIES)?)
}

pub(super) fn delegations(tenant: &str) -> anyhow::Result<Vec<DelegationRow>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(DELEGATIONS.as_bytes());
    let rows: Vec<DelegationRow> = reader.deserialize().collect::<Result<_, _>>()?;
    Ok(rows.into_iter().filter(|row| row.tenant == tenant).collect())
}
