//! One trace across all hops: calls of neighbours, and what events bring about, each below its cause.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use kinerja_kit::testing::otlp::{Receiver, Span, SpanKind};
use kinerja_tests::World;
use serde_json::json;

use crate::years::Setting;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PATIENCE: Duration = Duration::from_secs(20);

/// The caller's spans, by what is done in each.
const MAKES_A_UNIT: &str = "00000000000000a1";
const HANDS_IN: &str = "00000000000000a2";
const APPROVES: &str = "00000000000000a3";
const PREPARES: &str = "00000000000000a4";
const RATES: &str = "00000000000000a5";
const ACKNOWLEDGES: &str = "00000000000000a6";
const FINALISES: &str = "00000000000000a7";
const CALLER: [&str; 7] =
    [MAKES_A_UNIT, HANDS_IN, APPROVES, PREPARES, RATES, ACKNOWLEDGES, FINALISES];

/// A caller has one trace from the plan to the development plan; its calls are made one after the other, and
/// what each brings about elsewhere comes below it.
#[tokio::test(flavor = "multi_thread")]
async fn one_trace_goes_through_every_call_and_every_event_each_below_its_cause()
-> anyhow::Result<()> {
    let receiver = Receiver::start().await;
    let world = World::with(1, &[("KINERJA_OTLP_ENDPOINT", &receiver.endpoint())]).await?;
    let setting = Setting::build(&world, 1).await?;
    let year = setting.year_of(setting.scene.people[0]);
    let within = |span: &str| year.clone().within(&format!("00-{TRACE}-{span}-01"));
    let unit = json!({"name": "Seksi Uji", "kind": "UNIT_KIND_SECTION", "openedOn": "2026-01-02"});
    within(MAKES_A_UNIT).officer.call("registry.UnitService/CreateUnit", unit).await?;
    let draft = year.draft(&setting.period_id).await?;
    let submitted = within(HANDS_IN).submit(&draft).await?;
    within(APPROVES).approve(&submitted).await?;
    let opened = year.opened().await?;
    let prepared = within(PREPARES).prepare(&opened).await?;
    let rated = within(RATES).rate(&prepared).await?;
    let acknowledged = within(ACKNOWLEDGES).acknowledge(&rated).await?;
    within(FINALISES).finalise(&acknowledged).await?;
    year.developed().await?;

    let end = Instant::now() + PATIENCE;
    loop {
        let trace = Trace::of(receiver.spans());
        match trace.is_whole() {
            Ok(()) => return trace.has_no_orphans(),
            Err(error) if Instant::now() > end => return Err(error),
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

struct Trace(Vec<Span>);

impl Trace {
    fn of(mut spans: Vec<Span>) -> Self {
        spans.retain(|span| span.trace_id == TRACE);
        Self(spans)
    }

    /// Every hop of the year is there, below the one that caused it.
    fn is_whole(&self) -> anyhow::Result<()> {
        let made = self.served(MAKES_A_UNIT, "registry", "UnitService/CreateUnit")?;
        for service in ["planning", "evaluation", "competency"] {
            self.applied(made, service, "INSERT INTO units")?;
        }
        let submitted = self.served(HANDS_IN, "planning", "PlanAgreementService/SubmitPlan")?;
        self.asked(submitted, "registry", "ReportingLineService/ResolveRaters")?;
        let approved = self.served(APPROVES, "planning", "PlanAgreementService/ApprovePlan")?;
        self.asked(approved, "registry", "ReportingLineService/ResolveRaters")?;
        self.applied(approved, "evaluation", "INSERT INTO evaluations")?;
        let prepared = self.served(PREPARES, "evaluation", "RatingService/PrepareRating")?;
        self.asked(prepared, "registry", "ReportingLineService/ResolveRaters")?;
        self.asked(prepared, "planning", "RealisationService/GetPlanResults")?;
        self.served(RATES, "evaluation", "RatingService/SubmitRating")?;
        self.served(ACKNOWLEDGES, "evaluation", "EvaluationService/AcknowledgeEvaluation")?;
        let finalised =
            self.served(FINALISES, "evaluation", "EvaluationService/FinaliseEvaluation")?;
        self.applied(finalised, "competency", "INSERT INTO development_plans")
    }

    /// The call that `cause` made, as `service` served it.
    fn served(&self, cause: &str, service: &str, rpc: &str) -> anyhow::Result<&Span> {
        self.below(cause, service, SpanKind::Server, rpc)
    }

    /// `cause` called a neighbour, which served that.
    fn asked(&self, cause: &Span, neighbour: &str, rpc: &str) -> anyhow::Result<()> {
        let service = cause.service.trim_start_matches("kinerja-");
        let call = self.below(&cause.span_id, service, SpanKind::Client, rpc)?;
        self.served(&call.span_id, neighbour, rpc).map(drop)
    }

    /// What `cause` told was applied in another service, with this statement among others.
    fn applied(&self, cause: &Span, service: &str, statement: &str) -> anyhow::Result<()> {
        let applied = self.below(&cause.span_id, service, SpanKind::Consumer, "apply events")?;
        self.below(&applied.span_id, service, SpanKind::Client, statement).map(drop)
    }

    fn below(
        &self,
        parent: &str,
        service: &str,
        kind: SpanKind,
        name: &str,
    ) -> anyhow::Result<&Span> {
        let mut found = self.0.iter().filter(|span| {
            span.parent_span_id == parent
                && span.service == format!("kinerja-{service}")
                && span.kind == kind
                && span.name.contains(name)
        });
        let first = found.next();
        let first = first.with_context(|| format!("no {name} of {service} below {parent}"))?;
        ensure!(found.next().is_none(), "more than one {name} of {service} below {parent}");
        Ok(first)
    }

    /// Every span has its parent in the trace, or the caller's.
    fn has_no_orphans(&self) -> anyhow::Result<()> {
        let known: BTreeSet<&str> =
            self.0.iter().map(|span| span.span_id.as_str()).chain(CALLER).collect();
        let orphans: Vec<_> =
            self.0.iter().filter(|span| !known.contains(span.parent_span_id.as_str())).collect();
        ensure!(orphans.is_empty(), "{orphans:#?}");
        Ok(())
    }
}
