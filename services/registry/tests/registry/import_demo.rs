//! The personnel exports of the demonstration, as HR offices send them.

use std::{fs, path::Path};

use kinerja_registry::MIGRATOR;
use pb::{
    ImportState as State, import_employees_request::Part,
    import_service_client::ImportServiceClient,
};
use sqlx::PgPool;
use tokio_stream::StreamExt as _;

use crate::{
    imports::{Delivery, counts, file, messages},
    pb,
    world::{World, create_tenant},
};

const GOVERNMENTS: [&str; 5] = ["12.76", "15.04", "17.07", "19.71", "52.71"];

async fn send(world: &World, tenant: &str, text: &[u8]) -> pb::Import {
    let mut delivery: Delivery = file(b"");
    delivery.parts = vec![Part::Csv(text.to_vec()), Part::End(pb::ImportEnd {})];
    let mut client = ImportServiceClient::new(world.officer_of(tenant));
    let request = tokio_stream::iter(messages(delivery));
    let mut replies = client.import_employees(request).await.expect("a stream").into_inner();
    let mut last = None;
    while let Some(reply) = replies.next().await {
        last = reply.expect("progress").import;
    }
    last.expect("a reply")
}

async fn faults(world: &World, tenant: &str, import_id: &str) -> Vec<(i64, String)> {
    let request = pb::ListImportFaultsRequest { import_id: import_id.into(), ..Default::default() };
    let mut client = ImportServiceClient::new(world.officer_of(tenant));
    let page = client.list_import_faults(request).await.expect("faults").into_inner();
    page.faults.into_iter().map(|fault| (fault.row, fault.heading)).collect()
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_files_of_the_demonstration_go_in_but_for_their_faulty_rows(pool: PgPool) {
    let world = World::new(pool).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/demo");
    let expected = fs::read_to_string(folder.join("expected.json")).expect("what is expected");
    let expected: serde_json::Value = serde_json::from_str(&expected).expect("JSON");
    for tenant in GOVERNMENTS {
        let expected = &expected[tenant];
        let request = create_tenant(tenant, "Pemerintah daerah");
        // Two of them are there already.
        let _ = world.operators_tenants().create_tenant(request).await;
        let name = expected["file"].as_str().expect("a file");
        let text = fs::read(folder.join(name)).expect("the file");
        let done = send(&world, tenant, &text).await;
        let told = faults(&world, tenant, &done.id).await;
        let wanted: Vec<(i64, String)> = expected["faults"]
            .as_array()
            .expect("faults")
            .iter()
            .map(|f| {
                (f["row"].as_i64().expect("row"), f["column"].as_str().expect("column").to_owned())
            })
            .collect();
        assert_eq!(told, wanted, "{tenant}");
        let people = expected["people"].as_i64().expect("people");
        let wanted = (State::Done, (people, 0, 0, 5));
        assert_eq!((done.state(), counts(&done)), wanted, "{tenant}");
        let units = done.counts.map(|counts| counts.units_created);
        assert_eq!(units, expected["units"].as_i64(), "{tenant}");
        let again = send(&world, tenant, &text).await;
        assert_eq!(counts(&again), (0, 0, people, 5), "{tenant}");
    }
}
