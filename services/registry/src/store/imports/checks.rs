use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::imports::faults::FaultCode;

/// Good rows of whose person, or whose acting official in the same post, there is a row above.
pub(crate) async fn repeated(
    conn: &mut PgConnection,
    import_id: Uuid,
    (after, through): (i64, i64),
) -> Result<Vec<(i64, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT r.row_no, r.number AS "number!"
        FROM import_rows AS r
        WHERE r.import_id = $1 AND r.row_no > $2 AND r.row_no <= $3 AND NOT r.refused
            AND EXISTS (
                SELECT FROM import_rows AS above
                WHERE above.tenant_id = r.tenant_id AND above.import_id = r.import_id
                    AND above.number = r.number AND above.row_no < r.row_no
                    AND (above.assignment_kind = 'DEFINITIVE') = (r.assignment_kind = 'DEFINITIVE')
                    AND (r.assignment_kind = 'DEFINITIVE' OR above.position_id = r.position_id)
                OFFSET 0)
        ORDER BY r.row_no
        "#,
        import_id,
        after,
        through,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.row_no, row.number)).collect())
}

/// Good rows that would give the head of a unit a second holder.
///
/// A holder whom the registry knows counts unless the import has a row of that person.
pub(crate) async fn second_heads(
    conn: &mut PgConnection,
    import_id: Uuid,
    (after, through): (i64, i64),
) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT r.row_no
        FROM import_rows AS r
        WHERE r.import_id = $1 AND r.row_no > $2 AND r.row_no <= $3
            AND NOT r.refused AND r.heads_unit AND r.assignment_kind = 'DEFINITIVE'
            AND (EXISTS (
                    SELECT FROM import_rows AS above
                    WHERE above.tenant_id = r.tenant_id AND above.import_id = r.import_id
                        AND above.position_id = r.position_id AND above.row_no < r.row_no
                        AND NOT above.refused AND above.heads_unit AND above.assignment_kind = 'DEFINITIVE'
                    OFFSET 0)
                OR EXISTS (
                    SELECT FROM assignments AS a
                    JOIN identity_numbers AS holder USING (tenant_id, employee_id)
                    WHERE a.tenant_id = r.tenant_id AND a.position_id = r.position_id
                        AND a.kind = 'DEFINITIVE' AND a.until_on IS NULL
                        AND NOT EXISTS (
                            SELECT FROM import_rows AS own
                            WHERE own.tenant_id = r.tenant_id AND own.import_id = r.import_id
                                AND own.number = holder.number AND own.position_id IS NOT NULL
                            OFFSET 0)
                    OFFSET 0))
        ORDER BY r.row_no
        "#,
        import_id,
        after,
        through,
    )
    .fetch_all(conn)
    .await
}

/// Good rows that bring a known position more holders than it has seats; heads are judged by
/// [`second_heads`]. Present holders count unless the import puts them elsewhere.
pub(crate) async fn beyond_seats(
    conn: &mut PgConnection,
    import_id: Uuid,
) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        WITH coming AS MATERIALIZED (
            SELECT r.tenant_id, r.position_id, r.row_no,
                row_number() OVER (PARTITION BY r.position_id ORDER BY r.row_no) AS nth
            FROM import_rows AS r
            WHERE r.import_id = $1 AND NOT r.refused AND NOT r.heads_unit AND r.assignment_kind = 'DEFINITIVE'
                AND EXISTS (
                    SELECT FROM positions AS p
                    WHERE p.tenant_id = r.tenant_id AND p.position_id = r.position_id
                    OFFSET 0)
                AND NOT EXISTS (
                    -- From the person, who has few, not from the position, which may have hundreds.
                    SELECT FROM (
                        SELECT tenant_id, employee_id FROM identity_numbers AS i
                        WHERE i.tenant_id = r.tenant_id AND i.number = r.number
                        OFFSET 0
                    ) AS person
                    CROSS JOIN LATERAL (
                        SELECT a.position_id FROM assignments AS a
                        WHERE a.tenant_id = person.tenant_id AND a.employee_id = person.employee_id
                            AND a.kind = 'DEFINITIVE' AND a.until_on IS NULL
                        OFFSET 0
                    ) AS held
                    WHERE held.position_id = r.position_id)
        ), free AS (
            -- Counted at the first row of each position.
            SELECT coming.*, CASE WHEN nth = 1 THEN (
                SELECT p.seats - (
                    SELECT count(*)
                    FROM assignments AS a
                    WHERE a.tenant_id = p.tenant_id AND a.position_id = p.position_id
                        AND a.kind = 'DEFINITIVE' AND a.until_on IS NULL
                        AND NOT EXISTS (
                            SELECT FROM identity_numbers AS i
                            JOIN import_rows AS own ON own.tenant_id = i.tenant_id AND own.number = i.number
                            WHERE i.tenant_id = a.tenant_id AND i.employee_id = a.employee_id
                                AND own.import_id = $1 AND NOT own.refused AND own.assignment_kind = 'DEFINITIVE'
                                AND own.position_id <> p.position_id
                            OFFSET 0))
                FROM positions AS p
                WHERE p.tenant_id = coming.tenant_id AND p.position_id = coming.position_id) END AS seats
            FROM coming
        )
        SELECT row_no AS "row_no!"
        FROM (SELECT row_no, nth, max(seats) OVER (PARTITION BY position_id) AS seats FROM free) AS judged
        WHERE nth > seats
        ORDER BY row_no
        "#,
        import_id,
    )
    .fetch_all(conn)
    .await
}

/// Good rows of acting officials that cannot be, and why.
pub(crate) async fn acting(
    conn: &mut PgConnection,
    import_id: Uuid,
) -> Result<Vec<(i64, FaultCode)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT r.row_no,
            known.employee_id IS NULL AND NOT EXISTS (
                SELECT FROM import_rows AS own
                WHERE own.tenant_id = r.tenant_id AND own.import_id = r.import_id AND own.number = r.number
                    AND NOT own.refused AND own.assignment_kind = 'DEFINITIVE'
                OFFSET 0) AS "unknown!",
            EXISTS (
                SELECT FROM import_rows AS above
                WHERE above.tenant_id = r.tenant_id AND above.import_id = r.import_id
                    AND above.position_id = r.position_id AND above.row_no < r.row_no
                    AND NOT above.refused AND above.assignment_kind <> 'DEFINITIVE'
                OFFSET 0)
            OR EXISTS (
                SELECT FROM assignments AS a
                WHERE a.tenant_id = r.tenant_id AND a.position_id = r.position_id
                    AND a.kind <> 'DEFINITIVE' AND a.until_on IS NULL
                    AND a.employee_id IS DISTINCT FROM known.employee_id
                OFFSET 0) AS "taken!"
        FROM import_rows AS r
        LEFT JOIN identity_numbers AS known ON known.tenant_id = r.tenant_id AND known.number = r.number
        WHERE r.import_id = $1 AND NOT r.refused AND r.assignment_kind <> 'DEFINITIVE'
        ORDER BY r.row_no
        "#,
        import_id,
    )
    .fetch_all(conn)
    .await?;
    let fault = |unknown, taken| match (unknown, taken) {
        (true, _) => Some(FaultCode::EmployeeUnknown),
        (false, true) => Some(FaultCode::AssignmentOverlap),
        (false, false) => None,
    };
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((row.row_no, fault(row.unknown, row.taken)?)))
        .collect())
}

/// Good rows whose superior the registry does not know, and whether the import has a refused row of that
/// person (its good ones are no fault).
pub(crate) async fn superiors(
    conn: &mut PgConnection,
    import_id: Uuid,
    (after, through): (i64, i64),
) -> Result<Vec<(i64, String, FaultCode)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT r.row_no, r.superior AS "superior!", named.refused AS "refused?"
        FROM import_rows AS r
        LEFT JOIN LATERAL (
            SELECT bool_and(s.refused) AS refused
            FROM import_rows AS s
            WHERE s.tenant_id = r.tenant_id AND s.import_id = r.import_id AND s.number = r.superior
        ) AS named ON true
        WHERE r.import_id = $1 AND r.row_no > $2 AND r.row_no <= $3
            AND NOT r.refused AND r.superior IS NOT NULL
            AND named.refused IS NOT FALSE
            AND NOT EXISTS (
                SELECT FROM identity_numbers AS i
                WHERE i.tenant_id = r.tenant_id AND i.number = r.superior
                OFFSET 0)
        ORDER BY r.row_no
        "#,
        import_id,
        after,
        through,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let code = if row.refused.is_some() {
                FaultCode::SuperiorRefused
            } else {
                FaultCode::SuperiorUnknown
            };
            (row.row_no, row.superior, code)
        })
        .collect())
}

/// Who reports to whom by number: of the registry on a day, or of a row of the import.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) row_no: Option<i64>,
    pub(crate) number: String,
    pub(crate) superior: String,
}

/// Every explicit reporting line, those of the import last.
pub(crate) async fn lines(
    conn: &mut PgConnection,
    import_id: Uuid,
    as_of: jiff_sqlx::Date,
) -> Result<Vec<Line>, sqlx::Error> {
    sqlx::query_as!(
        Line,
        r#"
        SELECT NULL::bigint AS row_no, own.number AS "number!", rater.number AS "superior!"
        FROM (
            SELECT DISTINCT ON (tenant_id, employee_id) tenant_id, employee_id, rater_employee_id
            FROM reporting_lines
            WHERE from_on <= $2
            ORDER BY tenant_id, employee_id, from_on DESC
        ) AS line
        JOIN identity_numbers AS own
            ON own.tenant_id = line.tenant_id AND own.employee_id = line.employee_id
        JOIN identity_numbers AS rater
            ON rater.tenant_id = line.tenant_id AND rater.employee_id = line.rater_employee_id
        UNION ALL
        SELECT row_no, number, superior
        FROM import_rows
        WHERE import_id = $1 AND NOT refused AND superior IS NOT NULL
        ORDER BY row_no NULLS FIRST
        "#,
        import_id,
        as_of as _,
    )
    .fetch_all(conn)
    .await
}

/// How many rows of people, acting officials apart, are good.
pub(crate) async fn good_rows(
    conn: &mut PgConnection,
    import_id: Uuid,
    (after, through): (i64, i64),
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!"
        FROM import_rows
        WHERE import_id = $1 AND row_no > $2 AND row_no <= $3
            AND NOT refused AND assignment_kind = 'DEFINITIVE'
        "#,
        import_id,
        after,
        through,
    )
    .fetch_one(conn)
    .await
}
