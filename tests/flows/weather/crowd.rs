use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use kinerja_kit::client::Channel;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
};

use super::{proc, registry, units, until};

const CROWD: usize = 1000;
/// What one peer may have, unless the service is told otherwise.
const SHARE: usize = 256;
/// Connections that come and go by themselves: to the database, to callers of the test.
const OTHERS: usize = 24;
/// Sooner than one who does not answer pings is given up, which takes half a minute.
const AT_ONCE: Duration = Duration::from_secs(20);
/// What a client says first: the preface of HTTP/2 and settings, none of them special.
const HELLO: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_connections_of_one_client_leave_room_for_others() -> anyhow::Result<()> {
    allow_many_files()?;
    let (mut world, scene, officer) = registry(&[]).await?;
    let (pid, addr) = (world.process("registry", 0).id(), world.process("registry", 0).addr);
    units::read(&officer).await?;
    let before = proc::descriptors(pid)?;

    let began = Instant::now();
    let crowd = Crowd::come(addr).await?;
    until("those beyond the share are hung up on", async || {
        Ok(crowd.refused.load(Ordering::Relaxed) >= CROWD - SHARE)
    })
    .await?;
    assert!(began.elapsed() < AT_ONCE, "after {:?}", began.elapsed());
    let during = proc::descriptors(pid)?;
    assert!(during <= before + SHARE + OTHERS, "{during} files rather than {before}");
    for _ in 0..20 {
        units::read(&officer).await?;
        let newcomer: Channel = world.channel("registry", &scene.hr())?;
        units::read(&newcomer).await?;
    }
    let lines = world.process("registry", 0).lines();
    let told = lines.iter().filter(|line| line.contains("more connections than its share")).count();
    assert!((1..5).contains(&told), "the log says so {told} times");

    drop(crowd);
    until("the files are closed", async || Ok(proc::descriptors(pid)? <= before + OTHERS)).await?;
    let mut again = connect(addr).await?;
    let mut said = [0; 9];
    again.read_exact(&mut said).await?;
    assert_eq!(said[3], 4, "the settings of the server, who listens to this peer again");
    Ok(())
}

/// Connections of one client, at an address of its own, which do nothing.
struct Crowd {
    refused: Arc<AtomicUsize>,
    _members: JoinSet<()>,
}

impl Crowd {
    async fn come(addr: SocketAddr) -> anyhow::Result<Self> {
        let refused = Arc::<AtomicUsize>::default();
        let mut members = JoinSet::new();
        for _ in 0..CROWD {
            // Hung up on before it could say hello.
            let Ok(mut socket) = connect(addr).await else {
                refused.fetch_add(1, Ordering::Relaxed);
                continue;
            };
            let refused = Arc::clone(&refused);
            members.spawn(async move {
                // However it is hung up on.
                let _ = socket.read_to_end(&mut Vec::new()).await;
                refused.fetch_add(1, Ordering::Relaxed);
            });
        }
        Ok(Self { refused, _members: members })
    }
}

async fn connect(addr: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 2], 0).into())?;
    let mut socket = socket.connect(addr).await?;
    socket.write_all(HELLO).await?;
    Ok(socket)
}

/// For this process and those it starts: many systems give a thousand unless asked.
fn allow_many_files() -> anyhow::Result<()> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(setrlimit(Resource::RLIMIT_NOFILE, most.min(1 << 16), most)?)
}
