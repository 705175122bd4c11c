use kinerja_kit::client::{self, Channel};
use kinerja_proto::registry::v1::{
    GetEmployeeRequest, employee_service_client::EmployeeServiceClient,
};
use kinerja_tests::{World, scene::Scene};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tonic::Status;
use uuid::Uuid;

use super::{
    TENANT, competency_answers, small_disk::SmallDisk, storage_is_away, units, until,
    writers::Writers,
};
use crate::arrived::{becomes, count};

const WRITERS: usize = 4;
const MIB: usize = 48;
/// People's data that is read while the disk is full: each an entry of the access log, which is a write.
const READS: i64 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_writes_and_serves_reads_until_there_is_room_again()
-> anyhow::Result<()> {
    let Some(disk) = SmallDisk::mount(MIB)? else { return Ok(()) };
    let mut world = World::of(&["registry", "competency"], &[]).await?;
    lay_on(&world, &disk).await?;
    world.add("registry").await?;
    world.add("competency").await?;
    let scene = Scene::build(&world, TENANT, 2).await?;
    let officer = world.channel("registry", &scene.hr())?;
    let writers = Writers::start(&officer, WRITERS).await?;
    writers.go_on(40).await?;

    disk.fill()?;
    until("writes are refused", async || Ok(writers.seen().refused.len() >= 5 * WRITERS)).await?;
    for _ in 0..READS {
        units::read(&officer).await?;
        read_person(&officer, scene.people[0]).await?;
    }
    competency_answers(&world, &scene.hr()).await?;
    the_log_alone_says_why(&mut world);

    disk.make_room()?;
    writers.go_on(40).await?;
    let seen = writers.finish().await?;
    for (status, _) in &seen.refused {
        storage_is_away(status);
    }
    let logged = "SELECT count(*) FROM access_log WHERE method = 'GetEmployee'";
    becomes(&world, "registry", logged, READS).await?;
    let written = count(&world, "registry", "SELECT count(*) FROM units").await?;
    becomes(&world, "competency", "SELECT count(*) FROM units", written).await
}

async fn read_person(officer: &Channel, employee: Uuid) -> Result<(), Status> {
    let request = GetEmployeeRequest { employee_id: employee.to_string(), ..Default::default() };
    let mut employees = EmployeeServiceClient::new(officer.clone());
    employees.get_employee(client::system(request)).await.map(drop)
}

fn the_log_alone_says_why(world: &mut World) {
    let lines = world.process("registry", 0).lines();
    assert!(lines.iter().any(|line| line.contains("No space left on device")), "{lines:?}");
}

/// The registry's tables, and nothing else of the cluster, lie on the small disk.
async fn lay_on(world: &World, disk: &SmallDisk) -> anyhow::Result<()> {
    let mut conn = world.cluster("registry").administrator("postgres").connect().await?;
    let place = format!("CREATE TABLESPACE small LOCATION '{}'", disk.folder().display());
    for statement in [place.as_str(), "ALTER DATABASE registry SET TABLESPACE small"] {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut conn).await?;
    }
    conn.close().await?;
    Ok(())
}
