//! A registry that knows reporting lines and due days only, and a planning service that knows
//! realisations only. Both can be away, and tell what a test has them tell.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use kinerja_kit::{server::Tasks, testing::ToldFeed};
use kinerja_proto::{planning::v1 as planning, registry::v1 as registry};
use planning::realisation_service_server::{RealisationService, RealisationServiceServer};
use registry::{
    calendar_service_server::{CalendarService, CalendarServiceServer},
    reporting_line_service_server::{ReportingLineService, ReportingLineServiceServer},
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};
use uuid::Uuid;

#[derive(Debug, Clone, Default)]
pub(crate) struct Neighbours {
    /// What both of them tell.
    pub(crate) feed: ToldFeed,
    known: Arc<Mutex<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    /// Rater and rater's superior by employee.
    lines: HashMap<Uuid, (Uuid, Option<Uuid>)>,
    /// Version and value of each indicator by plan.
    realised: HashMap<Uuid, (i32, Vec<(Uuid, String)>)>,
    registry_is_away: bool,
    planning_is_away: bool,
    times_asked: u32,
}

impl Neighbours {
    /// Serves on a port of its own; gives its address.
    pub(crate) async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let served = Server::builder()
            .add_service(self.feed.service())
            .add_service(ReportingLineServiceServer::new(self.clone()))
            .add_service(CalendarServiceServer::new(self.clone()))
            .add_service(RealisationServiceServer::new(self.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        Tasks::new().spawn(async move {
            served.await.expect("the stand-in serves");
        });
        format!("http://{address}")
    }

    pub(crate) fn set_line(&self, employee: Uuid, rater: Uuid, superior: Option<Uuid>) {
        self.known().lines.insert(employee, (rater, superior));
    }

    pub(crate) fn realise(&self, plan: Uuid, version: i32, values: &[(Uuid, &str)]) {
        let values = values.iter().map(|(id, value)| (*id, (*value).to_owned())).collect();
        self.known().realised.insert(plan, (version, values));
    }

    pub(crate) fn lose_registry(&self) {
        self.known().registry_is_away = true;
    }

    pub(crate) fn lose_planning(&self) {
        self.known().planning_is_away = true;
    }

    /// How often the registry was asked who rates.
    pub(crate) fn times_asked(&self) -> u32 {
        self.known().times_asked
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().expect("lock")
    }
}

#[tonic::async_trait]
impl ReportingLineService for Neighbours {
    async fn resolve_raters(
        &self,
        request: Request<registry::ResolveRatersRequest>,
    ) -> Result<Response<registry::ResolveRatersResponse>, Status> {
        let mut known = self.known();
        if known.registry_is_away {
            return Err(Status::unavailable("away"));
        }
        known.times_asked += 1;
        let request = request.into_inner();
        let mut reply = registry::ResolveRatersResponse::default();
        for employee_id in request.employee_ids {
            let employee: Uuid = employee_id.parse().expect("a UUID");
            match known.lines.get(&employee) {
                Some((rater, superior)) => reply.resolutions.push(registry::RaterResolution {
                    employee_id,
                    on: request.on.clone(),
                    rater: Some(official(*rater)),
                    rater_superior: superior.map(official),
                    basis: registry::RaterBasis::HeadOfUnit.into(),
                    ..Default::default()
                }),
                None => reply
                    .unresolved
                    .push(registry::UnresolvedRater { employee_id, reason: "NO_RATER".into() }),
            }
        }
        Ok(Response::new(reply))
    }

    async fn resolve_rater(
        &self,
        _: Request<registry::ResolveRaterRequest>,
    ) -> Result<Response<registry::ResolveRaterResponse>, Status> {
        Err(unasked())
    }

    async fn set_reporting_line(
        &self,
        _: Request<registry::SetReportingLineRequest>,
    ) -> Result<Response<registry::SetReportingLineResponse>, Status> {
        Err(unasked())
    }

    async fn list_reporting_lines(
        &self,
        _: Request<registry::ListReportingLinesRequest>,
    ) -> Result<Response<registry::ListReportingLinesResponse>, Status> {
        Err(unasked())
    }
}

#[tonic::async_trait]
impl CalendarService for Neighbours {
    /// Every fourteenth working day falls on 24 April 2026.
    async fn resolve_due_day(
        &self,
        request: Request<registry::ResolveDueDayRequest>,
    ) -> Result<Response<registry::ResolveDueDayResponse>, Status> {
        if self.known().registry_is_away {
            return Err(Status::unavailable("away"));
        }
        assert_eq!(request.into_inner().working_days, 14);
        Ok(Response::new(registry::ResolveDueDayResponse { due_on: "2026-04-24".into() }))
    }

    async fn set_calendar_year(
        &self,
        _: Request<registry::SetCalendarYearRequest>,
    ) -> Result<Response<registry::SetCalendarYearResponse>, Status> {
        Err(unasked())
    }

    async fn get_calendar_year(
        &self,
        _: Request<registry::GetCalendarYearRequest>,
    ) -> Result<Response<registry::GetCalendarYearResponse>, Status> {
        Err(unasked())
    }

    async fn set_unit_calendar(
        &self,
        _: Request<registry::SetUnitCalendarRequest>,
    ) -> Result<Response<registry::SetUnitCalendarResponse>, Status> {
        Err(unasked())
    }

    async fn get_unit_calendar(
        &self,
        _: Request<registry::GetUnitCalendarRequest>,
    ) -> Result<Response<registry::GetUnitCalendarResponse>, Status> {
        Err(unasked())
    }

    async fn get_calendar(
        &self,
        _: Request<registry::GetCalendarRequest>,
    ) -> Result<Response<registry::GetCalendarResponse>, Status> {
        Err(unasked())
    }
}

#[tonic::async_trait]
impl RealisationService for Neighbours {
    async fn get_plan_results(
        &self,
        request: Request<planning::GetPlanResultsRequest>,
    ) -> Result<Response<planning::GetPlanResultsResponse>, Status> {
        let known = self.known();
        if known.planning_is_away {
            return Err(Status::unavailable("away"));
        }
        let request = request.into_inner();
        let plan: Uuid = request.plan_id.parse().expect("a UUID");
        let (version, values) =
            known.realised.get(&plan).ok_or_else(|| Status::not_found("no such plan"))?;
        let realisations = values.iter().map(|(id, value)| planning::Realisation {
            indicator_id: id.to_string(),
            value: value.clone(),
            ..Default::default()
        });
        Ok(Response::new(planning::GetPlanResultsResponse {
            results: Some(planning::PlanResults {
                plan_id: request.plan_id,
                period_id: request.period_id,
                version: *version,
                realisations: realisations.collect(),
                etag: "\"3\"".into(),
                ..Default::default()
            }),
        }))
    }

    async fn record_realisations(
        &self,
        _: Request<planning::RecordRealisationsRequest>,
    ) -> Result<Response<planning::RecordRealisationsResponse>, Status> {
        Err(unasked())
    }
}

fn official(employee: Uuid) -> registry::RatingOfficial {
    registry::RatingOfficial { employee_id: employee.to_string(), ..Default::default() }
}

fn unasked() -> Status {
    Status::unimplemented("evaluation does not ask for this")
}
