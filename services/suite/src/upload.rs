//! Sends a personnel export to the registry, from where an interrupted import stopped.

use anyhow::Context as _;
use kinerja_kit::client::Channel;
use kinerja_proto::registry::v1::{
    self as pb, import_employees_request::Part, import_service_client::ImportServiceClient,
};
use tokio::sync::mpsc::{self, Sender};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Request;

/// Bytes of a file that go in one message.
const CUT: usize = 256 * 1024;

type Messages = ReceiverStream<pb::ImportEmployeesRequest>;

/// The import in its final state. `sign` says who calls; `watch` sees how far it has come, first before
/// anything is sent.
pub async fn upload(
    registry: Channel,
    header: pb::ImportHeader,
    file: &[u8],
    sign: impl Fn(Messages) -> Request<Messages>,
    watch: impl Fn(&pb::Import),
) -> anyhow::Result<pb::Import> {
    let (sender, receiver) = mpsc::channel(4);
    send(&sender, Part::Header(header)).await?;
    let mut client = ImportServiceClient::new(registry);
    let request = sign(ReceiverStream::new(receiver));
    let mut answers = client.import_employees(request).await?.into_inner();
    let mut last =
        answers.message().await?.and_then(|answer| answer.import).context("no answer")?;
    watch(&last);
    let rest = usize::try_from(last.received_bytes).ok().and_then(|offset| file.get(offset..));
    let receiving = last.state() == pb::ImportState::Receiving;
    let rest = rest.filter(|_| receiving).unwrap_or_default();
    let sending = async {
        for cut in rest.chunks(CUT) {
            send(&sender, Part::Csv(cut.to_vec())).await?;
        }
        if receiving {
            send(&sender, Part::End(pb::ImportEnd {})).await?;
        }
        drop(sender);
        anyhow::Ok(())
    };
    let hearing = async {
        while let Some(answer) = answers.message().await? {
            if let Some(import) = answer.import {
                watch(&import);
                last = import;
            }
        }
        anyhow::Ok(last)
    };
    // A server that refuses stops reading: what it says counts, not that sending failed.
    let (sent, heard) = tokio::join!(sending, hearing);
    let last = heard?;
    sent?;
    Ok(last)
}

async fn send(sender: &Sender<pb::ImportEmployeesRequest>, part: Part) -> anyhow::Result<()> {
    let message = pb::ImportEmployeesRequest { part: Some(part) };
    sender.send(message).await.ok().context("the registry stopped reading")
}

/// A fault as a line of text. Rows are counted from below the header line.
pub fn told(fault: &pb::ImportFault) -> String {
    match fault.column {
        0 => format!("row {}: {}", fault.row, fault.english),
        column => {
            format!("row {}, column {column} ({}): {}", fault.row, fault.heading, fault.english)
        }
    }
}
