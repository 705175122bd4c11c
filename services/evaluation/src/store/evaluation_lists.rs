use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::domain::{EmployeeId, UnitId, cycle::CycleId, evaluation::EvaluationId};

/// Which evaluations are wanted.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub employee_id: Option<EmployeeId>,
    pub rater_id: Option<EmployeeId>,
    pub unit_id: Option<UnitId>,
    pub cycle_id: Option<CycleId>,
    /// A state's word.
    pub state: Option<&'static str>,
}

/// The ids of up to `limit` evaluations that come after `after`.
pub(crate) async fn ids(
    conn: &mut PgConnection,
    filter: &Filter,
    after: Option<EvaluationId>,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let mut query =
        QueryBuilder::<Postgres>::new("SELECT evaluation_id FROM evaluations WHERE true");
    for (column, id) in [
        (" AND employee_id = ", filter.employee_id.map(EmployeeId::uuid)),
        (" AND rater_employee_id = ", filter.rater_id.map(EmployeeId::uuid)),
        (" AND cycle_id = ", filter.cycle_id.map(CycleId::uuid)),
        (" AND unit_id = ", filter.unit_id.map(UnitId::uuid)),
        (" AND evaluation_id > ", after.map(EvaluationId::uuid)),
    ] {
        if let Some(id) = id {
            query.push(column).push_bind(id);
        }
    }
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(state);
    }
    query.push(" ORDER BY evaluation_id LIMIT ").push_bind(limit);
    query.build_query_scalar().fetch_all(conn).await
}

/// The ids of up to `limit` finalised evaluations that come after `after`.
pub(crate) async fn finalised(
    conn: &mut PgConnection,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT evaluation_id FROM evaluations
        WHERE state = 'FINALISED' AND evaluation_id > $1
        ORDER BY evaluation_id
        LIMIT $2
        "#,
        after,
        limit,
    )
    .fetch_all(conn)
    .await
}
