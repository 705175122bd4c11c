use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use kinerja_proto::registry::v1::{
    CreateUnitRequest, ImportEmployeesRequest, import_employees_request::Part,
    import_service_client::ImportServiceClient, unit_service_client::UnitServiceClient,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tonic::{Code, Request, Status, metadata::MetadataValue, transport::Endpoint};

use super::{proc, refused, registry, units};

const MIB: usize = 1 << 20;
const HUGE: usize = 100 * MIB;
/// What the service may have taken of it: a message as it may be, and what is under way on the sockets.
const TAKEN: usize = 24 * MIB;
const CLIENTS: usize = 4;
/// MiB of the service for all of them at once.
const MEMORY: f64 = 100.0;

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_100_megabytes_is_refused_before_it_is_there() -> anyhow::Result<()> {
    let (mut world, scene, officer) = registry(&[]).await?;
    let (pid, addr) = (world.process("registry", 0).id(), world.process("registry", 0).addr);
    let bearer: MetadataValue<_> = format!("Bearer {}", world.issuer.token(&scene.hr())).parse()?;
    units::read(&officer).await?;
    let before = proc::resident(pid)?;
    for send in [Kind::Unary, Kind::Stream] {
        let line = Line::to(addr).await?;
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            let endpoint = Endpoint::from_shared(format!("http://{}", line.addr))?;
            clients.spawn(flood(endpoint, bearer.clone(), send));
        }
        while !clients.is_empty() {
            units::read(&officer).await?;
            let grown = proc::resident(pid)? - before;
            assert!(grown < MEMORY, "{grown} MiB for {CLIENTS} clients");
            while let Some(status) = clients.try_join_next() {
                let expected = (Code::InvalidArgument, "INVALID_FIELDS".to_owned());
                assert_eq!(refused(&status??), expected, "{send:?}");
            }
        }
        let taken = line.taken.load(Ordering::Relaxed) / CLIENTS;
        assert!(taken < TAKEN, "{send:?}: {} MiB were taken", taken / MIB);
    }
    Ok(())
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Unary,
    Stream,
}

/// Sends one huge message, by a client as anybody has it, and gives the refusal.
async fn flood(
    endpoint: Endpoint,
    bearer: MetadataValue<tonic::metadata::Ascii>,
    kind: Kind,
) -> anyhow::Result<Status> {
    let channel = endpoint.connect().await?;
    let outcome = match kind {
        Kind::Unary => {
            let unit = CreateUnitRequest { name: "x".repeat(HUGE), ..Default::default() };
            let mut request = Request::new(unit);
            request.metadata_mut().insert("authorization", bearer);
            UnitServiceClient::new(channel).create_unit(request).await.map(drop)
        }
        Kind::Stream => {
            let csv = Part::Csv(vec![b'x'; HUGE]);
            let message = ImportEmployeesRequest { part: Some(csv) };
            let mut request = Request::new(tokio_stream::once(message));
            request.metadata_mut().insert("authorization", bearer);
            match ImportServiceClient::new(channel).import_employees(request).await {
                Ok(answers) => answers.into_inner().message().await.map(drop),
                Err(status) => Err(status),
            }
        }
    };
    Ok(outcome.expect_err("it is too large"))
}

/// A line to the service that counts what the service takes.
struct Line {
    addr: SocketAddr,
    taken: Arc<AtomicUsize>,
    _serving: JoinSet<()>,
}

impl Line {
    async fn to(service: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (addr, taken) = (listener.local_addr()?, Arc::<AtomicUsize>::default());
        let (mut serving, counter) = (JoinSet::new(), Arc::clone(&taken));
        serving.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                open.spawn(carry(near, service, Arc::clone(&counter)));
            }
        });
        Ok(Self { addr, taken, _serving: serving })
    }
}

async fn carry(
    near: TcpStream,
    service: SocketAddr,
    taken: Arc<AtomicUsize>,
) -> std::io::Result<()> {
    let far = TcpStream::connect(service).await?;
    let ((mut from, mut back), (mut answers, mut to)) = (near.into_split(), far.into_split());
    let there = async {
        let mut piece = vec![0; 64 << 10];
        loop {
            let read = from.read(&mut piece).await?;
            if read == 0 {
                return to.shutdown().await;
            }
            to.write_all(&piece[..read]).await?;
            taken.fetch_add(read, Ordering::Relaxed);
        }
    };
    tokio::try_join!(there, copy(&mut answers, &mut back)).map(drop)
}
