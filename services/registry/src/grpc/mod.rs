//! The gRPC face: wire types in, use cases called, wire types out.

mod arrivals;
mod assignments;
mod calendars;
mod corrections;
mod delegations;
mod discipline;
mod employee_records;
mod employees;
mod exports;
mod import_stream;
mod imports;
mod licences;
mod positions;
mod public_services;
mod reporting_lines;
mod searches;
mod tenants;
mod units;
mod words;

use jiff::civil::Date;
use kinerja_proto::registry::v1 as pb;
use tonic::service::Routes;

use crate::app::App;

/// Every service of the registry's package.
pub(crate) fn routes(app: &App) -> Routes {
    Routes::default()
        .add_service(pb::tenant_service_server::TenantServiceServer::new(tenants::Tenants::new(
            app,
        )))
        .add_service(pb::calendar_service_server::CalendarServiceServer::new(
            calendars::Calendars::new(app),
        ))
        .add_service(pb::unit_service_server::UnitServiceServer::new(units::Units::new(app)))
        .add_service(pb::position_service_server::PositionServiceServer::new(
            positions::Positions::new(app),
        ))
        .add_service(pb::employee_service_server::EmployeeServiceServer::new(
            employees::Employees::new(app),
        ))
        .add_service(pb::assignment_service_server::AssignmentServiceServer::new(
            assignments::Assignments::new(app),
        ))
        .add_service(pb::arrival_service_server::ArrivalServiceServer::new(
            arrivals::Arrivals::new(app),
        ))
        .add_service(pb::reporting_line_service_server::ReportingLineServiceServer::new(
            reporting_lines::ReportingLines::new(app),
        ))
        .add_service(pb::delegation_service_server::DelegationServiceServer::new(
            delegations::Delegations::new(app),
        ))
        .add_service(pb::correction_service_server::CorrectionServiceServer::new(
            corrections::Corrections::new(app),
        ))
        .add_service(pb::import_service_server::ImportServiceServer::new(imports::Imports::new(
            app,
        )))
        .add_service(pb::export_service_server::ExportServiceServer::new(exports::Exports::new(
            app,
        )))
        .add_service(pb::search_service_server::SearchServiceServer::new(searches::Searches::new(
            app,
        )))
        .add_service(pb::public_service_service_server::PublicServiceServiceServer::new(
            public_services::PublicServices::new(app),
        ))
        .add_service(pb::discipline_service_server::DisciplineServiceServer::new(
            discipline::Discipline::new(app),
        ))
        .add_service(pb::licence_service_server::LicenceServiceServer::new(
            licences::Licences::new(app),
        ))
}

fn day(date: jiff_sqlx::Date) -> String {
    date.to_jiff().to_string()
}

fn opt_day(date: Option<jiff_sqlx::Date>) -> String {
    date.map(day).unwrap_or_default()
}

fn opt_civil(date: Option<Date>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}

fn opt_id(id: Option<uuid::Uuid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}
