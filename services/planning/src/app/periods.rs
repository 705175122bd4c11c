use jiff::civil::{Date, date};
use kinerja_kit::{
    auth::Caller,
    errors::constraint,
    events,
    idempotency::RequestKey,
    paging::{Page, PageRequest},
    tenant::Tx,
};
use kinerja_proto::planning::v1::Reason;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{App, Error, claim, error::period_not_found, events::period_changed, tenant_unknown};
use crate::{
    domain::{Period, PeriodError, PeriodId, PeriodKind, PeriodState, Span, Window, WindowDays},
    store,
};

#[derive(Debug)]
pub struct CreatePeriod {
    pub span: Span,
    pub name: String,
    pub windows: Vec<WindowDays>,
    pub key: RequestKey,
}

#[derive(Debug)]
pub struct SetPeriodWindow {
    pub period_id: PeriodId,
    pub window: WindowDays,
    pub revision: i64,
    pub key: RequestKey,
}

/// Opens or closes.
#[derive(Debug)]
pub struct ChangePeriod {
    pub period_id: PeriodId,
    pub revision: i64,
    pub key: RequestKey,
}

impl App {
    pub async fn create_period(&self, caller: &Caller, new: CreatePeriod) -> Result<Period, Error> {
        let (now, id) = (self.clock.now(), self.clock.new_id());
        let mut tx = self.db.begin(caller.tenant()?).await?;
        if let Some(made) = claim(&mut tx, &new.key, PeriodId::uuid(id), now).await? {
            return existing(&mut tx, made.into()).await;
        }
        let time_zone = store::governments::time_zone(&mut tx).await?.ok_or_else(tenant_unknown)?;
        let windows: Result<_, _> =
            new.windows.into_iter().map(|days| Window::new(days, &time_zone)).collect();
        let period = Period {
            id,
            annual_id: annual_of(&mut tx, id, new.span).await?,
            span: new.span,
            name: new.name,
            time_zone,
            state: PeriodState::Planned,
            windows: windows.map_err(no_such_day)?,
            created_at: now,
            revision: 1,
        };
        store::periods::insert(&mut tx, &period).await.map_err(of_period)?;
        events::append(&mut tx, id.uuid(), period.revision, now, &period_changed(&period)).await?;
        let period = existing(&mut tx, id).await?;
        tx.commit().await?;
        Ok(period)
    }

    pub async fn get_period(&self, caller: &Caller, id: PeriodId) -> Result<Period, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        existing(&mut tx, id).await
    }

    pub async fn list_periods(
        &self,
        caller: &Caller,
        year: i32,
        page: PageRequest<(Date, Uuid)>,
    ) -> Result<Page<Period>, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let after = page.after.unwrap_or((date(1, 1, 1), Uuid::nil()));
        let periods = store::periods::list(&mut tx, year, after, page.limit).await?;
        Ok(page.page(periods, |last| (last.span.starts_on(), last.id.uuid())))
    }

    pub async fn set_period_window(
        &self,
        caller: &Caller,
        set: SetPeriodWindow,
    ) -> Result<Period, Error> {
        let change =
            ChangePeriod { period_id: set.period_id, revision: set.revision, key: set.key };
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let period = match self.take_up(&mut tx, &change).await? {
            TakenUp::Done(period) => return Ok(period),
            TakenUp::Now(period) => period,
        };
        let window = Window::new(set.window, &period.time_zone).map_err(no_such_day)?;
        let period = period.set_window(window)?;
        store::periods::set_window(&mut tx, period.id, &window).await.map_err(of_period)?;
        self.finish(tx, period).await
    }

    pub async fn open_period(
        &self,
        caller: &Caller,
        change: ChangePeriod,
    ) -> Result<Period, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        match self.take_up(&mut tx, &change).await? {
            TakenUp::Done(period) => Ok(period),
            TakenUp::Now(period) => {
                if !period.is_annual() {
                    annual_of(&mut tx, period.id, period.span).await?;
                }
                self.finish(tx, period.open()?).await
            }
        }
    }

    pub async fn close_period(
        &self,
        caller: &Caller,
        change: ChangePeriod,
    ) -> Result<Period, Error> {
        let mut tx = self.db.begin(caller.tenant()?).await?;
        let period = match self.take_up(&mut tx, &change).await? {
            TakenUp::Done(period) => return Ok(period),
            TakenUp::Now(period) => period.close()?,
        };
        if period.is_annual() && store::periods::has_open_parts(&mut tx, period.id).await? {
            let message = "a quarter or month of the year is open";
            return Err(Error::wrong_state(Reason::PeriodHasOpenParts, message));
        }
        self.finish(tx, period).await
    }

    /// Claims the request, locks the period and checks that it is as the caller saw it.
    async fn take_up(&self, tx: &mut Tx, change: &ChangePeriod) -> Result<TakenUp, Error> {
        let id = change.period_id;
        let done = claim(tx, &change.key, id.uuid(), self.clock.now()).await?;
        let period = store::periods::lock(tx, id).await?.ok_or_else(period_not_found)?;
        if done.is_some() {
            return Ok(TakenUp::Done(period));
        }
        if period.revision != change.revision {
            return Err(Error::Stale);
        }
        Ok(TakenUp::Now(period))
    }

    async fn finish(&self, mut tx: Tx, period: Period) -> Result<Period, Error> {
        let now = self.clock.now();
        store::periods::update_state(&mut tx, &period).await?;
        let told = period_changed(&period);
        events::append(&mut tx, period.id.uuid(), period.revision, now, &told).await?;
        tx.commit().await?;
        Ok(period)
    }
}

enum TakenUp {
    /// The request was carried out before.
    Done(Period),
    Now(Period),
}

async fn existing(conn: &mut PgConnection, id: PeriodId) -> Result<Period, Error> {
    store::periods::find(conn, id).await?.ok_or_else(period_not_found)
}

/// The year that a new period, or one about to open, lies in; it stays as it is until the transaction ends.
async fn annual_of(conn: &mut PgConnection, id: PeriodId, span: Span) -> Result<PeriodId, Error> {
    if span.kind() == PeriodKind::Annual {
        return Ok(id);
    }
    match store::periods::hold_year(conn, span.year()).await? {
        Some((_, PeriodState::Closed)) => Err(PeriodError::Closed.into()),
        Some((annual, _)) => Ok(annual),
        None => {
            let message = "the year has no annual period yet";
            Err(Error::wrong_state(Reason::YearMissing, message))
        }
    }
}

fn of_period(error: sqlx::Error) -> Error {
    match constraint(&error) {
        Some("periods_one_of_a_kind") => {
            Error::taken(Reason::PeriodTaken, "the year has this period already")
        }
        Some("plans_submitted_in_window" | "result_sheets_recorded_in_window") => {
            let message = "something was done within the window that would lie outside of it";
            Error::wrong_state(Reason::WindowInUse, message)
        }
        _ => error.into(),
    }
}

fn no_such_day(error: jiff::Error) -> Error {
    let fault = tonic_types::FieldViolation::new("windows", error.to_string());
    Error::Invalid(vec![fault])
}
