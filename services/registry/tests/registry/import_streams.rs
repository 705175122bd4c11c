//! Streams of an import: interrupted, continued, refused, given up.

use kinerja_registry::MIGRATOR;
use pb::{ImportState as State, import_employees_request::Part};
use sqlx::PgPool;
use tokio_stream::StreamExt as _;
use tonic::Code;

use crate::{
    faults,
    imports::{
        CLERK, Delivery, HEAD, HEADER, NURSE, count, counts, file, import, importer, messages,
        rows, send,
    },
    is, pb, refusal,
    world::{BATANG, TEBING, World, at, request_id},
};

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_interrupted_import_resumes_from_what_was_staged(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    let text = [HEADER, HEAD, NURSE, CLERK].concat();
    let mut first = file(&text);
    let header = first.header.clone();
    // The stream stops in the middle of the last row.
    first.parts = vec![Part::Csv(text.as_bytes()[..text.len() - 60].to_vec())];
    let stopped = import(&world, first).await;
    assert_eq!((stopped.state(), stopped.received_rows), (State::Receiving, 2));
    assert_eq!(count(&pool, "employees").await, 0);

    let from = usize::try_from(stopped.received_bytes).expect("an offset");
    let rest = file(&text.as_bytes()[from..]);
    let done = import(&world, Delivery { header: header.clone(), parts: rest.parts }).await;
    assert_eq!((done.state(), counts(&done)), (State::Done, (3, 0, 0, 0)));

    let again = import(&world, Delivery { header, parts: Vec::new() }).await;
    assert_eq!((again.state(), again.counts), (State::Done, done.counts));
    assert_eq!(count(&pool, "employees").await, 3);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_caller_who_hangs_up_leaves_an_import_that_can_be_continued(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    let text = [HEADER, HEAD, NURSE, CLERK].concat();
    let delivery = file(&text);
    let header = delivery.header.clone();
    let (sender, receiver) = tokio::sync::mpsc::channel(64);
    for message in messages(delivery).into_iter().take(8) {
        sender.send(message).await.expect("sent");
    }
    let request = tokio_stream::wrappers::ReceiverStream::new(receiver);
    let mut replies =
        importer(&world, TEBING).import_employees(request).await.expect("a stream").into_inner();
    let staged = loop {
        let import =
            replies.next().await.expect("a reply").expect("progress").import.expect("import");
        if import.received_rows > 0 {
            break import;
        }
    };
    drop((replies, sender));

    let from = usize::try_from(staged.received_bytes).expect("an offset");
    let rest = file(&text.as_bytes()[from..]);
    // The server may have staged more before it noticed: the import says so, and nothing is doubled.
    match send(&world, Delivery { header: header.clone(), parts: rest.parts }).await {
        Ok(done) => assert_eq!((done.state(), counts(&done)), (State::Done, (3, 0, 0, 0))),
        Err(status) => {
            assert_eq!(refusal(&status), is(Code::FailedPrecondition, "IMPORT_ELSEWHERE"))
        }
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_same_request_id_with_another_header_is_refused(pool: PgPool) {
    let world = World::new(pool).await;
    let first = rows(&[HEAD]);
    let header = first.header.clone();
    import(&world, first).await;
    let mut other = rows(&[HEAD]).dry();
    other.header.request_id = header.request_id;
    let refused = send(&world, other).await.expect_err("reused");
    assert_eq!(refusal(&refused), is(Code::InvalidArgument, "REQUEST_ID_REUSED"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn no_export_describes_a_day_that_is_still_to_come(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    // Evening in Greenwich, and the third of March in Tebing Tinggi.
    world.clock.set(at("2026-03-02T18:00:00Z"));
    let of = |day: &str| {
        let mut delivery = rows(&[HEAD]);
        delivery.header.as_of = day.to_owned();
        delivery
    };
    let refused = send(&world, of("2026-03-04")).await.expect_err("tomorrow");
    assert_eq!(refusal(&refused), is(Code::InvalidArgument, "INVALID_FIELDS"));
    assert_eq!(faults(&refused), ["header.as_of"]);
    assert_eq!(count(&pool, "employees").await, 0);
    let done = import(&world, of("2026-03-03")).await;
    assert_eq!((done.state(), done.as_of.as_str()), (State::Done, "2026-03-03"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_import_is_continued_whatever_the_day_has_become(pool: PgPool) {
    let world = World::new(pool).await;
    let text = [HEADER, HEAD].concat();
    let mut first = file(&text);
    first.header.as_of = "2026-03-02".to_owned();
    let header = first.header.clone();
    first.parts.pop();
    let stopped = import(&world, first).await;
    assert_eq!(stopped.state(), State::Receiving);
    world.clock.set(at("2026-03-01T01:00:00Z"));
    let from = usize::try_from(stopped.received_bytes).expect("an offset");
    let rest = file(&text.as_bytes()[from..]);
    let done = import(&world, Delivery { header, parts: rest.parts }).await;
    assert_eq!((done.state(), counts(&done)), (State::Done, (1, 0, 0, 0)));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_file_that_is_no_export_is_refused_with_what_is_missing(pool: PgPool) {
    let world = World::new(pool).await;
    let hollow = b"NIP;NAMA;JENIS_PEGAWAI;CATA\0TAN\n1;Ani;PNS;\n";
    let headless = b"NAMA;JENIS_PEGAWAI\nAni;PNS\n";
    for text in [&headless[..], b"\xff\xfeN\0I\0P\0\n\0", hollow, b""] {
        let refused = send(&world, file(text)).await.expect_err("unreadable");
        assert_eq!(refusal(&refused), is(Code::InvalidArgument, "IMPORT_FILE_UNREADABLE"));
    }
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_first_message_is_the_header(pool: PgPool) {
    let world = World::new(pool).await;
    let part = Some(Part::End(pb::ImportEnd {}));
    let request = tokio_stream::iter([pb::ImportEmployeesRequest { part }]);
    let mut replies =
        importer(&world, TEBING).import_employees(request).await.expect("a stream").into_inner();
    let refused = replies.next().await.expect("a reply").expect_err("refused");
    assert_eq!(refusal(&refused), is(Code::InvalidArgument, "INVALID_FIELDS"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn another_government_sees_nothing_of_an_import(pool: PgPool) {
    let world = World::new(pool).await;
    let done = import(&world, rows(&[HEAD])).await;
    let mut others = importer(&world, BATANG);
    let request = pb::GetImportRequest { import_id: done.id.clone() };
    let unseen = others.get_import(request).await.expect_err("unseen");
    assert_eq!(refusal(&unseen), is(Code::NotFound, "IMPORT_NOT_FOUND"));
    let list = others.list_imports(pb::ListImportsRequest::default()).await.expect("a list");
    assert!(list.into_inner().imports.is_empty());
    let request = pb::ListImportFaultsRequest { import_id: done.id, ..Default::default() };
    let unseen = others.list_import_faults(request).await.expect_err("unseen");
    assert_eq!(unseen.code(), Code::NotFound);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_staged_import_can_be_given_up(pool: PgPool) {
    let world = World::new(pool.clone()).await;
    let mut delivery = rows(&[HEAD]);
    delivery.parts.pop();
    let stopped = import(&world, delivery).await;
    assert_eq!(count(&pool, "import_rows").await, 1);
    let request =
        pb::DeleteImportRequest { import_id: stopped.id.clone(), request_id: request_id() };
    importer(&world, TEBING).delete_import(request).await.expect("deleted");
    assert_eq!(count(&pool, "import_rows").await, 0);
    let request = pb::GetImportRequest { import_id: stopped.id };
    let gone = importer(&world, TEBING).get_import(request).await.expect_err("gone");
    assert_eq!(gone.code(), Code::NotFound);
}
