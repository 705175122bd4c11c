//! Pages of a snapshot: government by government, type by type, in the order of keys.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use kinerja_proto::events::v1 as pb;
use prost::Message as _;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use tonic::Status;
use tonic_types::FieldViolation;
use uuid::Uuid;

use super::{Current, MESSAGE_BYTES, Snapshot, event, storage};
use crate::{
    errors,
    tenant::{Database, TenantId},
};

const DEFAULT_SIZE: i64 = 50;
const MAX_SIZE: i64 = 1000;

/// Where a page begins.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    tenant: String,
    /// The type that was being listed, and the key it had come to.
    within: Option<(String, Uuid)>,
}

/// Reads one page, which ends with its government at the latest.
pub(super) async fn page(
    db: &Database,
    snapshot: &dyn Snapshot,
    request: &pb::ListSnapshotRequest,
) -> Result<pb::ListSnapshotResponse, Status> {
    let place = decode(&request.page_token)?;
    let tenants = tenants(db, snapshot).await.map_err(storage)?;
    let (first, within) = place.map_or_else(Default::default, |place| (place.tenant, place.within));
    let mut rest = tenants.iter().skip_while(|tenant| *tenant.as_str() < *first);
    let Some(tenant) = rest.next() else {
        return Ok(pb::ListSnapshotResponse::default());
    };
    let within = within.filter(|_| tenant.as_str() == first);
    let mut page =
        Page { limit: size(request.page_size), events: Vec::new(), bytes: 0, ended_at: None };
    page.fill(db, snapshot, tenant, &request.types, within).await.map_err(storage)?;

    let next = match page.ended_at {
        Some(within) => Some(Place { tenant: tenant.to_string(), within: Some(within) }),
        None => rest.next().map(|next| Place { tenant: next.to_string(), within: None }),
    };
    Ok(pb::ListSnapshotResponse {
        events: page.events,
        next_page_token: next.as_ref().map(encode).unwrap_or_default(),
    })
}

struct Page {
    limit: i64,
    events: Vec<pb::Event>,
    bytes: usize,
    /// Set when the page is full: where the next one goes on.
    ended_at: Option<(String, Uuid)>,
}

impl Page {
    async fn fill(
        &mut self,
        db: &Database,
        snapshot: &dyn Snapshot,
        tenant: &TenantId,
        wanted: &[String],
        within: Option<(String, Uuid)>,
    ) -> Result<(), sqlx::Error> {
        let mut kinds = snapshot.types();
        kinds.retain(|kind| wanted.is_empty() || wanted.contains(kind));
        let mut after = None;
        if let Some((kind, key)) = within {
            let skipped = kinds.iter().position(|known| *known == kind).unwrap_or(kinds.len());
            kinds.drain(..skipped);
            after = Some(key);
        }
        let mut tx = db.begin(tenant).await?;
        for kind in kinds {
            self.fill_kind(&mut tx, snapshot, tenant, &kind, after.take()).await?;
            if self.ended_at.is_some() {
                break;
            }
        }
        tx.rollback().await
    }

    /// Asks until nothing comes: a short answer need not be the last.
    async fn fill_kind(
        &mut self,
        conn: &mut PgConnection,
        snapshot: &dyn Snapshot,
        tenant: &TenantId,
        kind: &str,
        mut after: Option<Uuid>,
    ) -> Result<(), sqlx::Error> {
        while self.ended_at.is_none() {
            let room = self.limit - i64::try_from(self.events.len()).unwrap_or(self.limit);
            let found = snapshot.page(&mut *conn, kind, after, room).await?;
            if found.is_empty() {
                return Ok(());
            }
            after = self.take(tenant, found);
            let is_full = i64::try_from(self.events.len()).is_ok_and(|count| count >= self.limit);
            if is_full || self.bytes > MESSAGE_BYTES {
                self.ended_at = after.map(|key| (kind.to_owned(), key));
            }
        }
        Ok(())
    }

    /// Takes facts up to the size of a message. Returns the last key taken.
    fn take(&mut self, tenant: &TenantId, mut found: Vec<Current>) -> Option<Uuid> {
        found.sort_unstable_by_key(|current| current.key);
        let mut last = None;
        for current in found {
            if self.bytes > MESSAGE_BYTES {
                break;
            }
            last = Some(current.key);
            let fact = tell(tenant, current);
            self.bytes += fact.encoded_len();
            self.events.push(fact);
        }
        last
    }
}

async fn tenants(db: &Database, snapshot: &dyn Snapshot) -> Result<Vec<TenantId>, sqlx::Error> {
    let mut tx = db.begin_system().await?;
    let mut tenants = snapshot.tenants(&mut tx).await?;
    tx.rollback().await?;
    tenants.sort_unstable();
    Ok(tenants)
}

fn tell(tenant: &TenantId, current: Current) -> pb::Event {
    pb::Event {
        position: 0,
        event_id: String::new(),
        tenant_id: tenant.to_string(),
        key: current.key.to_string(),
        revision: current.revision,
        time: Some(event::wire_time(current.at)),
        traceparent: String::new(),
        payload: Some(current.payload),
    }
}

fn size(asked: i32) -> i64 {
    if asked <= 0 { DEFAULT_SIZE } else { i64::from(asked).min(MAX_SIZE) }
}

fn encode(place: &Place) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(place).expect("places are plain values"))
}

fn decode(token: &str) -> Result<Option<Place>, Status> {
    if token.is_empty() {
        return Ok(None);
    }
    let place = BASE64_URL_SAFE_NO_PAD.decode(token).ok();
    let place = place.and_then(|json| serde_json::from_slice(&json).ok());
    let fault = || FieldViolation::new("page_token", "was not issued for this request");
    place.map(Some).ok_or_else(|| errors::invalid(vec![fault()]))
}
