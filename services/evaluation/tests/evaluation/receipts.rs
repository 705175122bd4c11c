use kinerja_evaluation::MIGRATOR;
use kinerja_proto::events::v1 as events;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    is, outcome, pb, refusal, sample,
    world::{BUDI, HEAD, SITI, World, request_id},
};

fn record(rows: Vec<pb::EvaluationRef>) -> pb::RecordReceiptsRequest {
    pb::RecordReceiptsRequest {
        rows,
        note: "diserahkan dengan berita acara".into(),
        request_id: request_id(),
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn receipt_starts_the_clock_of_the_objection(pool: PgPool) {
    let world = World::new(pool).await;
    let rated = world.rated().await;
    let acknowledged = world.acknowledge(&rated).await;
    assert_eq!(acknowledged.state(), pb::EvaluationState::Acknowledged);
    let receipt = acknowledged.receipt.expect("receipt");
    assert_eq!(receipt.kind(), pb::ReceiptKind::Acknowledged);
    // Received on 2 April; the fourteenth day after it ends at midnight in UTC+8.
    assert_eq!(receipt.objection_close_time, sample::instant("2026-04-16T16:00:00Z"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn where_working_days_count_the_registry_counts_them(pool: PgPool) {
    let world = World::new(pool).await;
    let rated = world.rated().await;
    sqlx::query("UPDATE policies SET objection_clock = 'WORKING_DAYS'")
        .execute(&world.pool)
        .await
        .expect("another reading");
    let acknowledged = world.acknowledge(&rated).await;
    let receipt = acknowledged.receipt.expect("receipt");
    assert_eq!(receipt.objection_close_time, sample::instant("2026-04-24T16:00:00Z"));

    let budis = world.evaluations_of(BUDI).await.remove(0);
    let budis = world.prepare(HEAD, &budis).await;
    let budis = world.rate(HEAD, &budis).await;
    world.neighbours.lose_registry();
    let request = sample::acknowledge(&budis);
    let status = world.person(BUDI).evaluations().acknowledge_evaluation(request).await;
    let status = status.expect_err("the registry is away");
    assert_eq!(refusal(&status), is(Code::Unavailable, "NEIGHBOUR_UNAVAILABLE"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_employee_alone_acknowledges_and_once(pool: PgPool) {
    let world = World::new(pool).await;
    let rated = world.rated().await;
    for other in [HEAD, BUDI] {
        let request = sample::acknowledge(&rated);
        let status = world.person(other).evaluations().acknowledge_evaluation(request).await;
        let status = status.expect_err("not the employee");
        assert_eq!(refusal(&status), is(Code::PermissionDenied, "NOT_YOUR_EVALUATION"));
    }
    let request = sample::acknowledge(&rated);
    let mut evaluations = world.person(SITI).evaluations();
    let first = evaluations.acknowledge_evaluation(request.clone()).await.expect("first");
    let replayed = evaluations.acknowledge_evaluation(request).await.expect("replayed");
    let first = first.into_inner();
    assert_eq!(first, replayed.into_inner());
    let request = sample::acknowledge(&first.evaluation.expect("evaluation"));
    let status = evaluations.acknowledge_evaluation(request).await.expect_err("received already");
    assert_eq!(refusal(&status), is(Code::FailedPrecondition, "EVALUATION_STATE"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn officers_record_receipts_of_many_and_finalise_them(pool: PgPool) {
    let world = World::new(pool).await;
    let siti = world.rated().await;
    let budi = world.evaluations_of(BUDI).await.remove(0);
    let request = record(vec![sample::reference(&siti), sample::reference(&budi)]);
    let mut evaluations = world.officer().evaluations();
    let reply = evaluations.record_receipts(request).await.expect("answered").into_inner();
    let outcomes: Vec<_> = reply.results.into_iter().map(outcome).collect();
    assert_eq!(outcomes, ["ACKNOWLEDGED", "FAILED_PRECONDITION/EVALUATION_STATE"]);
    let siti = world.evaluations_of(SITI).await.remove(0);
    assert_eq!(siti.receipt.as_ref().map(pb::Receipt::kind), Some(pb::ReceiptKind::Recorded));
    let request = pb::FinaliseEvaluationsRequest {
        rows: vec![sample::reference(&siti), sample::reference(&budi)],
        request_id: request_id(),
    };
    let reply = evaluations.finalise_evaluations(request.clone()).await.expect("answered");
    let outcomes: Vec<_> = reply.into_inner().results.into_iter().map(outcome).collect();
    assert_eq!(outcomes, ["FINALISED", "FAILED_PRECONDITION/EVALUATION_STATE"]);
    evaluations.finalise_evaluations(request).await.expect("replayed");
    assert_eq!(world.told::<events::EvaluationFinalised>().await.len(), 1);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_final_result_is_announced_with_what_is_to_improve(pool: PgPool) {
    let world = World::new(pool).await;
    let rated = world.rated().await;
    let acknowledged = world.acknowledge(&rated).await;
    let finalised = world.finalise(&acknowledged).await;
    assert_eq!(finalised.state(), pb::EvaluationState::Finalised);
    let told = world.told::<events::EvaluationFinalised>().await;
    let [told] = told.as_slice() else { panic!("one event, not {}", told.len()) };
    assert_eq!((told.evaluation_id.as_str(), told.year), (&*finalised.evaluation_id, 2026));
    assert_eq!(told.employee_id, SITI.to_string());
    assert_eq!(told.plan_id, sample::plan_of(SITI).to_string());
    assert_eq!(
        (told.results_rating(), told.behaviour_rating()),
        (pb::Rating::Meets, pb::Rating::Meets)
    );
    assert_eq!(told.predicate(), pb::Predicate::Good);
    let [improvement] = told.improvements.as_slice() else { panic!("one improvement") };
    assert_eq!(improvement.competency_code, "MAN.03");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_is_not_received_is_not_final_and_what_is_final_stays(pool: PgPool) {
    let world = World::new(pool).await;
    let rated = world.rated().await;
    let mut evaluations = world.officer().evaluations();
    let status = evaluations.finalise_evaluation(sample::finalise(&rated)).await;
    let status = status.expect_err("not received");
    assert_eq!(refusal(&status), is(Code::FailedPrecondition, "EVALUATION_STATE"));
    let acknowledged = world.acknowledge(&rated).await;
    let finalised = world.finalise(&acknowledged).await;
    let request = sample::submit(&finalised, sample::rating());
    let status = world.person(HEAD).ratings().submit_rating(request).await.expect_err("final");
    assert_eq!(refusal(&status), is(Code::FailedPrecondition, "EVALUATION_STATE"));
    let request = sample::finalise(&acknowledged);
    let status = world.person(SITI).evaluations().finalise_evaluation(request).await;
    let status = status.expect_err("no officer");
    assert_eq!(refusal(&status), is(Code::PermissionDenied, "PERMISSION_DENIED"));
}
