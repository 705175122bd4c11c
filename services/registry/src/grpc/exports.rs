use std::pin::Pin;

use futures_util::{Stream, stream};
use kinerja_kit::{auth::Caller, fields::Fields};
use kinerja_proto::registry::v1 as pb;
use tonic::{Request, Response, Status};

use crate::app::{App, exports::OpenExport};

#[derive(Debug, Clone)]
pub(crate) struct Exports {
    app: App,
}

impl Exports {
    pub(crate) fn new(app: &App) -> Self {
        Self { app: app.clone() }
    }
}

type Chunks = Pin<Box<dyn Stream<Item = Result<pb::ExportEmployeesResponse, Status>> + Send>>;

#[tonic::async_trait]
impl pb::export_service_server::ExportService for Exports {
    type ExportEmployeesStream = Chunks;

    async fn export_employees(
        &self,
        request: Request<pb::ExportEmployeesRequest>,
    ) -> Result<Response<Self::ExportEmployeesStream>, Status> {
        let (caller, request) = (Caller::of(&request)?, request.into_inner());
        let mut fields = Fields::default();
        let separator = fields.one_of("separator", request.separator, separator);
        let open = OpenExport {
            as_of: fields.opt_date("as_of", &request.as_of),
            unit: fields.opt_id("unit_id", &request.unit_id),
            separator: separator.unwrap_or(b','),
        };
        fields.finish()?;
        let export = self.app.export_employees(&caller, open).await?;
        let chunks = stream::try_unfold(export, |mut export| async move {
            let chunk = export.next().await?;
            Ok(chunk.map(|chunk| {
                (pb::ExportEmployeesResponse { csv: chunk.csv, rows: chunk.rows }, export)
            }))
        });
        Ok(Response::new(Box::pin(chunks)))
    }
}

fn separator(separator: pb::ExportSeparator) -> Option<u8> {
    match separator {
        pb::ExportSeparator::Unspecified => None,
        pb::ExportSeparator::Comma => Some(b','),
        pb::ExportSeparator::Semicolon => Some(b';'),
        pb::ExportSeparator::Tab => Some(b'\t'),
    }
}
