//! `kinerja.common.v1.ClockService`: moves the clock of a suite in development.

use kinerja_proto::common::v1 as pb;
use tonic::{Request, Response, Status};

use crate::{
    auth::{Policy, Role, Rule, Who},
    clock::Clock,
    fields::{Fields, instant},
};

pub(crate) const CLOCK_POLICY: Policy = Policy::new(&[
    Rule { rpc: "/kinerja.common.v1.ClockService/GetClock", who: Who::Roles(&[Role::Operator]) },
    Rule { rpc: "/kinerja.common.v1.ClockService/SetClock", who: Who::Roles(&[Role::Operator]) },
]);

#[derive(Debug)]
pub(crate) struct ClockService {
    clock: Clock,
}

impl ClockService {
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock }
    }
}

#[tonic::async_trait]
impl pb::clock_service_server::ClockService for ClockService {
    async fn get_clock(
        &self,
        _request: Request<pb::GetClockRequest>,
    ) -> Result<Response<pb::GetClockResponse>, Status> {
        Ok(Response::new(pb::GetClockResponse { now: Some(instant(self.clock.now())) }))
    }

    async fn set_clock(
        &self,
        request: Request<pb::SetClockRequest>,
    ) -> Result<Response<pb::SetClockResponse>, Status> {
        let mut fields = Fields::default();
        let now = fields.instant("now", request.into_inner().now.as_ref());
        fields.finish()?;
        self.clock.set(now);
        Ok(Response::new(pb::SetClockResponse { now: Some(instant(self.clock.now())) }))
    }
}
