use std::{
    collections::HashMap,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use kinerja_kit::{errors::refusal, testing::ToldFeed};
use kinerja_proto::registry::v1::{
    self as registry,
    reporting_line_service_server::{ReportingLineService, ReportingLineServiceServer},
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

/// A neighbour that tells what it is told to tell.
#[derive(Debug, Clone)]
pub(crate) struct Neighbour {
    pub(crate) url: String,
    pub(crate) feed: ToldFeed,
    raters: Arc<Mutex<HashMap<Uuid, Uuid>>>,
    is_down: Arc<Mutex<bool>>,
}

impl Neighbour {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let neighbour = Self {
            url,
            feed: ToldFeed::default(),
            raters: Arc::default(),
            is_down: Arc::default(),
        };
        let serving = tonic::transport::Server::builder()
            .add_service(neighbour.feed.service())
            .add_service(ReportingLineServiceServer::new(neighbour.clone()))
            .serve_with_incoming(TcpListenerStream::new(listener));
        #[expect(clippy::disallowed_methods, reason = "ends with the test's runtime")]
        tokio::spawn(serving);
        neighbour
    }

    /// Makes `rater` the one whom the registry names for `employee`.
    pub(crate) fn rates(&self, rater: Uuid, employee: Uuid) {
        self.raters.lock().expect("no panic").insert(employee, rater);
    }

    /// From now on questions are not answered. The feed goes on.
    pub(crate) fn go_down(&self) {
        *self.is_down.lock().expect("no panic") = true;
    }
}

#[tonic::async_trait]
impl ReportingLineService for Neighbour {
    async fn resolve_rater(
        &self,
        request: Request<registry::ResolveRaterRequest>,
    ) -> Result<Response<registry::ResolveRaterResponse>, Status> {
        if *self.is_down.lock().expect("no panic") {
            return Err(Status::unavailable("down"));
        }
        let employee_id = request.into_inner().employee_id;
        let employee = employee_id.parse().map_err(|_| Status::invalid_argument("no UUID"))?;
        let rater = self.raters.lock().expect("no panic").get(&employee).copied();
        let Some(rater) = rater else {
            let reason = registry::Reason::NoRater;
            return Err(refusal(Code::FailedPrecondition, reason, "nobody rates the employee"));
        };
        let official =
            registry::RatingOfficial { employee_id: rater.to_string(), ..Default::default() };
        let resolution = registry::RaterResolution {
            employee_id,
            rater: Some(official),
            basis: registry::RaterBasis::HeadOfUnit.into(),
            ..Default::default()
        };
        Ok(Response::new(registry::ResolveRaterResponse { resolution: Some(resolution) }))
    }

    async fn resolve_raters(
        &self,
        _: Request<registry::ResolveRatersRequest>,
    ) -> Result<Response<registry::ResolveRatersResponse>, Status> {
        Err(Status::unimplemented("not asked"))
    }

    async fn set_reporting_line(
        &self,
        _: Request<registry::SetReportingLineRequest>,
    ) -> Result<Response<registry::SetReportingLineResponse>, Status> {
        Err(Status::unimplemented("not asked"))
    }

    async fn list_reporting_lines(
        &self,
        _: Request<registry::ListReportingLinesRequest>,
    ) -> Result<Response<registry::ListReportingLinesResponse>, Status> {
        Err(Status::unimplemented("not asked"))
    }
}
