//! Work in every service: years are lived through while units are made in the registry and raters looked up.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use anyhow::{Context as _, ensure};
use kinerja_tests::{World, calls::Caller};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    arrived::{
        every_cursor_is_at_the_head, every_unit_arrived_everywhere, every_year_left_one_of_each,
    },
    years::{Setting, Years},
};

/// Years that are over between one disturbance and the next.
const YEARS: usize = 4;

/// Work that goes on until it is finished.
pub(crate) struct Work {
    officer: Caller,
    years: Years,
    made: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    registry: JoinSet<anyhow::Result<()>>,
}

impl Work {
    /// `persisting` callers make a call again until it is acknowledged; of others none may fail.
    pub(crate) async fn start(
        world: &World,
        people: usize,
        persisting: bool,
    ) -> anyhow::Result<Self> {
        let setting = Setting::build(world, people).await?;
        let officer = setting.calls.by(&setting.scene.hr());
        let caller = if persisting { officer.clone().persisting() } else { officer.clone() };
        let (made, stop) = (Arc::<Mutex<Vec<String>>>::default(), Arc::<AtomicBool>::default());
        let mut registry = JoinSet::new();
        registry.spawn(make_units(caller.clone(), Arc::clone(&made), Arc::clone(&stop)));
        registry.spawn(ask_for_raters(caller, setting.scene.people.clone(), Arc::clone(&stop)));
        Ok(Self { officer, years: Years::start(&setting, persisting), made, stop, registry })
    }

    /// Waits until more was done everywhere, with more under way.
    pub(crate) async fn go_on(&mut self) -> anyhow::Result<()> {
        self.years.go_on(YEARS).await
    }

    /// Ends the work. Everything that was acknowledged is there, and every event had its effect once.
    pub(crate) async fn finish(mut self, world: &World) -> anyhow::Result<()> {
        let lived = self.years.finish().await?;
        self.stop.store(true, Ordering::Relaxed);
        while let Some(ended) = self.registry.join_next().await {
            ended??;
        }
        let made = std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner));
        let there = units(&self.officer).await?;
        let lost: Vec<_> = made.iter().filter(|unit| !there.contains(*unit)).collect();
        ensure!(lost.is_empty(), "{} of {} units were lost: {lost:?}", lost.len(), made.len());
        every_unit_arrived_everywhere(world).await?;
        every_year_left_one_of_each(world, lived).await?;
        every_cursor_is_at_the_head(world).await
    }
}

async fn make_units(
    officer: Caller,
    made: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
) -> anyhow::Result<()> {
    let message =
        json!({"name": "Seksi Uji", "kind": "UNIT_KIND_SECTION", "openedOn": "2026-01-02"});
    while !stop.load(Ordering::Relaxed) {
        let answer = officer.call("registry.UnitService/CreateUnit", message.clone()).await?;
        let unit = answer["unit"]["unitId"].as_str().context("no unit")?.to_owned();
        made.lock().unwrap_or_else(PoisonError::into_inner).push(unit);
    }
    Ok(())
}

async fn ask_for_raters(
    officer: Caller,
    people: Vec<Uuid>,
    stop: Arc<AtomicBool>,
) -> anyhow::Result<()> {
    for person in people.iter().cycle() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let message = json!({"employeeId": person.to_string()});
        officer.call("registry.ReportingLineService/ResolveRater", message).await?;
    }
    Ok(())
}

async fn units(officer: &Caller) -> anyhow::Result<BTreeSet<String>> {
    let (mut there, mut page_token) = (BTreeSet::new(), Value::Null);
    loop {
        let message = json!({"pageSize": 500, "pageToken": page_token});
        let mut page = officer.call("registry.UnitService/ListUnits", message).await?;
        let units = page["units"].as_array().into_iter().flatten();
        there.extend(units.filter_map(|unit| unit["unitId"].as_str()).map(str::to_owned));
        page_token = page["nextPageToken"].take();
        if page_token.is_null() {
            return Ok(there);
        }
    }
}
