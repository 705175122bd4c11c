//! The outbox as the feed sees it: every statement here runs behind the system door.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx as _;
use kinerja_proto::events::v1 as pb;
use sqlx::{PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;

use super::{Cursor, FeedFault, event};

/// Held by whoever gives positions out, until its transaction ends.
const STAMPER_LOCK: i64 = 0x6b69_6e65_726a_6101;

/// What a round of stamping found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Round {
    pub(super) stamped: i64,
    /// The last append that got its position.
    pub(super) last: Option<i64>,
    /// Every transaction below this id had ended.
    pub(super) ended_below: i64,
    /// No transaction from this id on had begun.
    pub(super) begun_below: i64,
}

/// Gives up to `limit` committed events, appended after `floor`, the positions that follow the last
/// one. None while another stamper is at it.
///
/// The lock is a statement of its own: the snapshot of the next one is then taken after the
/// previous holder's commit and shows every position given. Within a batch the order of appends
/// holds, in which a key's events lie in order because their writers held the lock of its row.
pub(super) async fn stamp(
    conn: &mut PgConnection,
    floor: i64,
    limit: i64,
) -> Result<Option<Round>, sqlx::Error> {
    // Rows are found by their place: a planner that thinks the pending ones many would read the
    // whole table.
    let (is_locked, _, _): (bool, String, String) = sqlx::query_as(
        "SELECT pg_try_advisory_xact_lock($1),
             set_config('enable_hashjoin', 'off', true),
             set_config('enable_mergejoin', 'off', true)",
    )
    .bind(STAMPER_LOCK)
    .fetch_one(&mut *conn)
    .await?;
    if !is_locked {
        return Ok(None);
    }
    let (stamped, last, ended_below, begun_below) =
        sqlx::query_as(STAMP).bind(floor).bind(limit).fetch_one(conn).await?;
    Ok(Some(Round { stamped, last, ended_below, begun_below }))
}

/// While nothing is pending this is one probe of the index `outbox_pending`.
const STAMP: &str = "
    WITH pending AS MATERIALIZED (
        SELECT place, row_number() OVER (ORDER BY append_id) AS nth
        FROM (
            SELECT ctid AS place, append_id
            FROM outbox
            WHERE position IS NULL AND append_id > $1
            ORDER BY append_id
            LIMIT $2
        ) AS oldest
    ), stamped AS (
        UPDATE outbox
        SET position = pending.nth + (SELECT coalesce(max(position), 0) FROM outbox)
        FROM pending
        WHERE outbox.ctid = pending.place
        RETURNING append_id
    )
    SELECT count(*), max(append_id),
        pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    FROM stamped";

/// Where the feed ends.
pub(super) async fn head(conn: &mut PgConnection) -> Result<Cursor, sqlx::Error> {
    let last = sqlx::query_as(
        "SELECT position, event_id
         FROM outbox
         WHERE position IS NOT NULL
         ORDER BY position DESC
         LIMIT 1",
    )
    .fetch_optional(conn)
    .await?;
    Ok(last.map_or(Cursor::START, |(position, event_id)| Cursor { position, event_id }))
}

/// How many committed events wait for their position, counted up to `limit`: a probe of `outbox_pending`.
pub(super) async fn pending(conn: &mut PgConnection, limit: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT FROM outbox WHERE position IS NULL LIMIT $1) AS waiting",
    )
    .bind(limit)
    .fetch_one(conn)
    .await
}

/// The last event that was pruned.
pub(super) async fn horizon(conn: &mut PgConnection) -> Result<Cursor, sqlx::Error> {
    let row =
        sqlx::query_as("SELECT position, event_id FROM feed_horizon").fetch_optional(conn).await?;
    Ok(row.map_or(Cursor::START, |(position, event_id)| Cursor { position, event_id }))
}

/// Up to `limit` events that follow `after`, which is compared with what stands there now.
///
/// One index scan, from the cursor itself on; only where its event is gone is the horizon asked.
pub(super) async fn page(
    conn: &mut PgConnection,
    after: Cursor,
    limit: i64,
) -> Result<Result<Vec<pb::Event>, FeedFault>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT position, event_id, tenant_id::text, key, revision, occurred_at, traceparent, type_name, payload
         FROM outbox
         WHERE position >= $1
         ORDER BY position
         LIMIT $2",
    )
    .bind(after.position)
    .bind(limit + 1)
    .fetch_all(&mut *conn)
    .await?;
    let first = rows.first().map(place).transpose()?;
    if first == Some(after) {
        return rows.iter().skip(1).map(read).collect::<Result<_, _>>().map(Ok);
    }
    let horizon = horizon(conn).await?;
    if after.position < horizon.position {
        return Ok(Err(FeedFault::Truncated));
    }
    if after != horizon {
        return Ok(Err(FeedFault::Diverged));
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    rows.iter().take(limit).map(read).collect::<Result<_, _>>().map(Ok)
}

/// Removes up to `limit` of the oldest events that were appended before `cutoff`, none behind one
/// that was not, and none of the last `spare`. Says how many went.
pub(super) async fn prune(
    conn: &mut PgConnection,
    cutoff: Timestamp,
    spare: i64,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let (horizon, head) = (horizon(&mut *conn).await?, head(&mut *conn).await?);
    let oldest: Vec<(i64, Uuid, jiff_sqlx::Timestamp)> = sqlx::query_as(
        "SELECT position, event_id, occurred_at
         FROM outbox
         WHERE position > $1 AND position <= $2
         ORDER BY position
         LIMIT $3",
    )
    .bind(horizon.position)
    .bind(head.position - spare.max(1))
    .bind(limit)
    .fetch_all(&mut *conn)
    .await?;
    let gone = oldest.into_iter().take_while(|(_, _, at)| at.to_jiff() < cutoff).last();
    let Some((position, event_id, _)) = gone else {
        return Ok(0);
    };
    sqlx::query(
        "INSERT INTO feed_horizon (position, event_id)
         VALUES ($1, $2)
         ON CONFLICT (only_row) DO UPDATE SET position = excluded.position, event_id = excluded.event_id
         WHERE feed_horizon.position < excluded.position",
    )
    .bind(position)
    .bind(event_id)
    .execute(&mut *conn)
    .await?;
    let pruned = sqlx::query("DELETE FROM outbox WHERE position <= $1").bind(position);
    Ok(pruned.execute(conn).await?.rows_affected())
}

/// Removes up to `limit` request keys claimed before `cutoff`.
pub(super) async fn prune_request_keys(
    conn: &mut PgConnection,
    cutoff: Timestamp,
    limit: i64,
) -> Result<u64, sqlx::Error> {
    let pruned = sqlx::query(
        "DELETE FROM request_keys
         WHERE claimed_at < $1 AND ctid = ANY (ARRAY (SELECT ctid FROM request_keys WHERE claimed_at < $1 ORDER BY claimed_at LIMIT $2))",
    )
    .bind(cutoff.to_sqlx())
    .bind(limit);
    Ok(pruned.execute(conn).await?.rows_affected())
}

fn place(row: &PgRow) -> Result<Cursor, sqlx::Error> {
    Ok(Cursor { position: row.try_get(0)?, event_id: row.try_get(1)? })
}

fn read(row: &PgRow) -> Result<pb::Event, sqlx::Error> {
    let at: jiff_sqlx::Timestamp = row.try_get(5)?;
    Ok(pb::Event {
        position: row.try_get(0)?,
        event_id: row.try_get::<Uuid, _>(1)?.to_string(),
        tenant_id: row.try_get(2)?,
        key: row.try_get::<Uuid, _>(3)?.to_string(),
        revision: row.try_get(4)?,
        time: Some(event::wire_time(at.to_jiff())),
        traceparent: row.try_get::<Option<String>, _>(6)?.unwrap_or_default(),
        payload: Some(event::any(row.try_get(7)?, row.try_get(8)?)),
    })
}
