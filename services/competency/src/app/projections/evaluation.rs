use std::collections::HashSet;

use jiff::Timestamp;
use kinerja_kit::{
    clock::Clock,
    events::{self, ApplyError, Event, Fact, Projection},
    tenant::TenantId,
};
use kinerja_proto::{evaluation::v1::Predicate, events::v1::EvaluationFinalised};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{id, proposing};
use crate::store::evaluations::{self, Finalised};

/// Final evaluations, which lead to development needs.
#[derive(Debug)]
pub(crate) struct EvaluationProjection {
    pub clock: Clock,
}

impl Projection for EvaluationProjection {
    type Prepared = ();

    fn name(&self) -> &'static str {
        "evaluation"
    }

    fn version(&self) -> i32 {
        1
    }

    fn source(&self) -> &'static str {
        "evaluation"
    }

    fn types(&self) -> Vec<String> {
        vec![events::kind::<EvaluationFinalised>()]
    }

    async fn apply(
        &self,
        conn: &mut PgConnection,
        _tenant: &TenantId,
        events: &[Event],
        _prepared: &(),
    ) -> Result<(), ApplyError> {
        let facts = events::newest::<EvaluationFinalised>(events)?;
        if facts.is_empty() {
            return Ok(());
        }
        let told: Vec<Finalised> = facts.iter().map(finalised).collect::<Result<_, _>>()?;
        evaluations::take_turns(conn).await?;
        let new: HashSet<_> = evaluations::tell(conn, &told).await?.into_iter().collect();
        let (told, facts): (Vec<Finalised>, Vec<Fact<'_, EvaluationFinalised>>) = told
            .into_iter()
            .zip(facts)
            .filter(|(finalised, _)| new.contains(&finalised.evaluation_id))
            .unzip();
        let named: Vec<_> = told
            .iter()
            .zip(facts)
            .flat_map(|(finalised, fact)| proposing::named(finalised, fact.message.improvements))
            .collect();
        proposing::propose_named(conn, &self.clock, named).await?;
        let people: Vec<_> = told.iter().map(|finalised| finalised.employee_id).collect();
        proposing::propose_gaps(conn, &self.clock, &people).await
    }

    async fn forget(
        &self,
        conn: &mut PgConnection,
        _tenant: &TenantId,
        facts: &[Event],
    ) -> Result<(), ApplyError> {
        let keys: Vec<Uuid> = facts.iter().map(|fact| fact.key).collect();
        Ok(evaluations::forget(conn, &keys).await?)
    }

    /// An evaluation that its source no longer knows was final once, and what it led to was worked on.
    async fn close(
        &self,
        _conn: &mut PgConnection,
        _tenant: &TenantId,
        _known: &[Uuid],
    ) -> Result<(), ApplyError> {
        Ok(())
    }
}

fn finalised(fact: &Fact<'_, EvaluationFinalised>) -> Result<Finalised, ApplyError> {
    let message = &fact.message;
    let predicate = match message.predicate() {
        Predicate::Unspecified => {
            return Err(ApplyError::Refused("a final evaluation has a predicate".to_owned()));
        }
        known => known.as_str_name().trim_start_matches("PREDICATE_"),
    };
    let time = message.finalise_time.and_then(|at| Timestamp::new(at.seconds, at.nanos).ok());
    Ok(Finalised {
        evaluation_id: id("evaluation_id", &message.evaluation_id)?,
        employee_id: id("employee_id", &message.employee_id)?,
        year: message.year,
        predicate,
        finalised_at: time.unwrap_or(fact.event.at),
        revision: fact.event.revision,
    })
}
