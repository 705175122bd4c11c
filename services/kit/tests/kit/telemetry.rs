//! What a collector gets to see. Telemetry is of the process, so this is one test.

use std::sync::Arc;

use kinerja_kit::{
    client::{self, Options},
    server::Guard,
    telemetry::{self, TelemetryArgs},
    tenant::Database,
    testing::otlp::{Receiver, Span},
};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use sqlx::PgPool;
use tonic::Code;

use crate::stage::{Plan, Theatre, order_of};

/// A guard that names the government, as the real one does.
fn naming() -> Guard {
    Arc::new(|parts| {
        telemetry::record_tenant("12.76");
        Box::pin(std::future::ready(Ok(parts)))
    })
}

#[sqlx::test(migrations = false)]
async fn one_trace_and_the_cost_of_each_call_reach_the_collector(pool: PgPool) {
    let collector = Receiver::start().await;
    let args = TelemetryArgs {
        otlp_endpoint: Some(collector.endpoint()),
        log: "off".to_owned(),
        ..TelemetryArgs::default()
    };
    let telemetry = telemetry::set_up("kinerja-stage", &args).expect("the first and only");
    let far = Theatre::open(Plan { guard: naming(), ..Plan::default() }).await;
    let neighbour = client::connect(&far.url(), Options::default()).expect("a URL");
    let near = Theatre::open(Plan {
        guard: naming(),
        neighbour: Some(neighbour),
        database: Some(Database::new(pool, "kit")),
        ..Plan::default()
    })
    .await;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    let mut request = tonic::Request::new(order_of("query"));
    let parent = format!("00-{TRACE}-b7ad6b7169203331-01").parse().expect("ascii");
    request.metadata_mut().insert("traceparent", parent);
    let mut api = near.stock().await;
    api.check(request).await.expect("relayed");
    api.check(order_of("unknown")).await.expect_err("not found");
    telemetry.flush().await;

    let ours = |spans: &Vec<Span>| spans.iter().filter(|span| span.trace_id == TRACE).count();
    let spans = collector.wait_for(|spans| ours(spans) == 4).await;
    let find = |kind: SpanKind, name: &str, parent: &str| {
        let fits = |span: &&Span| {
            (span.kind, span.name.as_str(), span.parent_span_id.as_str()) == (kind, name, parent)
        };
        spans.iter().find(fits).cloned().unwrap_or_else(|| panic!("{kind:?} {name} in {spans:?}"))
    };
    let check = "grpc.health.v1.Health/Check";
    let received = find(SpanKind::Server, check, "b7ad6b7169203331");
    let sent = find(SpanKind::Client, check, &received.span_id);
    let relayed = find(SpanKind::Server, check, &sent.span_id);
    let statement = find(SpanKind::Client, "SELECT 1 AS one", &received.span_id);

    assert_eq!(received.service, "kinerja-stage");
    let expected = [
        ("rpc.system", "grpc"),
        ("rpc.service", "grpc.health.v1.Health"),
        ("rpc.method", "Check"),
        ("rpc.grpc.status_code", "0"),
        ("kinerja.tenant", "12.76"),
        ("kinerja.sql.statements", "1"),
    ];
    for (key, value) in expected {
        assert_eq!(received.attribute(key).as_deref(), Some(value), "{key}");
    }
    assert_eq!(relayed.attribute("kinerja.sql.statements").as_deref(), Some("0"));
    assert_eq!(statement.attribute("db.system.name").as_deref(), Some("postgresql"));
    let refused = (Code::NotFound as i32).to_string();
    let codes = spans.iter().filter_map(|span| span.attribute("rpc.grpc.status_code"));
    assert!(codes.into_iter().any(|code| code == refused), "the refusal is a span too");

    let metrics =
        ["rpc.server.call.duration", "rpc.client.call.duration", "kinerja.server.active_calls"];
    collector.wait_for_metrics(&metrics).await;
    telemetry.shutdown().await;
}
