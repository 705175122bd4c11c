//! Calls about many evaluations, in which each row stands for itself.

use std::collections::{HashMap, HashSet};

use kinerja_kit::{auth::Caller, idempotency::RequestKey};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{App, Error, authority::check_reader, error::evaluation_not_found};
use crate::{
    domain::evaluation::{Evaluation, EvaluationId},
    store,
};

/// An evaluation in the state the caller read.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    pub id: EvaluationId,
    pub revision: i64,
}

/// What became of one row.
pub type Outcome = Result<Evaluation, Error>;

/// What was read for a call, to be taken row by row.
#[derive(Debug)]
pub(super) struct Found(HashMap<EvaluationId, Evaluation>);

impl Found {
    pub(super) async fn read(conn: &mut PgConnection, rows: &[Seen]) -> Result<Self, Error> {
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id.uuid()).collect();
        let found = store::evaluations::read(conn, &ids).await?;
        Ok(Self(found.into_iter().map(|evaluation| (evaluation.id, evaluation)).collect()))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Evaluation> {
        self.0.values()
    }

    /// The row's evaluation, if it is as the caller saw it.
    pub(super) fn take(&mut self, row: Seen) -> Outcome {
        let found = self.0.remove(&row.id).ok_or_else(evaluation_not_found)?;
        if found.revision == row.revision { Ok(found) } else { Err(Error::Stale) }
    }

    /// The answers to a call that was made before: what it brought about stands, whatever followed.
    /// The rows it refused are not told from the others, so nobody is answered what is not theirs to
    /// read.
    fn replay(mut self, caller: &Caller, rows: &[Seen], made: Made) -> Vec<Outcome> {
        let Made { done, refused } = made;
        let answer = |row: &Seen| {
            let found = self.0.remove(&row.id).ok_or_else(evaluation_not_found)?;
            check_reader(caller, &found).map_err(|_| refused())?;
            if found.revision > row.revision && done(&found) {
                Ok(found)
            } else {
                Err(Error::Stale)
            }
        };
        rows.iter().map(answer).collect()
    }
}

/// What a call brings about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Made {
    pub done: fn(&Evaluation) -> bool,
    /// How it refuses a row that is another's.
    pub refused: fn() -> Error,
}

impl App {
    /// Answers a call that was made before, which is a reading.
    pub(super) async fn replay(
        &self,
        caller: &Caller,
        key: &RequestKey,
        (found, rows): (Found, &[Seen]),
        made: Made,
    ) -> Vec<Outcome> {
        let outcomes = found.replay(caller, rows, made);
        let people: Vec<_> = outcomes.iter().flatten().map(|one| one.employee_id.uuid()).collect();
        self.access_log.record_all(caller, key.method(), people).await;
        outcomes
    }
}

/// The evaluations that a call is about to change.
pub(super) fn accepted(outcomes: &[Outcome]) -> Vec<Evaluation> {
    outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).cloned().collect()
}

/// Rows that somebody else changed while the call was under way are stale.
pub(super) fn confirmed(outcomes: Vec<Outcome>, changed: &[Uuid]) -> Vec<Outcome> {
    let changed: HashSet<&Uuid> = changed.iter().collect();
    let confirm = |evaluation: Evaluation| {
        let stored = changed.contains(&evaluation.id.uuid());
        if stored { Ok(evaluation) } else { Err(Error::Stale) }
    };
    outcomes.into_iter().map(|outcome| outcome.and_then(confirm)).collect()
}

/// The outcome of a call about one evaluation.
pub(super) fn only(mut outcomes: Vec<Outcome>) -> Outcome {
    outcomes.pop().unwrap_or_else(|| Err(evaluation_not_found()))
}
