use jiff_sqlx::{Timestamp as SqlTimestamp, ToSqlx as _};
use sqlx::{PgConnection, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{development_needs, words};
use crate::domain::{
    Awaited, DevelopmentPlan, EmployeeId, PlanId, PlanState, Superior, SuperiorConsent, UnitId,
};

#[derive(sqlx::FromRow)]
struct Row {
    plan_id: Uuid,
    employee_id: Uuid,
    year: i32,
    unit_id: Option<Uuid>,
    state: String,
    employee_consented_at: Option<SqlTimestamp>,
    superior_id: Option<Uuid>,
    superior_consented_at: Option<SqlTimestamp>,
    superior_basis: Option<String>,
    created_at: SqlTimestamp,
    revision: i64,
}

impl TryFrom<Row> for DevelopmentPlan {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            state: row.state()?,
            id: row.plan_id.into(),
            employee_id: row.employee_id.into(),
            year: row.year,
            unit_id: row.unit_id.map(Into::into),
            needs: vec![],
            created_at: row.created_at.to_jiff(),
            revision: row.revision,
        })
    }
}

impl Row {
    fn state(&self) -> Result<PlanState, sqlx::Error> {
        let employee_at = self.employee_consented_at.map(SqlTimestamp::to_jiff);
        Ok(match (self.state.as_str(), employee_at, self.superior()) {
            ("PROPOSED", None, None) => PlanState::Proposed(Awaited::Both),
            ("PROPOSED", Some(employee_at), None) => {
                PlanState::Proposed(Awaited::Superior { employee_at })
            }
            ("PROPOSED", None, Some(superior)) => {
                PlanState::Proposed(Awaited::Employee { superior })
            }
            ("AGREED", Some(employee_at), Some(superior)) => {
                PlanState::Agreed { employee_at, superior }
            }
            ("CLOSED", employee_at, superior) => PlanState::Closed { employee_at, superior },
            (state, ..) => return Err(words::unknown(state)),
        })
    }

    fn superior(&self) -> Option<SuperiorConsent> {
        let employee_id = self.superior_id?.into();
        let superior = Superior { employee_id, basis: self.superior_basis.clone()? };
        Some(SuperiorConsent { superior, at: self.superior_consented_at?.to_jiff() })
    }
}

pub(crate) async fn get(
    conn: &mut PgConnection,
    id: PlanId,
) -> Result<Option<DevelopmentPlan>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"
        SELECT plan_id, employee_id, year, unit_id, state, employee_consented_at, superior_id,
            superior_consented_at, superior_basis, created_at, revision
        FROM development_plans
        WHERE plan_id = $1
        "#,
        id.uuid(),
    )
    .fetch_optional(&mut *conn)
    .await?;
    Ok(with_needs(conn, row.into_iter().collect()).await?.pop())
}

/// Reads one plan and locks its row until the transaction ends.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    id: PlanId,
) -> Result<Option<DevelopmentPlan>, sqlx::Error> {
    sqlx::query!("SELECT plan_id FROM development_plans WHERE plan_id = $1 FOR UPDATE", id.uuid())
        .fetch_optional(&mut *conn)
        .await?;
    get(conn, id).await
}

/// Lists up to `limit` plans that come after `after`, oldest first: of a unit or of the government, of one
/// state or of all. Each of the four has its index.
pub(crate) async fn list(
    conn: &mut PgConnection,
    unit: Option<UnitId>,
    state: Option<&str>,
    after: Uuid,
    limit: i64,
) -> Result<Vec<DevelopmentPlan>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(
        "SELECT plan_id, employee_id, year, unit_id, state, employee_consented_at, superior_id,
             superior_consented_at, superior_basis, created_at, revision
         FROM development_plans WHERE plan_id > ",
    );
    query.push_bind(after);
    if let Some(unit) = unit {
        query.push(" AND unit_id = ").push_bind(unit.uuid());
    }
    if let Some(state) = state {
        query.push(" AND state = ").push_bind(state);
    }
    query.push(" ORDER BY plan_id LIMIT ").push_bind(limit);
    let rows: Vec<Row> = query.build_query_as().fetch_all(&mut *conn).await?;
    with_needs(conn, rows).await
}

/// Lists up to `limit` plans of an employee, latest year first, of years before `before`.
pub(crate) async fn list_of_employee(
    conn: &mut PgConnection,
    employee_id: EmployeeId,
    before: i32,
    limit: i64,
) -> Result<Vec<DevelopmentPlan>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT plan_id, employee_id, year, unit_id, state, employee_consented_at, superior_id,
            superior_consented_at, superior_basis, created_at, revision
        FROM development_plans
        WHERE employee_id = $1 AND year < $2
        ORDER BY year DESC
        LIMIT $3
        "#,
        employee_id.uuid(),
        before,
        limit,
    )
    .fetch_all(&mut *conn)
    .await?;
    with_needs(conn, rows).await
}

async fn with_needs(
    conn: &mut PgConnection,
    rows: Vec<Row>,
) -> Result<Vec<DevelopmentPlan>, sqlx::Error> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.plan_id).collect();
    let mut needs = development_needs::of(conn, &ids).await?;
    let plan = |row: Row| {
        let own = needs.remove(&row.plan_id).unwrap_or_default();
        DevelopmentPlan::try_from(row).map(|plan| DevelopmentPlan { needs: own, ..plan })
    };
    rows.into_iter().map(plan).collect()
}

/// Writes a plan that was locked before, with its needs.
pub(crate) async fn update(
    conn: &mut PgConnection,
    plan: &DevelopmentPlan,
) -> Result<(), sqlx::Error> {
    let (employee_at, superior) = plan.state.consents();
    sqlx::query!(
        r#"
        UPDATE development_plans
        SET state = $2, employee_consented_at = $3, superior_id = $4, superior_consented_at = $5,
            superior_basis = $6, revision = $7
        WHERE plan_id = $1
        "#,
        plan.id.uuid(),
        plan.state.as_str(),
        employee_at.map(|at| at.to_sqlx()) as _,
        superior.map(|consent| consent.superior.employee_id.uuid()),
        superior.map(|consent| consent.at.to_sqlx()) as _,
        superior.map(|consent| consent.superior.basis.as_str()),
        plan.revision,
    )
    .execute(&mut *conn)
    .await?;
    development_needs::put(conn, plan.id, &plan.needs).await
}

/// Moves open plans of `employees` to the units the registry told last.
pub(crate) async fn follow(
    conn: &mut PgConnection,
    employees: &[EmployeeId],
) -> Result<(), sqlx::Error> {
    let employees: Vec<Uuid> = employees.iter().map(|id| id.uuid()).collect();
    sqlx::query!(
        r#"
        UPDATE development_plans AS plans
        SET unit_id = employees.unit_id
        FROM employees
        WHERE employees.employee_id = ANY($1) AND employees.tenant_id = plans.tenant_id
            AND plans.employee_id = employees.employee_id AND plans.state <> 'CLOSED'
            AND plans.unit_id IS DISTINCT FROM employees.unit_id
        "#,
        &employees,
    )
    .execute(conn)
    .await?;
    Ok(())
}
