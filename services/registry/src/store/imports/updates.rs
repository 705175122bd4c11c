use jiff::civil::Date;
use jiff_sqlx::ToSqlx as _;
use sqlx::PgConnection;
use uuid::Uuid;

use super::known::Subject;
use crate::{domain::imports::changes::Change, store::name_words};

/// Writes what differs of people whose records are locked, and raises their revisions by one.
pub(crate) async fn apply(
    conn: &mut PgConnection,
    changes: &[(&Subject, &Change)],
    now: jiff::Timestamp,
) -> Result<(), sqlx::Error> {
    if changes.is_empty() {
        return Ok(());
    }
    people(conn, changes).await?;
    ranks(conn, changes).await?;
    statuses(conn, changes).await?;
    transfers(conn, changes, now).await?;
    let renamed = changes.iter().filter_map(|(subject, change)| {
        let new = change.name.as_ref()?;
        Some(name_words::Renamed {
            employee_id: subject.employee_id,
            old: &subject.known.name.name,
            new: &new.name,
        })
    });
    name_words::replace_all(conn, &renamed.collect::<Vec<_>>()).await
}

async fn people(
    conn: &mut PgConnection,
    changes: &[(&Subject, &Change)],
) -> Result<(), sqlx::Error> {
    let names =
        changes.iter().map(|(subject, change)| change.name.as_ref().unwrap_or(&subject.known.name));
    let names: Vec<_> = names.collect();
    let ids: Vec<_> = changes.iter().map(|(subject, _)| subject.employee_id).collect();
    let bare: Vec<_> = names.iter().map(|name| name.name.as_str()).collect();
    let front: Vec<_> = names.iter().map(|name| name.front_title.as_str()).collect();
    let back: Vec<_> = names.iter().map(|name| name.back_title.as_str()).collect();
    let kinds: Vec<_> = changes
        .iter()
        .map(|(subject, change)| change.kind.unwrap_or(subject.known.kind).as_str())
        .collect();
    sqlx::query!(
        r#"
        UPDATE employees AS e
        SET name = given.name, front_title = given.front_title, back_title = given.back_title,
            employment_kind = given.kind, revision = e.revision + 1
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
            AS given (employee_id, name, front_title, back_title, kind)
        WHERE e.employee_id = given.employee_id
        "#,
        &ids,
        &bare as _,
        &front as _,
        &back as _,
        &kinds as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn ranks(
    conn: &mut PgConnection,
    changes: &[(&Subject, &Change)],
) -> Result<(), sqlx::Error> {
    let (mut ids, mut days, mut ranks) = (vec![], vec![], vec![]);
    for (subject, change) in changes {
        let Some((rank, from)) = change.rank else { continue };
        ids.push(subject.employee_id);
        days.push(from.to_sqlx());
        ranks.push(rank.to_string());
    }
    sqlx::query!(
        r#"
        INSERT INTO ranks (employee_id, from_on, rank)
        SELECT * FROM unnest($1::uuid[], $2::date[], $3::text[])
        ON CONFLICT (tenant_id, employee_id, from_on) DO UPDATE SET rank = excluded.rank
        "#,
        &ids,
        &days as _,
        &ranks,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn statuses(
    conn: &mut PgConnection,
    changes: &[(&Subject, &Change)],
) -> Result<(), sqlx::Error> {
    let (mut ids, mut days, mut words, mut absences) = (vec![], vec![], vec![], vec![]);
    for (subject, change) in changes {
        let Some((status, from)) = change.status else { continue };
        ids.push(subject.employee_id);
        days.push(from.to_sqlx());
        words.push(status.as_str());
        absences.push(status.absence_kind().map(|kind| kind.as_str()));
    }
    sqlx::query!(
        r#"
        INSERT INTO statuses (employee_id, from_on, status, absence_kind)
        SELECT * FROM unnest($1::uuid[], $2::date[], $3::text[], $4::text[])
        ON CONFLICT (tenant_id, employee_id, from_on)
            DO UPDATE SET status = excluded.status, absence_kind = excluded.absence_kind
        "#,
        &ids,
        &days as _,
        &words as _,
        &absences as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn transfers(
    conn: &mut PgConnection,
    changes: &[(&Subject, &Change)],
    now: jiff::Timestamp,
) -> Result<(), sqlx::Error> {
    let (mut closed, mut ends): (Vec<Uuid>, Vec<jiff_sqlx::Date>) = (vec![], vec![]);
    let (mut ids, mut people, mut posts) = (vec![], vec![], vec![]);
    let mut days: Vec<Date> = vec![];
    for (subject, change) in changes {
        let Some(transfer) = change.transfer else { continue };
        if let Some(assignment_id) = transfer.closes {
            closed.push(assignment_id);
            ends.push(transfer.to.from_on.to_sqlx());
        }
        ids.push(subject.assignment_id);
        people.push(subject.employee_id);
        posts.push(transfer.to.position_id);
        days.push(transfer.to.from_on);
    }
    sqlx::query!(
        r#"
        UPDATE assignments AS a
        SET until_on = given.until_on, revision = a.revision + 1
        FROM unnest($1::uuid[], $2::date[]) AS given (assignment_id, until_on)
        WHERE a.assignment_id = given.assignment_id
        "#,
        &closed,
        &ends as _,
    )
    .execute(&mut *conn)
    .await?;
    let days: Vec<_> = days.into_iter().map(|day| day.to_sqlx()).collect();
    sqlx::query!(
        r#"
        INSERT INTO assignments
            (assignment_id, employee_id, position_id, unit_id, position_kind, kind, from_on,
             instrument_number, created_at, revision)
        SELECT given.assignment_id, given.employee_id, p.position_id, p.unit_id, p.kind, 'DEFINITIVE',
            given.from_on, '', $5, 1
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::date[])
            AS given (assignment_id, employee_id, position_id, from_on)
        JOIN positions AS p ON p.position_id = given.position_id
        "#,
        &ids,
        &people,
        &posts,
        &days as _,
        now.to_sqlx() as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}
