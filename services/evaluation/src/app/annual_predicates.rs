use std::collections::{HashMap, HashSet};

use jiff::{Timestamp, civil::Date};
use kinerja_kit::{
    auth::Caller,
    events::{self, Append},
    idempotency::RequestKey,
    paging::{Page, PageRequest},
    tenant::Tx,
};
use kinerja_proto::evaluation::v1::{self as pb, Reason};
use uuid::Uuid;

use super::{
    App, Error,
    authority::{employee, is_officer, not_yours},
    claim,
    error::tenant_unknown,
    events::annual_predicate_set,
    registry::Answers,
};
use crate::{
    domain::{
        EmployeeId, Refusal, UnitId,
        annual_predicate::{AnnualCycle, AnnualPredicate, Part, Review, Setting},
        objection::local_date,
    },
    store::{self, annual_predicate_lists::Wanted, annual_predicates::PartRow},
};

#[derive(Debug)]
pub struct SetAnnualPredicate {
    pub employee_id: EmployeeId,
    pub review: Review,
}

/// Of one person by year, or of a year by unit and person.
#[derive(Debug, Clone, Copy)]
pub enum ListAnnualPredicates {
    Of(EmployeeId),
    In { year: i16, unit: Option<UnitId> },
}

/// Year, unit and person.
pub type Place = (i32, Uuid, Uuid);

/// The parts of people's years, the latest days last.
type Parts = HashMap<EmployeeId, Vec<PartRow>>;

type SetOutcome = Result<AnnualPredicate, Error>;

impl App {
    pub async fn set_annual_predicate(
        &self,
        caller: &Caller,
        year: i16,
        row: SetAnnualPredicate,
        key: &RequestKey,
    ) -> Result<AnnualPredicate, Error> {
        let mut outcomes = self.set_annual_predicates(caller, year, vec![row], key).await?;
        outcomes.pop().unwrap_or_else(|| Err(not_found()))
    }

    /// One outcome for each row, in their order.
    pub async fn set_annual_predicates(
        &self,
        caller: &Caller,
        year: i16,
        rows: Vec<SetAnnualPredicate>,
        key: &RequestKey,
    ) -> Result<Vec<SetOutcome>, Error> {
        let (tenant, by, now) = (caller.tenant()?, employee(caller)?, self.clock.now());
        let people: Vec<EmployeeId> = rows.iter().map(|row| row.employee_id).collect();
        let ids: Vec<Uuid> = people.iter().map(|person| person.uuid()).collect();
        let mut tx = self.db.begin(tenant).await?;
        // What was set is told again, whether or not the year still has an open cycle.
        if claim(&mut tx, key, Uuid::nil(), now).await?.is_some() {
            return self.told_again(caller, key, tx, (&ids, year)).await;
        }
        let day = day_in_question(&mut tx, year, now).await?;
        tx.rollback().await?;
        let questions = people.iter().map(|person| (day, *person)).collect();
        let answers = self.registry.raters(tenant, questions).await?;
        let mut tx = self.db.begin(tenant).await?;
        if claim(&mut tx, key, Uuid::nil(), now).await?.is_some() {
            return self.told_again(caller, key, tx, (&ids, year)).await;
        }
        let cycle = open_cycle(&mut tx, year).await?;
        let mut parts = Parts::new();
        for row in store::annual_predicates::parts(&mut tx, &ids, year, now).await? {
            parts.entry(row.employee_id).or_default().push(row);
        }
        let outcomes: Vec<SetOutcome> = rows
            .into_iter()
            .map(|row| {
                let setting = self.setting(by, row.employee_id, (day, &answers), &parts)?;
                judge(&cycle, setting, row.review, &parts)
            })
            .collect();
        let set: Vec<_> = outcomes.iter().filter_map(|one| one.as_ref().ok()).cloned().collect();
        let stored = store::annual_predicates::insert(&mut tx, by, &set).await?;
        let outcomes = confirmed(outcomes, &stored);
        let told = outcomes.iter().filter_map(|one| one.as_ref().ok()).map(|one| Append {
            key: one.id.uuid(),
            revision: one.revision,
            message: annual_predicate_set(one),
        });
        events::append_all(&mut tx, now, told.collect::<Vec<_>>()).await?;
        if !stored.is_empty() {
            tx.commit().await?;
        }
        Ok(outcomes)
    }

    /// The answers to a call that was made before, which is a reading. The rows it refused are not told
    /// from the others, so nobody is answered what is not theirs to read.
    async fn told_again(
        &self,
        caller: &Caller,
        key: &RequestKey,
        mut tx: Tx,
        (people, year): (&[Uuid], i16),
    ) -> Result<Vec<SetOutcome>, Error> {
        let years = vec![i32::from(year); people.len()];
        let found = store::annual_predicate_lists::read(&mut tx, people, &years).await?;
        drop(tx);
        let mut found: HashMap<Uuid, AnnualPredicate> =
            found.into_iter().map(|one| (one.employee_id.uuid(), one)).collect();
        let answer = |person: &Uuid| {
            let found = found.remove(person).ok_or_else(not_found)?;
            check_reader(caller, &found).map_err(|_| Refusal::NotTheRater)?;
            Ok(found)
        };
        let outcomes: Vec<SetOutcome> = people.iter().map(answer).collect();
        let read: Vec<_> = outcomes.iter().flatten().map(|one| one.employee_id.uuid()).collect();
        self.access_log.record_all(caller, key.method(), read).await;
        Ok(outcomes)
    }

    fn setting(
        &self,
        by: EmployeeId,
        person: EmployeeId,
        (day, answers): (Date, &Answers),
        parts: &Parts,
    ) -> Result<Setting, Error> {
        // A person without a part has no unit here, and no year to review.
        let last = parts.get(&person).and_then(|rows| rows.last()).ok_or(Refusal::PartsNotRated)?;
        Ok(Setting {
            id: self.clock.new_id(),
            employee_id: person,
            unit_id: last.unit_id,
            by,
            at: self.clock.now(),
            answer: answers.of(day, person)?,
        })
    }

    pub async fn get_annual_predicate(
        &self,
        caller: &Caller,
        person: EmployeeId,
        year: i16,
    ) -> Result<AnnualPredicate, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let found = store::annual_predicate_lists::get(&mut tx, person, year.into()).await?;
        drop(tx);
        let found = found.ok_or_else(not_found)?;
        check_reader(caller, &found)?;
        self.access_log.record(caller, "GetAnnualPredicate", person.uuid()).await;
        Ok(found)
    }

    pub async fn list_annual_predicates(
        &self,
        caller: &Caller,
        list: ListAnnualPredicates,
        page: PageRequest<Place>,
    ) -> Result<Page<AnnualPredicate>, Error> {
        let own = matches!(list, ListAnnualPredicates::Of(person) if caller.is(person.uuid()));
        if !own && !is_officer(caller) {
            return Err(not_yours());
        }
        let after = page.after;
        let wanted = match list {
            ListAnnualPredicates::Of(person) => Wanted::Of(person, after.map(|(year, ..)| year)),
            ListAnnualPredicates::In { year, unit } => {
                let after = after.map(|(_, unit, person)| (unit, person));
                Wanted::In { year: year.into(), unit, after }
            }
        };
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let found = store::annual_predicate_lists::list(&mut tx, &wanted, page.limit).await?;
        drop(tx);
        let place = |last: &AnnualPredicate| {
            (i32::from(last.year), last.unit_id.uuid(), last.employee_id.uuid())
        };
        let page = page.page_of::<pb::AnnualPredicate, _>(found, place);
        let people: Vec<_> = page.items.iter().map(|one| one.employee_id.uuid()).collect();
        self.access_log.record_all(caller, "ListAnnualPredicates", people).await;
        Ok(page)
    }
}

async fn day_in_question(tx: &mut Tx, year: i16, now: Timestamp) -> Result<Date, Error> {
    let zone = store::governments::time_zone(tx).await?.ok_or_else(tenant_unknown)?;
    let cycle = open_cycle(tx, year).await?;
    Ok(cycle.day_in_question(local_date(now, &zone)))
}

async fn open_cycle(tx: &mut Tx, year: i16) -> Result<AnnualCycle, Error> {
    store::annual_predicates::cycle(tx, year).await?.ok_or_else(|| {
        Error::wrong_state(Reason::NoAnnualCycle, "the year has no open annual cycle")
    })
}

fn judge(cycle: &AnnualCycle, setting: Setting, review: Review, parts: &Parts) -> SetOutcome {
    let rows = parts.get(&setting.employee_id).into_iter().flatten();
    let parts: Vec<Part> = rows.map(|row| row.part).collect();
    Ok(cycle.set(setting, review, &parts)?)
}

/// What was not stored was there before.
fn confirmed(outcomes: Vec<SetOutcome>, stored: &[Uuid]) -> Vec<SetOutcome> {
    let stored: HashSet<&Uuid> = stored.iter().collect();
    let confirm = |set: AnnualPredicate| {
        if stored.contains(&set.employee_id.uuid()) { Ok(set) } else { Err(taken()) }
    };
    outcomes.into_iter().map(|outcome| outcome.and_then(confirm)).collect()
}

/// Lets pass whose year it is, the rater, who stands above the rater, and officers.
fn check_reader(caller: &Caller, found: &AnnualPredicate) -> Result<(), Error> {
    let concerned = caller.employee_id.map(EmployeeId::from).is_some_and(|one| {
        found.employee_id == one
            || found.rater.rater_id == one
            || found.rater.superior_id == Some(one)
    });
    if concerned || is_officer(caller) { Ok(()) } else { Err(not_yours()) }
}

fn taken() -> Error {
    let message = "there is one annual predicate for a person, year and government";
    Error::taken(Reason::AnnualPredicateTaken, message)
}

fn not_found() -> Error {
    let message = "nobody has set the annual predicate";
    Error::not_found(Reason::AnnualPredicateNotFound, message)
}
