use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use rand::Rng as _;
use tokio::sync::watch;
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use super::{
    connector::Connector,
    endpoint::{Replica, keep},
    resolve::{Place, Target, resolve},
};

/// The replicas of a neighbour. Its tasks end with its last clone.
#[derive(Debug, Clone)]
pub(super) struct Balancer {
    states: watch::Receiver<States>,
    _tasks: Arc<DropGuard>,
}

/// None before names were resolved for the first time.
type States = Option<HashMap<Place, State>>;

#[derive(Debug, Clone)]
enum State {
    Connecting,
    Ready(Arc<Replica>),
    Failed,
}

impl Balancer {
    pub(super) fn start(targets: Vec<Target>, connector: Connector, every: Duration) -> Self {
        let (view, states) = watch::channel(None);
        let end = CancellationToken::new();
        let tasks = TaskTracker::new();
        let discovery = Discovery::new(targets, connector, View(Arc::new(view)), tasks.clone());
        tasks.spawn(end.clone().run_until_cancelled_owned(discovery.run(every)));
        Self { states, _tasks: Arc::new(end.drop_guard()) }
    }

    /// A replica to call, other than `not` if there is one: the less busy of two. Waits for replicas
    /// that are being connected to; None when none can be reached.
    pub(super) async fn pick(&mut self, not: Option<&Arc<Replica>>) -> Option<Arc<Replica>> {
        let decided = |states: &States| states.as_ref().is_some_and(is_decided);
        let states = self.states.wait_for(decided).await.ok()?;
        let states = states.as_ref()?;
        let ready: Vec<&Arc<Replica>> = states.values().filter_map(State::ready).collect();
        let others: Vec<&Arc<Replica>> = ready
            .iter()
            .copied()
            .filter(|replica| not.is_none_or(|not| !Arc::ptr_eq(not, replica)))
            .collect();
        less_busy(if others.is_empty() { &ready } else { &others }).cloned()
    }
}

/// Whether a call can be sent, or is known to be in vain.
fn is_decided(states: &HashMap<Place, State>) -> bool {
    let mut waiting = false;
    for state in states.values() {
        match state {
            State::Ready(_) => return true,
            State::Connecting => waiting = true,
            State::Failed => {}
        }
    }
    !waiting
}

fn less_busy<'a>(replicas: &[&'a Arc<Replica>]) -> Option<&'a Arc<Replica>> {
    if replicas.len() < 2 {
        return replicas.first().copied();
    }
    let mut random = rand::rng();
    let first = random.random_range(0..replicas.len());
    let second = (first + random.random_range(1..replicas.len())) % replicas.len();
    let (first, second) = (replicas[first], replicas[second]);
    Some(if first.load() <= second.load() { first } else { second })
}

impl State {
    fn ready(&self) -> Option<&Arc<Replica>> {
        match self {
            Self::Ready(replica) if !replica.is_lost() => Some(replica),
            Self::Ready(_) | Self::Connecting | Self::Failed => None,
        }
    }
}

/// What discovery and the keepers of replicas know.
#[derive(Debug, Clone)]
pub(super) struct View(Arc<watch::Sender<States>>);

impl View {
    pub(super) fn joined(&self, place: &Place, replica: Arc<Replica>) {
        self.set(place, State::Ready(replica));
    }

    pub(super) fn failed(&self, place: &Place) {
        self.set(place, State::Failed);
    }

    fn set(&self, place: &Place, state: State) {
        self.0.send_modify(|states| {
            // A place that discovery has forgotten stays forgotten.
            if let Some(known) = states.as_mut().and_then(|states| states.get_mut(place)) {
                *known = state;
            }
        });
    }

    fn resolved(&self, added: &HashSet<Place>, removed: &HashSet<Place>) {
        self.0.send_modify(|states| {
            let states = states.get_or_insert_default();
            states.retain(|place, _| !removed.contains(place));
            states.extend(added.iter().map(|place| (place.clone(), State::Connecting)));
        });
    }
}

/// Resolves names again and again, and keeps a task for each replica there is.
struct Discovery {
    targets: Vec<Target>,
    connector: Connector,
    view: View,
    tasks: TaskTracker,
    known: HashMap<Place, DropGuard>,
}

impl Discovery {
    fn new(targets: Vec<Target>, connector: Connector, view: View, tasks: TaskTracker) -> Self {
        Self { targets, connector, view, tasks, known: HashMap::new() }
    }

    async fn run(mut self, every: Duration) {
        let mut ticks = tokio::time::interval(every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.refresh().await;
        }
    }

    async fn refresh(&mut self) {
        let (found, unresolved) = resolve(&self.targets).await;
        self.apply(found, &unresolved);
    }

    fn apply(&mut self, found: HashSet<Place>, unresolved: &[Target]) {
        let known: HashSet<Place> = self.known.keys().cloned().collect();
        // A name that does not resolve just now keeps the replicas it had.
        let gone = |place: &&Place| !unresolved.contains(&place.target);
        let removed = known.difference(&found).filter(gone).cloned().collect();
        let added: HashSet<Place> = found.difference(&known).cloned().collect();
        self.view.resolved(&added, &removed);
        self.known.retain(|place, _| !removed.contains(place));
        for place in added {
            let end = CancellationToken::new();
            let keeper = keep(place.clone(), self.connector.clone(), self.view.clone());
            self.tasks.spawn(end.clone().run_until_cancelled_owned(keeper));
            self.known.insert(place, end.drop_guard());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tonic::transport::server::{Server, TcpIncoming};

    use super::*;
    use crate::client::Options;

    /// A replica of `localhost` at a loopback address of its own.
    fn replica(host: u8, port: u16) -> (Place, Target) {
        let addr = SocketAddr::from(([127, 0, 0, host], port));
        let incoming = TcpIncoming::bind(addr).expect("a loopback address");
        let addr = incoming.local_addr().expect("bound");
        let (_, health) = tonic_health::server::health_reporter();
        TaskTracker::new()
            .spawn(Server::builder().add_service(health).serve_with_incoming(incoming));
        let target = Target { host: "localhost".into(), port: addr.port(), secure: false };
        (Place { target: target.clone(), addr }, target)
    }

    /// Waits until these replicas are the ones to choose from.
    async fn until_ready(states: &mut watch::Receiver<States>, places: &[&Place]) {
        let wanted: HashSet<&Place> = places.iter().copied().collect();
        let reached = states.wait_for(|states| {
            let states = states.iter().flatten();
            let ready = states.filter(|(_, state)| state.ready().is_some());
            ready.map(|(place, _)| place).collect::<HashSet<_>>() == wanted
        });
        let waited = tokio::time::timeout(std::time::Duration::from_secs(20), reached).await;
        waited.expect("in time").expect("discovery lives");
    }

    #[tokio::test]
    async fn the_replicas_are_those_the_name_last_resolved_to() {
        let (first, name) = replica(1, 0);
        let (second, _) = replica(2, name.port);
        let (third, _) = replica(3, name.port);
        let connector = Connector::new(&Options::default(), false).expect("plain");
        let (view, mut states) = watch::channel(None);
        let tasks = TaskTracker::new();
        let mut discovery =
            Discovery::new(vec![name.clone()], connector, View(Arc::new(view)), tasks);

        let resolved = |places: &[&Place]| places.iter().copied().cloned().collect();
        discovery.apply(resolved(&[&first]), &[]);
        until_ready(&mut states, &[&first]).await;
        discovery.apply(resolved(&[&first, &second, &third]), &[]);
        until_ready(&mut states, &[&first, &second, &third]).await;
        discovery.apply(resolved(&[&third]), &[]);
        until_ready(&mut states, &[&third]).await;
        discovery.apply(HashSet::new(), &[name]);
        until_ready(&mut states, &[&third]).await;
        discovery.apply(HashSet::new(), &[]);
        until_ready(&mut states, &[]).await;
    }
}
