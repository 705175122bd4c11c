//! The yardstick of `GetEmployee`: tonic and sqlx alone, with the registry's tenant transaction and query.
//!
//! No caller is checked, nothing is limited, nothing traced. It runs as a process of its own, which is this
//! binary started again.

use std::net::Ipv4Addr;

use jiff_sqlx::ToSqlx as _;
use kinerja_kit::clock::Clock;
use kinerja_proto::registry::v1::{
    self as pb,
    employee_service_server::{EmployeeService, EmployeeServiceServer},
};
use sqlx::{
    AssertSqlSafe, PgPool, Row as _, SqlSafeStr as _, SqlStr,
    postgres::{PgPoolOptions, PgRow},
};
use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status, async_trait,
    transport::server::{Server, TcpIncoming},
};
use uuid::Uuid;

/// Names the database; set only where this binary is to be the server.
pub(crate) const DATABASE: &str = "KINERJA_BENCH_BARE";
/// The registry's own source, so that the query is the same one.
const SOURCE: &str = include_str!("../../../services/registry/src/store/employee_views.rs");
/// Connections, as many as a service has.
const POOL: u32 = 16;

/// The database of the server that this process is to be, if it is to be one.
pub(crate) fn asked_for() -> Option<String> {
    std::env::var(DATABASE).ok()
}

pub(crate) fn serve(database: &str) -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let pool = PgPoolOptions::new()
            .max_connections(POOL)
            .test_before_acquire(false)
            .connect_lazy(database)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let addr = listener.local_addr()?;
        eprintln!(
            "{}",
            serde_json::json!({"addr": addr.to_string(), "health_addr": addr.to_string()})
        );
        let query = AssertSqlSafe(query()?.to_owned()).into_sql_str();
        Server::builder()
            .add_service(EmployeeServiceServer::new(Bare { pool, query }))
            .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
            .await?;
        Ok(())
    })
}

fn query() -> anyhow::Result<&'static str> {
    let text = SOURCE.split_once("r#\"").and_then(|(_, rest)| rest.split_once("\"#"));
    text.map(|(query, _)| query)
        .ok_or_else(|| anyhow::anyhow!("the registry's query is not where it was"))
}

struct Bare {
    pool: PgPool,
    query: SqlStr,
}

impl Bare {
    async fn employee(
        &self,
        request: Request<pb::GetEmployeeRequest>,
    ) -> Result<pb::Employee, sqlx::Error> {
        let tenant = request.metadata().get("kinerja-tenant").and_then(|value| value.to_str().ok());
        let begin =
            format!("BEGIN; SET LOCAL kinerja.tenant_id = '{}'", tenant.unwrap_or_default());
        let mut tx = self.pool.begin_with(AssertSqlSafe(begin)).await?;
        let id: Uuid =
            request.get_ref().employee_id.parse().map_err(|_| sqlx::Error::RowNotFound)?;
        let now = Clock::system().now().to_sqlx();
        let row = sqlx::query(self.query.clone())
            .bind(vec![id])
            .bind(None::<jiff_sqlx::Date>)
            .bind(now)
            .fetch_one(&mut *tx)
            .await?;
        tx.commit().await?;
        read(&row)
    }
}

/// Every column is read, as the registry does.
fn read(row: &PgRow) -> Result<pb::Employee, sqlx::Error> {
    let text =
        |column: &str| row.try_get::<Option<String>, _>(column).map(Option::unwrap_or_default);
    let id = |column: &str| {
        let id = row.try_get::<Option<Uuid>, _>(column)?;
        Ok::<_, sqlx::Error>(id.map(|id| id.to_string()).unwrap_or_default())
    };
    let day = |column: &str| {
        let day = row.try_get::<Option<jiff_sqlx::Date>, _>(column)?;
        Ok::<_, sqlx::Error>(day.map(|day| day.to_jiff().to_string()).unwrap_or_default())
    };
    let placement = pb::Placement {
        assignment_id: id("assignment_id?")?,
        unit_id: id("unit_id?")?,
        position_id: id("position_id?")?,
        position_name: text("position_name?")?,
        position_kind: word(&text("position_kind?")?),
        position_level: word(&text("position_level?")?),
        heads_unit: row.try_get::<Option<bool>, _>("heads_unit?")?.unwrap_or_default(),
    };
    Ok(pb::Employee {
        employee_id: id("employee_id")?,
        identity_number: text("identity_number?")?,
        name: Some(pb::PersonName {
            name: text("name")?,
            front_title: text("front_title")?,
            back_title: text("back_title")?,
        }),
        display_name: text("display_name!")?,
        employment_kind: word(&text("employment_kind")?),
        status: word(&text("status?")?),
        absence_kind: word(&text("absence_kind?")?),
        rank: text("rank?")?,
        placement: Some(placement),
        opened_on: day("opened_on")?,
        closed_on: day("closed_on")?,
        etag: row.try_get::<i64, _>("revision")?.to_string(),
    })
}

/// Some number of the enumeration: which one costs nothing.
fn word(stored: &str) -> i32 {
    i32::from(!stored.is_empty())
}

fn elsewhere<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("only GetEmployee is compared"))
}

#[async_trait]
impl EmployeeService for Bare {
    async fn get_employee(
        &self,
        request: Request<pb::GetEmployeeRequest>,
    ) -> Result<Response<pb::GetEmployeeResponse>, Status> {
        let employee =
            self.employee(request).await.map_err(|error| Status::internal(error.to_string()))?;
        Ok(Response::new(pb::GetEmployeeResponse { employee: Some(employee) }))
    }

    async fn create_employee(
        &self,
        _: Request<pb::CreateEmployeeRequest>,
    ) -> Result<Response<pb::CreateEmployeeResponse>, Status> {
        elsewhere()
    }

    async fn update_employee(
        &self,
        _: Request<pb::UpdateEmployeeRequest>,
    ) -> Result<Response<pb::UpdateEmployeeResponse>, Status> {
        elsewhere()
    }

    async fn change_identity_number(
        &self,
        _: Request<pb::ChangeIdentityNumberRequest>,
    ) -> Result<Response<pb::ChangeIdentityNumberResponse>, Status> {
        elsewhere()
    }

    async fn change_rank(
        &self,
        _: Request<pb::ChangeRankRequest>,
    ) -> Result<Response<pb::ChangeRankResponse>, Status> {
        elsewhere()
    }

    async fn change_status(
        &self,
        _: Request<pb::ChangeStatusRequest>,
    ) -> Result<Response<pb::ChangeStatusResponse>, Status> {
        elsewhere()
    }

    async fn list_employees(
        &self,
        _: Request<pb::ListEmployeesRequest>,
    ) -> Result<Response<pb::ListEmployeesResponse>, Status> {
        elsewhere()
    }

    async fn list_employee_history(
        &self,
        _: Request<pb::ListEmployeeHistoryRequest>,
    ) -> Result<Response<pb::ListEmployeeHistoryResponse>, Status> {
        elsewhere()
    }
}
