use std::{
    ffi::OsStr,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};
use kinerja_kit::client::{self, Channel};
use kinerja_proto::registry::v1::{
    GetEmployeeRequest, employee_service_client::EmployeeServiceClient,
};
use kinerja_tests::{World, scene::Scene};
use nix::unistd::User;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _};
use tonic::{Code, Status};
use uuid::Uuid;

use super::{TENANT, competency_answers, is_for_now, refused, units, until, writers::Writers};
use crate::arrived::{becomes, count};

const WRITERS: usize = 4;
const MIB: usize = 48;
/// People's data that is read while the disk is full: each an entry of the access log, which is a write.
const READS: i64 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_writes_and_serves_reads_until_there_is_room_again()
-> anyhow::Result<()> {
    let Some(disk) = Disk::mount()? else {
        eprintln!("SKIPPED: no right to mount a small disk here; run this test as root");
        return Ok(());
    };
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
        assert_eq!(
            refused(status),
            (Code::Unavailable, "STORAGE_UNAVAILABLE".to_owned()),
            "{status:?}"
        );
        assert!(is_for_now(status), "{status:?} says when to come again");
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
async fn lay_on(world: &World, disk: &Disk) -> anyhow::Result<()> {
    let mut conn = world.cluster("registry").administrator("postgres").connect().await?;
    let place = format!("CREATE TABLESPACE small LOCATION '{}'", disk.folder.display());
    for statement in [place.as_str(), "ALTER DATABASE registry SET TABLESPACE small"] {
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut conn).await?;
    }
    conn.close().await?;
    Ok(())
}

/// A real file system of a few MiB, which PostgreSQL may write to. It goes with this value.
struct Disk {
    folder: PathBuf,
}

impl Disk {
    /// None where one may not mount.
    fn mount() -> anyhow::Result<Option<Self>> {
        let Some(user) = User::from_name("postgres")? else { return Ok(None) };
        let folder = nix::unistd::mkdtemp(&std::env::temp_dir().join("kinerja-disk-XXXXXX"))?;
        let options = format!("size={MIB}m,mode=0700,uid={},gid={}", user.uid, user.gid);
        let mounted = run("mount", ["-t", "tmpfs", "-o", &options, "tmpfs"], &folder);
        if let Err(error) = mounted {
            eprintln!("{error:#}");
            fs::remove_dir(&folder)?;
            return Ok(None);
        }
        Ok(Some(Self { folder }))
    }

    /// Takes all the room there is.
    fn fill(&self) -> anyhow::Result<()> {
        let mut ballast = fs::File::create(self.ballast())?;
        let piece = vec![0; 4096];
        for _ in 0..=MIB << 8 {
            if let Err(error) = ballast.write_all(&piece) {
                ensure!(error.kind() == std::io::ErrorKind::StorageFull, "{error}");
                return Ok(());
            }
        }
        anyhow::bail!("the disk holds more than {MIB} MiB")
    }

    fn make_room(&self) -> anyhow::Result<()> {
        fs::remove_file(self.ballast()).context("no ballast")
    }

    fn ballast(&self) -> PathBuf {
        self.folder.join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // After the cluster, which was made later.
        let unmounted =
            run("umount", [], &self.folder).and_then(|()| Ok(fs::remove_dir(&self.folder)?));
        if let Err(error) = unmounted {
            eprintln!("{} is left: {error:#}", self.folder.display());
        }
    }
}

fn run<const N: usize>(program: &str, args: [&str; N], folder: &Path) -> anyhow::Result<()> {
    let args = args.iter().map(OsStr::new).chain([folder.as_os_str()]);
    let output = Command::new(program).args(args).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program}: {}", said.trim());
    Ok(())
}
