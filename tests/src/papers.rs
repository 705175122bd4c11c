//! What people hand in, in the JSON of the protos.

use serde_json::{Value, json};

const CORE_VALUES: [&str; 7] = [
    "SERVICE_ORIENTED",
    "ACCOUNTABLE",
    "COMPETENT",
    "HARMONIOUS",
    "LOYAL",
    "ADAPTIVE",
    "COLLABORATIVE",
];

/// A plan of one work result with one indicator.
pub fn plan() -> Value {
    let expectation = |value: &str| json!({"coreValue": format!("CORE_VALUE_{value}"), "text": "Menjadi teladan."});
    json!({
        "approach": "PLAN_APPROACH_QUANTITATIVE",
        "results": [{
            "kind": "WORK_RESULT_KIND_MAIN", "scope": "WORK_RESULT_SCOPE_INDIVIDUAL", "name": "Izin dilayani",
            "indicators": [{
                "aspect": "ASPECT_QUANTITY", "name": "Izin selesai", "polarity": "POLARITY_HIGHER",
                "target": {"min": "240", "max": "240", "unit": "izin"}, "dataSource": "OSS"}],
        }],
        "expectations": CORE_VALUES.map(expectation),
        "support": "Aplikasi OSS", "accountability": "Dialog tiap triwulan", "consequences": "Pembinaan",
    })
}

/// A rating that holds whatever was proposed, with one thing to improve.
pub fn rating() -> Value {
    let value = |value: &str| json!({"coreValue": format!("CORE_VALUE_{value}"), "rating": "RATING_MEETS", "reason": "Sesuai"});
    json!({
        "results": {"rating": "RATING_ABOVE", "reason": "Melampaui target",
                    "departure": "Beban kerja dipertimbangkan"},
        "behaviour": {"rating": "RATING_MEETS", "reason": "Sesuai", "coreValues": CORE_VALUES.map(value)},
        "goesWell": ["Cepat dan tepat"],
        "improvements": [{"text": "Menulis lebih ringkas", "competencyCode": "M.03"}],
    })
}
