//! Pages of a snapshot: government by government, type by type, in the order of keys.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use kinerja_proto::events::v1 as pb;
use prost::Message as _;
use serde::{Deserialize, Serialize};
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
enum Place {
    /// In a government: the type that is being listed, and the key it has come to.
    Within(String, String, Uuid),
    /// Behind the last type of a government.
    Behind(String),
}

/// Reads one page: of one type of one government, so that no page asks the database more than its type does.
pub(super) async fn page(
    db: &Database,
    snapshot: &dyn Snapshot,
    request: &pb::ListSnapshotRequest,
) -> Result<pb::ListSnapshotResponse, Status> {
    let mut kinds = snapshot.types();
    kinds.retain(|kind| request.types.is_empty() || request.types.contains(kind));
    let (events, next) = match decode(&request.page_token)? {
        Some(Place::Within(tenant, kind, after)) => {
            let tenant = tenant.parse().map_err(|_| foreign_token())?;
            let limit = size(request.page_size);
            let found = facts(db, snapshot, &tenant, &kind, after, limit).await.map_err(storage)?;
            let events = cut(&tenant, found);
            let next = match events.last().map(|(key, _)| *key) {
                Some(last) => Place::Within(tenant.to_string(), kind, last),
                // Asks until nothing comes: a short answer need not be the last.
                None => match kinds.iter().skip_while(|known| **known != kind).nth(1) {
                    Some(next) => Place::Within(tenant.to_string(), next.clone(), Uuid::nil()),
                    None => Place::Behind(tenant.to_string()),
                },
            };
            (events, Some(next))
        }
        Some(Place::Behind(tenant)) => {
            (Vec::new(), first_of_next(db, snapshot, &tenant, &kinds).await.map_err(storage)?)
        }
        None => (Vec::new(), first_of_next(db, snapshot, "", &kinds).await.map_err(storage)?),
    };
    Ok(pb::ListSnapshotResponse {
        events: events.into_iter().map(|(_, event)| event).collect(),
        next_page_token: next.as_ref().map(encode).unwrap_or_default(),
    })
}

async fn facts(
    db: &Database,
    snapshot: &dyn Snapshot,
    tenant: &TenantId,
    kind: &str,
    after: Uuid,
    limit: i64,
) -> Result<Vec<Current>, sqlx::Error> {
    let mut tx = db.begin(tenant).await?;
    let mut found = snapshot.page(&mut tx, kind, Some(after), limit).await?;
    tx.rollback().await?;
    found.sort_unstable_by_key(|current| current.key);
    Ok(found)
}

/// As many facts as a message takes, at least one.
fn cut(tenant: &TenantId, found: Vec<Current>) -> Vec<(Uuid, pb::Event)> {
    let (mut events, mut bytes) = (Vec::new(), 0);
    for current in found {
        if bytes > MESSAGE_BYTES {
            break;
        }
        let key = current.key;
        let event = tell(tenant, current);
        bytes += event.encoded_len();
        events.push((key, event));
    }
    events
}

/// The first type of the government after `tenant`, if there is one.
async fn first_of_next(
    db: &Database,
    snapshot: &dyn Snapshot,
    tenant: &str,
    kinds: &[String],
) -> Result<Option<Place>, sqlx::Error> {
    let Some(kind) = kinds.first() else { return Ok(None) };
    let mut tx = db.begin_system().await?;
    let tenants = snapshot.tenants(&mut tx).await?;
    tx.rollback().await?;
    let next = tenants.into_iter().filter(|known| known.as_str() > tenant).min();
    Ok(next.map(|next| Place::Within(next.to_string(), kind.clone(), Uuid::nil())))
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
    place.map(Some).ok_or_else(foreign_token)
}

fn foreign_token() -> Status {
    errors::invalid(vec![FieldViolation::new("page_token", "was not issued for this request")])
}
