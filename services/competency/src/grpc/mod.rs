//! The gRPC face: wire types in, use cases called, wire types out.

mod assessments;
mod competencies;
mod development_plans;
mod gaps;
mod needs;
mod standards;

use kinerja_kit::fields::Fields;
use kinerja_proto::competency::v1::{
    self as pb, assessment_service_server::AssessmentServiceServer,
    competency_service_server::CompetencyServiceServer,
    development_plan_service_server::DevelopmentPlanServiceServer,
    gap_service_server::GapServiceServer, standard_service_server::StandardServiceServer,
};
use tonic::service::Routes;

use crate::{
    app::App,
    domain::{Bilingual, Code, Level},
};

/// Answers for each resource. What it does is the use cases' business.
#[derive(Debug, Clone)]
struct Face {
    app: App,
}

pub(crate) fn routes(app: App) -> Routes {
    let face = Face { app };
    Routes::new(CompetencyServiceServer::new(face.clone()))
        .add_service(StandardServiceServer::new(face.clone()))
        .add_service(AssessmentServiceServer::new(face.clone()))
        .add_service(GapServiceServer::new(face.clone()))
        .add_service(DevelopmentPlanServiceServer::new(face))
}

/// How many competencies a standard asks for, or an assessment looks at, at most.
const MAX_LEVELS: usize = 100;
/// What is to be done, or came of it, is said in a few sentences.
const MAX_WORDING: usize = 1000;

/// The code of a competency; a fault leaves one behind that is never used.
fn code(fields: &mut Fields, field: &str, value: &str) -> Code {
    Code::try_from(value.to_owned()).unwrap_or_else(|error| {
        fields.fault(field, error.to_string());
        Code::unused()
    })
}

fn opt_code(fields: &mut Fields, field: &str, value: &str) -> Option<Code> {
    (!value.is_empty()).then(|| code(fields, field, value))
}

/// A level of at least `lowest`.
fn level(fields: &mut Fields, field: &str, value: i32, lowest: u8) -> Level {
    let level = Level::try_from(value).ok().filter(|level| level.get() >= lowest);
    level.unwrap_or_else(|| {
        fields.fault(field, format!("must be a level from {lowest} to 5"));
        Level::default()
    })
}

/// Says where the same code comes twice, and whether there are none or too many.
fn once_each<'a>(fields: &mut Fields, field: &str, codes: impl ExactSizeIterator<Item = &'a Code>) {
    if !(1..=MAX_LEVELS).contains(&codes.len()) {
        fields.fault(field, format!("must be from 1 to {MAX_LEVELS}"));
    }
    let mut seen = std::collections::HashSet::new();
    for (nth, code) in codes.enumerate() {
        if !seen.insert(code) {
            fields.fault(format!("{field}[{nth}].competency_code"), "must not come twice");
        }
    }
}

impl From<Bilingual> for pb::Bilingual {
    fn from(text: Bilingual) -> Self {
        Self { indonesian: text.indonesian, english: text.english }
    }
}
