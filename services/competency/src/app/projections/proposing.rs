use std::collections::HashSet;

use jiff::tz::TimeZone;
use kinerja_kit::{clock::Clock, events::ApplyError};
use kinerja_proto::evaluation::v1::Improvement;
use sqlx::PgConnection;

use crate::{
    domain::{Code, EmployeeId, EvaluationId, Making},
    store::{
        self,
        evaluations::{Finalised, Pending},
        gaps::Holder,
        proposals::Proposal,
    },
};

/// Something the rater named to improve.
#[derive(Debug)]
pub(super) struct Named {
    evaluation_id: EvaluationId,
    employee_id: EmployeeId,
    year: i32,
    words: String,
    code: Option<Code>,
}

/// What the rater named in one evaluation. A code that is none is left out: the words stay.
pub(super) fn named(
    evaluation: &Finalised,
    improvements: Vec<Improvement>,
) -> impl Iterator<Item = Named> {
    let Finalised { evaluation_id, employee_id, year, .. } = *evaluation;
    improvements.into_iter().filter(|one| !one.text.trim().is_empty()).map(move |one| Named {
        evaluation_id,
        employee_id,
        year,
        words: one.text,
        code: Code::try_from(one.competency_code).ok(),
    })
}

/// Makes needs of what raters named.
pub(super) async fn propose_named(
    conn: &mut PgConnection,
    clock: &Clock,
    named: Vec<Named>,
) -> Result<(), ApplyError> {
    if named.is_empty() {
        return Ok(());
    }
    let now = clock.now();
    let codes: HashSet<String> =
        named.iter().filter_map(|one| one.code.as_ref()).map(Code::to_string).collect();
    let codes: Vec<String> = codes.into_iter().collect();
    let known = store::competencies::known(conn, &codes).await?;
    let activities = store::proposals::activities(conn).await?;
    let proposals = named.into_iter().map(|one| {
        let making = Making { id: clock.new_id(), evaluation_id: one.evaluation_id, at: now };
        let code = one.code.filter(|code| known.contains_key(code.as_str()));
        Proposal {
            employee_id: one.employee_id,
            year: one.year,
            plan_id: clock.new_uuid(),
            need: activities.need_of_rater(making, one.words, code),
        }
    });
    let proposals: Vec<Proposal> = proposals.collect();
    Ok(store::proposals::insert(conn, &proposals, now).await?)
}

/// Makes needs of the gaps of those of `people` who have a final evaluation and whom the registry has made
/// known. The others' gaps stay pending.
pub(super) async fn propose_gaps(
    conn: &mut PgConnection,
    clock: &Clock,
    people: &[EmployeeId],
) -> Result<(), ApplyError> {
    let pending = store::evaluations::pending(conn, people).await?;
    if pending.is_empty() {
        return Ok(());
    }
    let Some(zone) = store::employees::time_zone(conn).await? else { return Ok(()) };
    let zone = TimeZone::get(&zone).map_err(|error| ApplyError::Refused(error.to_string()))?;
    let people: Vec<_> = pending.iter().map(|one| one.employee_id).collect();
    let posts = store::employees::posts_of(conn, &people).await?;
    let known: Vec<_> =
        pending.into_iter().filter(|one| posts.contains_key(&one.employee_id)).collect();
    let (mut placed, mut holders) = (vec![], vec![]);
    for one in &known {
        // Without a post nothing is asked, and no gap is looked for.
        if let Some(Some(posts)) = posts.get(&one.employee_id) {
            let on = one.finalised_at.to_zoned(zone.clone()).date();
            holders.push(Holder { posts: posts.clone(), employee_id: Some(one.employee_id), on });
            placed.push(one);
        }
    }
    let proposals = of_gaps(conn, clock, &placed, &holders).await?;
    store::proposals::insert(conn, &proposals, clock.now()).await?;
    let done: Vec<_> = known.iter().map(|one| one.evaluation_id).collect();
    Ok(store::evaluations::looked_at(conn, &done).await?)
}

async fn of_gaps(
    conn: &mut PgConnection,
    clock: &Clock,
    evaluations: &[&Pending],
    holders: &[Holder],
) -> Result<Vec<Proposal>, sqlx::Error> {
    let lines = store::gaps::lines(conn, holders).await?;
    let activities = store::proposals::activities(conn).await?;
    let mut proposals = vec![];
    for (evaluation, lines) in evaluations.iter().zip(lines) {
        for line in lines {
            let evaluation_id = evaluation.evaluation_id;
            let making = Making { id: clock.new_id(), evaluation_id, at: clock.now() };
            proposals.extend(activities.need_of_gap(making, &line).map(|need| Proposal {
                employee_id: evaluation.employee_id,
                year: evaluation.year,
                plan_id: clock.new_uuid(),
                need,
            }));
        }
    }
    Ok(proposals)
}
