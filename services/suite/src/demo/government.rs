use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Duration,
};

use anyhow::Context as _;
use kinerja_kit::tenant::TenantId;
use kinerja_proto::registry::v1::{Employee, ImportFault, Placement};
use uuid::Uuid;

use super::sources::{Source, Story};

/// A government on its way through the year.
#[derive(Debug)]
pub struct Government {
    pub source: Source,
    pub tenant: TenantId,
    pub import: kinerja_proto::registry::v1::ImportCounts,
    pub faults: Vec<ImportFault>,
    /// Who has a post and is active, by name and post.
    pub people: Vec<Person>,
    pub story: Story,
    pub period_id: String,
    pub cycle_id: String,
    /// How long each phase took, in the order of the year.
    pub spent: Vec<(&'static str, Duration)>,
}

#[derive(Debug, Clone)]
pub struct Person {
    pub id: Uuid,
    pub name: String,
    pub placement: Placement,
    /// Whose story it is, if it is one of the five.
    pub is_story: bool,
    pub rater: Option<Uuid>,
    pub superior: Option<Uuid>,
    pub plan: Option<PlanOf>,
}

#[derive(Debug, Clone)]
pub struct PlanOf {
    pub plan_id: String,
    pub etag: String,
}

impl Person {
    pub fn new(employee: Employee, story: &Story) -> Option<Self> {
        let placement = employee.placement?;
        let is_story = employee.display_name == story.employee.name
            && placement.position_name == story.employee.position;
        Some(Self {
            id: employee.employee_id.parse().ok()?,
            name: employee.display_name,
            placement,
            is_story,
            rater: None,
            superior: None,
            plan: None,
        })
    }

    /// A number below `sides` that is the same for the same person in every run.
    pub fn dice(&self, throw: &str, sides: u64) -> u64 {
        let mut hash = DefaultHasher::new();
        (&self.name, &self.placement.position_name, throw).hash(&mut hash);
        hash.finish() % sides
    }
}

impl Government {
    /// The person of the government's story.
    pub fn told_of(&self) -> anyhow::Result<&Person> {
        self.people.iter().find(|person| person.is_story).context("the story's person is gone")
    }

    pub fn by_rater(&self) -> BTreeMap<Uuid, Vec<&Person>> {
        let mut groups: BTreeMap<Uuid, Vec<&Person>> = BTreeMap::new();
        for person in &self.people {
            if let Some(rater) = person.rater {
                groups.entry(rater).or_default().push(person);
            }
        }
        groups
    }
}
