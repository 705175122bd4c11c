use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use kinerja_kit::auth::JwksSource;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{Notify, OwnedRwLockWriteGuard, RwLock},
    task::JoinSet,
};

/// An identity provider's endpoint for its public keys, on a port of its own.
pub(super) struct JwksServer {
    url: String,
    state: Arc<State>,
    _tasks: JoinSet<()>,
}

#[derive(Default)]
struct State {
    /// What is answered; nothing is while the provider is down.
    document: Mutex<Option<String>>,
    asked: AtomicUsize,
    heard: Notify,
    /// Answers wait for whoever holds it.
    answers: Arc<RwLock<()>>,
}

impl JwksServer {
    pub(super) async fn start(document: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/jwks", listener.local_addr().expect("an address"));
        let state = Arc::new(State { document: Mutex::new(Some(document)), ..State::default() });
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, Arc::clone(&state)));
        Self { url, state, _tasks: tasks }
    }

    pub(super) fn source(&self) -> JwksSource {
        JwksSource::Url { url: self.url.clone(), authorities: None, token: None }
    }

    pub(super) fn publish(&self, document: String) {
        *self.state.document.lock().expect("not poisoned") = Some(document);
    }

    pub(super) fn go_down(&self) {
        *self.state.document.lock().expect("not poisoned") = None;
    }

    /// Lets every answer wait until the guard is dropped.
    pub(super) async fn hold(&self) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.state.answers).write_owned().await
    }

    /// Waits until it is asked.
    pub(super) async fn heard(&self) {
        self.state.heard.notified().await;
    }

    /// How often it was asked.
    pub(super) fn asked(&self) -> usize {
        self.state.asked.load(Ordering::SeqCst)
    }
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    while let Ok((connection, _)) = listener.accept().await {
        connections.spawn(answer(connection, Arc::clone(&state)));
    }
}

async fn answer(mut connection: TcpStream, state: Arc<State>) {
    let (mut request, mut chunk) = (Vec::new(), [0; 1024]);
    while !request.ends_with(b"\r\n\r\n") {
        match connection.read(&mut chunk).await {
            Ok(read) if read > 0 => request.extend_from_slice(&chunk[..read]),
            _ => return,
        }
    }
    state.asked.fetch_add(1, Ordering::SeqCst);
    state.heard.notify_one();
    let _held = state.answers.read().await;
    let answer = state.answer();
    // A client that hangs up misses its answer.
    let _ = connection.write_all(answer.as_bytes()).await;
}

impl State {
    fn answer(&self) -> String {
        match &*self.document.lock().expect("not poisoned") {
            Some(document) => format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{document}",
                document.len()
            ),
            None => "HTTP/1.1 503 Down\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".into(),
        }
    }
}
