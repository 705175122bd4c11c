//! Imports and what they stage.

pub(crate) mod acting;
pub(crate) mod checks;
pub(crate) mod directory;
pub(crate) mod faults;
pub(crate) mod known;
pub(crate) mod links;
pub(crate) mod merge;
pub(crate) mod rows;
pub(crate) mod updates;

use jiff::{Timestamp, civil::Date};
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

/// How an import is meant; the same on every stream that continues it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) import_id: Uuid,
    pub(crate) caller: String,
    pub(crate) mode: Mode,
    pub(crate) dry_run: bool,
    pub(crate) create_units: bool,
    pub(crate) as_of: Date,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    AllOrNothing,
    GoodRows,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Receiving,
    Checking,
    Merging,
    /// Reporting lines and acting officials, who may be named anywhere in the file.
    Linking,
    Done,
    Refused,
}

/// An import and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    pub(crate) header: Header,
    pub(crate) state: State,
    pub(crate) header_line: Option<String>,
    pub(crate) received_bytes: i64,
    pub(crate) received_rows: i64,
    pub(crate) checked_rows: i64,
    pub(crate) merged_rows: i64,
    pub(crate) linked_rows: i64,
    pub(crate) counts: Counts,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) unchanged: i64,
    pub(crate) refused: i64,
    pub(crate) faults: i64,
    pub(crate) units_created: i64,
    pub(crate) positions_created: i64,
}

struct Row {
    import_id: Uuid,
    caller: String,
    mode: String,
    dry_run: bool,
    create_units: bool,
    as_of: jiff_sqlx::Date,
    state: String,
    header_line: Option<String>,
    received_bytes: i64,
    received_rows: i64,
    checked_rows: i64,
    merged_rows: i64,
    linked_rows: i64,
    created: i64,
    updated: i64,
    unchanged: i64,
    refused: i64,
    faults: i64,
    units_created: i64,
    positions_created: i64,
    created_at: jiff_sqlx::Timestamp,
    updated_at: jiff_sqlx::Timestamp,
}

impl TryFrom<Row> for Import {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, Self::Error> {
        let unknown = || sqlx::Error::Decode("unknown word of an import".into());
        Ok(Self {
            header: Header {
                import_id: row.import_id,
                caller: row.caller,
                mode: Mode::find(&row.mode).ok_or_else(unknown)?,
                dry_run: row.dry_run,
                create_units: row.create_units,
                as_of: row.as_of.to_jiff(),
            },
            state: State::find(&row.state).ok_or_else(unknown)?,
            header_line: row.header_line,
            received_bytes: row.received_bytes,
            received_rows: row.received_rows,
            checked_rows: row.checked_rows,
            merged_rows: row.merged_rows,
            linked_rows: row.linked_rows,
            counts: Counts {
                created: row.created,
                updated: row.updated,
                unchanged: row.unchanged,
                refused: row.refused,
                faults: row.faults,
                units_created: row.units_created,
                positions_created: row.positions_created,
            },
            created_at: row.created_at.to_jiff(),
            updated_at: row.updated_at.to_jiff(),
        })
    }
}

/// Makes the import unless it is there.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    header: &Header,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO imports
            (import_id, caller, mode, dry_run, create_units, as_of, state, received_bytes, received_rows,
             checked_rows, merged_rows, linked_rows, created, updated, unchanged, refused, faults,
             units_created, positions_created, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, 'RECEIVING', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, $7, $7)
        ON CONFLICT (tenant_id, import_id) DO NOTHING
        "#,
        header.import_id,
        header.caller,
        header.mode.as_str(),
        header.dry_run,
        header.create_units,
        header.as_of.to_sqlx() as _,
        now.to_sqlx() as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(crate) async fn find(
    conn: &mut PgConnection,
    import_id: Uuid,
) -> Result<Option<Import>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT import_id, caller, mode, dry_run, create_units, as_of, state, header_line, received_bytes,
            received_rows, checked_rows, merged_rows, linked_rows, created, updated, unchanged, refused,
            faults, units_created, positions_created, created_at, updated_at
        FROM imports
        WHERE import_id = $1
        "#,
        import_id,
    )
    .fetch_optional(conn)
    .await?
    .map(Import::try_from)
    .transpose()
}

/// Reads an import and keeps other streams from moving it until the transaction ends.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    import_id: Uuid,
) -> Result<Option<Import>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT import_id, caller, mode, dry_run, create_units, as_of, state, header_line, received_bytes,
            received_rows, checked_rows, merged_rows, linked_rows, created, updated, unchanged, refused,
            faults, units_created, positions_created, created_at, updated_at
        FROM imports
        WHERE import_id = $1
        FOR UPDATE
        "#,
        import_id,
    )
    .fetch_optional(conn)
    .await?
    .map(Import::try_from)
    .transpose()
}

/// Writes how far an import has come. Its row is locked.
pub(crate) async fn update(
    conn: &mut PgConnection,
    import: &Import,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let counts = import.counts;
    sqlx::query!(
        r#"
        UPDATE imports
        SET state = $2, header_line = $3, received_bytes = $4, received_rows = $5, checked_rows = $6,
            merged_rows = $7, linked_rows = $8, created = $9, updated = $10, unchanged = $11, refused = $12,
            faults = $13, units_created = $14, positions_created = $15, updated_at = $16
        WHERE import_id = $1
        "#,
        import.header.import_id,
        import.state.as_str(),
        import.header_line.as_deref(),
        import.received_bytes,
        import.received_rows,
        import.checked_rows,
        import.merged_rows,
        import.linked_rows,
        counts.created,
        counts.updated,
        counts.unchanged,
        counts.refused,
        counts.faults,
        counts.units_created,
        counts.positions_created,
        now.to_sqlx() as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lists imports, latest first, that were made before `before`.
pub(crate) async fn list(
    conn: &mut PgConnection,
    before: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<Import>, sqlx::Error> {
    let (at, id) = before.unwrap_or((Timestamp::MAX, Uuid::max()));
    sqlx::query_as!(
        Row,
        r#"
        SELECT import_id, caller, mode, dry_run, create_units, as_of, state, header_line, received_bytes,
            received_rows, checked_rows, merged_rows, linked_rows, created, updated, unchanged, refused,
            faults, units_created, positions_created, created_at, updated_at
        FROM imports
        WHERE (created_at, import_id) < ($1, $2)
        ORDER BY created_at DESC, import_id DESC
        LIMIT $3
        "#,
        at.to_sqlx() as _,
        id,
        limit,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(Import::try_from)
    .collect()
}

pub(crate) async fn delete(conn: &mut PgConnection, import_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM import_rows WHERE import_id = $1", import_id)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM imports WHERE import_id = $1", import_id).execute(conn).await?;
    Ok(())
}

impl Mode {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::AllOrNothing => "ALL_OR_NOTHING",
            Self::GoodRows => "GOOD_ROWS",
        }
    }

    fn find(text: &str) -> Option<Self> {
        [Self::AllOrNothing, Self::GoodRows].into_iter().find(|mode| mode.as_str() == text)
    }
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Receiving => "RECEIVING",
            Self::Checking => "CHECKING",
            Self::Merging => "MERGING",
            Self::Linking => "LINKING",
            Self::Done => "DONE",
            Self::Refused => "REFUSED",
        }
    }

    fn find(text: &str) -> Option<Self> {
        use State::{Checking, Done, Linking, Merging, Receiving, Refused};
        [Receiving, Checking, Merging, Linking, Done, Refused]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}
