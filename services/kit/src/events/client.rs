//! The consumer's line to a neighbour's feed.

use futures_util::FutureExt as _;
use kinerja_proto::events::v1 as pb;
use pb::event_feed_service_client::EventFeedServiceClient;
use tonic::{Status, Streaming};

use super::Cursor;
use crate::client::{self, Channel};

const SNAPSHOT_PAGE: i32 = 1000;

/// A neighbour's feed.
#[derive(Debug, Clone)]
pub struct FeedClient(EventFeedServiceClient<Channel>);

impl FeedClient {
    pub fn new(channel: Channel) -> Self {
        Self(EventFeedServiceClient::new(channel))
    }

    pub(super) async fn watch(
        &self,
        after: Cursor,
        types: Vec<String>,
    ) -> Result<Streaming<pb::WatchResponse>, Status> {
        let request = pb::WatchRequest { after: Some(after.into()), types };
        let mut feed = self.0.clone();
        Ok(feed.watch(client::stream(request)).boxed().await?.into_inner())
    }

    pub(super) async fn head(&self) -> Result<Cursor, Status> {
        let mut feed = self.0.clone();
        let reply = feed.get_head(client::system(pb::GetHeadRequest {})).boxed().await?;
        Ok(Cursor::try_from(reply.into_inner().head.unwrap_or_default())?)
    }

    pub(super) async fn snapshot(
        &self,
        types: Vec<String>,
        page_token: String,
    ) -> Result<pb::ListSnapshotResponse, Status> {
        let request = pb::ListSnapshotRequest { types, page_size: SNAPSHOT_PAGE, page_token };
        let mut feed = self.0.clone();
        Ok(feed.list_snapshot(client::system(request)).boxed().await?.into_inner())
    }
}
