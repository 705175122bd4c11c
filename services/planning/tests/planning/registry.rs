//! A registry that knows reporting lines only, can be away, and tells what a test has it tell.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use kinerja_kit::{server::Tasks, testing::ToldFeed};
use kinerja_proto::registry::v1 as pb;
use pb::reporting_line_service_server::{ReportingLineService, ReportingLineServiceServer};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};
use uuid::Uuid;

/// Rater and rater's superior by employee.
type Lines = HashMap<Uuid, (Uuid, Option<Uuid>)>;

#[derive(Debug, Clone, Default)]
pub(crate) struct Registry {
    pub(crate) feed: ToldFeed,
    lines: Arc<Mutex<Lines>>,
    is_away: Arc<Mutex<bool>>,
}

impl Registry {
    /// Serves on a port of its own; gives its address.
    pub(crate) async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let service = ReportingLineServiceServer::new(self.clone());
        let served = Server::builder()
            .add_service(service)
            .add_service(self.feed.service())
            .serve_with_incoming(TcpListenerStream::new(listener));
        Tasks::new().spawn(async move {
            served.await.expect("the stand-in serves");
        });
        format!("http://{address}")
    }

    pub(crate) fn set_line(&self, employee: Uuid, rater: Uuid, superior: Option<Uuid>) {
        self.lines.lock().expect("lock").insert(employee, (rater, superior));
    }

    pub(crate) fn go_away(&self) {
        *self.is_away.lock().expect("lock") = true;
    }
}

#[tonic::async_trait]
impl ReportingLineService for Registry {
    async fn resolve_raters(
        &self,
        request: Request<pb::ResolveRatersRequest>,
    ) -> Result<Response<pb::ResolveRatersResponse>, Status> {
        if *self.is_away.lock().expect("lock") {
            return Err(Status::unavailable("away"));
        }
        let request = request.into_inner();
        let lines = self.lines.lock().expect("lock");
        let mut reply = pb::ResolveRatersResponse::default();
        for employee_id in request.employee_ids {
            let employee = employee_id.parse().expect("a UUID");
            match lines.get(&employee) {
                Some((rater, superior)) => reply.resolutions.push(pb::RaterResolution {
                    employee_id,
                    on: request.on.clone(),
                    rater: Some(official(*rater)),
                    rater_superior: superior.map(official),
                    basis: pb::RaterBasis::HeadOfUnit.into(),
                    ..Default::default()
                }),
                None => reply
                    .unresolved
                    .push(pb::UnresolvedRater { employee_id, reason: "NO_RATER".into() }),
            }
        }
        Ok(Response::new(reply))
    }

    async fn resolve_rater(
        &self,
        _: Request<pb::ResolveRaterRequest>,
    ) -> Result<Response<pb::ResolveRaterResponse>, Status> {
        Err(Status::unimplemented("planning asks for many at once"))
    }

    async fn set_reporting_line(
        &self,
        _: Request<pb::SetReportingLineRequest>,
    ) -> Result<Response<pb::SetReportingLineResponse>, Status> {
        Err(Status::unimplemented("planning does not set lines"))
    }

    async fn list_reporting_lines(
        &self,
        _: Request<pb::ListReportingLinesRequest>,
    ) -> Result<Response<pb::ListReportingLinesResponse>, Status> {
        Err(Status::unimplemented("planning does not list lines"))
    }
}

fn official(employee: Uuid) -> pb::RatingOfficial {
    pb::RatingOfficial { employee_id: employee.to_string(), ..Default::default() }
}
