use jiff::civil::Date;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Header;
use crate::domain::{
    PersonName, Rank, Status, UnknownWord,
    imports::changes::{Known, KnownAssignment, Stated, StatedAssignment},
};

/// A staged row of a person whom the registry knows, and what it knows.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) row_no: i64,
    pub(crate) employee_id: Uuid,
    pub(crate) revision: i64,
    /// The id that a new assignment gets.
    pub(crate) assignment_id: Uuid,
    pub(crate) stated: Stated,
    pub(crate) known: Known,
    pub(crate) present: Present,
}

/// The rank and status of the day the export describes, and since when; and the post after the row.
#[derive(Debug)]
pub(crate) struct Present {
    pub(crate) rank: Option<(Rank, Date)>,
    pub(crate) status: Option<(Status, Date)>,
    pub(crate) post: Option<PresentPost>,
}

#[derive(Debug)]
pub(crate) struct PresentPost {
    pub(crate) position_id: Uuid,
    pub(crate) unit_id: Uuid,
    pub(crate) kind: String,
    pub(crate) level: Option<String>,
    pub(crate) name: String,
    pub(crate) heads_unit: bool,
}

struct Row {
    row_no: i64,
    employee_id: Uuid,
    revision: i64,
    assignment_id: Uuid,
    closed_on: Option<jiff_sqlx::Date>,
    name: String,
    front_title: String,
    back_title: String,
    employment_kind: String,
    rank: Option<String>,
    rank_from: Option<jiff_sqlx::Date>,
    status: Option<String>,
    absence_kind: Option<String>,
    status_from: Option<jiff_sqlx::Date>,
    position_id: Option<Uuid>,
    assignment_from: Option<jiff_sqlx::Date>,
    known_name: String,
    known_front_title: String,
    known_back_title: String,
    known_kind: String,
    rank_then: Option<String>,
    rank_now: Option<String>,
    rank_now_from: Option<jiff_sqlx::Date>,
    status_then: Option<String>,
    absence_then: Option<String>,
    status_now: Option<String>,
    absence_now: Option<String>,
    status_now_from: Option<jiff_sqlx::Date>,
    open_id: Option<Uuid>,
    open_position_id: Option<Uuid>,
    open_from: Option<jiff_sqlx::Date>,
    free_from: Option<jiff_sqlx::Date>,
    post_id: Option<Uuid>,
    post_unit_id: Option<Uuid>,
    post_kind: Option<String>,
    post_level: Option<String>,
    post_name: Option<String>,
    post_heads_unit: Option<bool>,
}

/// Locks the people of good rows from `after` up to `through` until the transaction ends.
pub(crate) async fn lock(
    conn: &mut PgConnection,
    header: &Header,
    (after, through): (i64, i64),
) -> Result<(), sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!"
        FROM (
            SELECT i.employee_id
            FROM import_rows AS r
            CROSS JOIN LATERAL (
                SELECT employee_id FROM identity_numbers
                WHERE tenant_id = r.tenant_id AND number = r.number LIMIT 1
            ) AS i
            WHERE r.import_id = $1 AND r.row_no > $2 AND r.row_no <= $3
                AND NOT r.refused AND r.assignment_kind = 'DEFINITIVE'
            ORDER BY i.employee_id
            OFFSET 0
        ) AS wanted
        -- A probe for each: of a government that is new to the statistics a join would read everybody each time.
        CROSS JOIN LATERAL (
            SELECT FROM employees AS e WHERE e.employee_id = wanted.employee_id FOR UPDATE
        ) AS locked
        "#,
        header.import_id,
        after,
        through,
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Good rows from `after` up to `through` whose number the registry knows, acting officials apart.
///
/// CASE and not COALESCE, which under row-level security keeps a condition from being one of an index.
pub(crate) async fn read(
    conn: &mut PgConnection,
    header: &Header,
    (after, through): (i64, i64),
) -> Result<Vec<Subject>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"
        SELECT r.row_no, e.employee_id, e.revision, r.assignment_id, e.closed_on AS "closed_on: jiff_sqlx::Date",
            r.name AS "name!", r.front_title AS "front_title!", r.back_title AS "back_title!",
            r.employment_kind AS "employment_kind!", r.rank, r.rank_from AS "rank_from: jiff_sqlx::Date",
            r.status, r.absence_kind, r.status_from AS "status_from: jiff_sqlx::Date", r.position_id,
            r.assignment_from AS "assignment_from: jiff_sqlx::Date",
            e.name AS known_name, e.front_title AS known_front_title, e.back_title AS known_back_title,
            e.employment_kind AS known_kind,
            rank_then.rank AS "rank_then?", rank_now.rank AS "rank_now?",
            rank_now.from_on AS "rank_now_from?: jiff_sqlx::Date",
            status_then.status AS "status_then?", status_then.absence_kind AS "absence_then?",
            status_now.status AS "status_now?", status_now.absence_kind AS "absence_now?",
            status_now.from_on AS "status_now_from?: jiff_sqlx::Date",
            held.assignment_id AS "open_id?", held.position_id AS "open_position_id?",
            held.from_on AS "open_from?: jiff_sqlx::Date",
            ended.until_on AS "free_from?: jiff_sqlx::Date",
            post.position_id AS "post_id?", post.unit_id AS "post_unit_id?", post.kind AS "post_kind?",
            post.level AS "post_level?", post.name AS "post_name?", post.heads_unit AS "post_heads_unit?"
        FROM import_rows AS r
        CROSS JOIN LATERAL (
            SELECT employee_id FROM identity_numbers
            WHERE tenant_id = r.tenant_id AND number = r.number LIMIT 1
        ) AS i
        CROSS JOIN LATERAL (
            SELECT * FROM employees
            WHERE tenant_id = r.tenant_id AND employee_id = i.employee_id LIMIT 1
        ) AS e
        LEFT JOIN LATERAL (
            SELECT rank FROM ranks
            WHERE tenant_id = e.tenant_id AND employee_id = e.employee_id AND from_on <= r.rank_from
            ORDER BY from_on DESC LIMIT 1
        ) AS rank_then ON true
        LEFT JOIN LATERAL (
            SELECT rank, from_on FROM ranks
            WHERE tenant_id = e.tenant_id AND employee_id = e.employee_id AND from_on <= $4
            ORDER BY from_on DESC LIMIT 1
        ) AS rank_now ON true
        LEFT JOIN LATERAL (
            SELECT status, absence_kind FROM statuses
            WHERE tenant_id = e.tenant_id AND employee_id = e.employee_id
                AND from_on <= CASE WHEN r.status_from IS NULL THEN $4 ELSE r.status_from END
            ORDER BY from_on DESC LIMIT 1
        ) AS status_then ON true
        LEFT JOIN LATERAL (
            SELECT status, absence_kind, from_on FROM statuses
            WHERE tenant_id = e.tenant_id AND employee_id = e.employee_id AND from_on <= $4
            ORDER BY from_on DESC LIMIT 1
        ) AS status_now ON true
        LEFT JOIN LATERAL (
            SELECT assignment_id, position_id, from_on FROM assignments
            WHERE tenant_id = e.tenant_id AND employee_id = e.employee_id
                AND kind = 'DEFINITIVE' AND until_on IS NULL
            LIMIT 1
        ) AS held ON true
        LEFT JOIN LATERAL (
            SELECT until_on FROM assignments
            WHERE tenant_id = e.tenant_id AND employee_id = e.employee_id
                AND kind = 'DEFINITIVE' AND until_on IS NOT NULL
            ORDER BY from_on DESC LIMIT 1
        ) AS ended ON true
        LEFT JOIN LATERAL (
            SELECT position_id, unit_id, kind, level, name, heads_unit FROM positions
            WHERE tenant_id = e.tenant_id
                AND position_id = CASE WHEN r.position_id IS NULL THEN held.position_id ELSE r.position_id END
            LIMIT 1
        ) AS post ON true
        WHERE r.import_id = $1 AND r.row_no > $2 AND r.row_no <= $3
            AND NOT r.refused AND r.assignment_kind = 'DEFINITIVE'
        ORDER BY r.row_no
        "#,
        header.import_id,
        after,
        through,
        header.as_of.to_sqlx() as _,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(|row| Subject::try_from(row).map_err(|error| sqlx::Error::Decode(Box::new(error))))
    .collect()
}

impl TryFrom<Row> for Subject {
    type Error = UnknownWord;

    fn try_from(row: Row) -> Result<Self, Self::Error> {
        let stated = stated(&row)?;
        let known = known(&row)?;
        let rank_now = row.rank_now.as_deref().map(str::parse).transpose()?;
        let status_now = status(row.status_now.as_deref(), row.absence_now.as_deref())?;
        let present = Present {
            rank: rank_now.zip(row.rank_now_from.map(|from| from.to_jiff())),
            status: status_now.zip(row.status_now_from.map(|from| from.to_jiff())),
            post: post(&row),
        };
        Ok(Self {
            row_no: row.row_no,
            employee_id: row.employee_id,
            revision: row.revision,
            assignment_id: row.assignment_id,
            stated,
            known,
            present,
        })
    }
}

fn stated(row: &Row) -> Result<Stated, UnknownWord> {
    let rank: Option<Rank> = row.rank.as_deref().map(str::parse).transpose()?;
    let status = status(row.status.as_deref(), row.absence_kind.as_deref())?;
    let from_on = row.assignment_from.map(|from| from.to_jiff());
    Ok(Stated {
        name: name(&row.name, &row.front_title, &row.back_title),
        kind: row.employment_kind.parse()?,
        rank: rank.zip(row.rank_from.map(|from| from.to_jiff())),
        status: status.map(|status| (status, row.status_from.map(|from| from.to_jiff()))),
        assignment: row
            .position_id
            .zip(from_on)
            .map(|(position_id, from_on)| StatedAssignment { position_id, from_on }),
    })
}

fn known(row: &Row) -> Result<Known, UnknownWord> {
    let assignment = match (row.open_id, row.open_position_id, row.open_from) {
        (Some(assignment_id), Some(position_id), Some(from)) => {
            Some(KnownAssignment { assignment_id, position_id, from_on: from.to_jiff() })
        }
        _ => None,
    };
    Ok(Known {
        closed: row.closed_on.is_some(),
        name: name(&row.known_name, &row.known_front_title, &row.known_back_title),
        kind: row.known_kind.parse()?,
        rank: row.rank_then.as_deref().map(str::parse).transpose()?,
        status: status(row.status_then.as_deref(), row.absence_then.as_deref())?,
        assignment,
        free_from: row.free_from.map(|from| from.to_jiff()),
    })
}

fn post(row: &Row) -> Option<PresentPost> {
    Some(PresentPost {
        position_id: row.post_id?,
        unit_id: row.post_unit_id?,
        kind: row.post_kind.clone()?,
        level: row.post_level.clone(),
        name: row.post_name.clone()?,
        heads_unit: row.post_heads_unit?,
    })
}

fn status(word: Option<&str>, absence: Option<&str>) -> Result<Option<Status>, UnknownWord> {
    word.map(|word| Status::of_words(word, absence)).transpose()
}

fn name(name: &str, front_title: &str, back_title: &str) -> PersonName {
    PersonName {
        name: name.to_owned(),
        front_title: front_title.to_owned(),
        back_title: back_title.to_owned(),
    }
}
