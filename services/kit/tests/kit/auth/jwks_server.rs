use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use kinerja_kit::auth::JwksSource;
use rcgen::CertifiedKey;
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpListener,
    sync::{Notify, OwnedRwLockWriteGuard, RwLock},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

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
    /// What a request must carry to be answered.
    required: Mutex<Option<&'static str>>,
    heard: Notify,
    /// Answers wait for whoever holds it.
    answers: Arc<RwLock<()>>,
}

impl JwksServer {
    pub(super) async fn start(document: String) -> Self {
        Self::serve("http", document, None).await
    }

    /// Serves over TLS; gives the certificate by which it is known, too.
    pub(super) async fn start_secure(document: String) -> (Self, String) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
        let CertifiedKey { cert, signing_key } = made.expect("a certificate");
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(vec![cert.der().clone()], key).expect("a TLS server");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        (Self::serve("https", document, Some(acceptor)).await, cert.pem())
    }

    async fn serve(scheme: &str, document: String, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let url = format!("{scheme}://localhost:{port}/jwks");
        let state = Arc::new(State { document: Mutex::new(Some(document)), ..State::default() });
        let mut tasks = JoinSet::new();
        tasks.spawn(serve(listener, tls, Arc::clone(&state)));
        Self { url, state, _tasks: tasks }
    }

    /// Answers only who shows this.
    pub(super) fn require(&self, header: &'static str) {
        *self.state.required.lock().expect("not poisoned") = Some(header);
    }

    pub(super) fn url(&self) -> String {
        self.url.clone()
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

async fn serve(listener: TcpListener, tls: Option<TlsAcceptor>, state: Arc<State>) {
    let mut connections = JoinSet::new();
    while let Ok((connection, _)) = listener.accept().await {
        let (tls, state) = (tls.clone(), Arc::clone(&state));
        connections.spawn(async move {
            let Some(tls) = tls else { return answer(connection, state).await };
            // Who does not know our certificate hangs up.
            if let Ok(connection) = tls.accept(connection).await {
                answer(connection, state).await;
            }
        });
    }
}

async fn answer(mut connection: impl AsyncRead + AsyncWrite + Unpin, state: Arc<State>) {
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
    let answer = state.answer(&String::from_utf8_lossy(&request));
    // A client that hangs up misses its answer.
    let _ = connection.write_all(answer.as_bytes()).await;
}

impl State {
    fn answer(&self, request: &str) -> String {
        let required = *self.required.lock().expect("not poisoned");
        if required.is_some_and(|header| !request.contains(header)) {
            return "HTTP/1.1 401 Who?\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".into();
        }
        match &*self.document.lock().expect("not poisoned") {
            Some(document) => format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{document}",
                document.len()
            ),
            None => "HTTP/1.1 503 Down\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".into(),
        }
    }
}
