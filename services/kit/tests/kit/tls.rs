//! Certificates on both sides, and their rotation.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use kinerja_kit::{
    args::TlsArgs,
    client::{self, Channel, Options},
    server::{Guard, PeerCertificate},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::CertificateDer;
use tonic::Code;
use tonic_health::pb::health_client::HealthClient;
use uuid::Uuid;

use crate::stage::{Plan, Theatre, client_of, order_of, soon};

/// A certificate authority.
struct Authority(CertifiedIssuer<'static, KeyPair>);

/// The certificate, key and trusted authorities of one party, in files of its own.
struct Party {
    folder: PathBuf,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("an authority"))
    }

    /// Certifies `party` as `localhost`, and gives the certificate.
    fn certify(&self, party: &Party) -> CertificateDer<'static> {
        let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        party.write("cert.pem", &certificate.pem());
        party.write("key.pem", &key.serialize_pem());
        certificate.der().clone()
    }
}

impl Party {
    fn new(trusted: &[&Authority]) -> Self {
        let name = Uuid::from_u128(rand::random()).to_string();
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).expect("a folder");
        let party = Self { folder };
        party.trust(trusted);
        party
    }

    fn trust(&self, authorities: &[&Authority]) {
        let bundle: String = authorities.iter().map(|authority| authority.0.pem()).collect();
        self.write("ca.pem", &bundle);
    }

    /// As secrets are renewed: a whole new file takes the place of the old.
    fn write(&self, name: &str, text: &str) {
        let new = self.folder.join("new");
        fs::write(&new, text).expect("written");
        fs::rename(new, self.folder.join(name)).expect("renamed");
    }

    fn args(&self) -> TlsArgs {
        TlsArgs {
            tls_cert: Some(self.folder.join("cert.pem")),
            tls_key: Some(self.folder.join("key.pem")),
            tls_ca: Some(self.folder.join("ca.pem")),
        }
    }
}

impl Drop for Party {
    fn drop(&mut self) {
        // Only tidiness depends on it.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

type Peers = Arc<Mutex<Option<CertificateDer<'static>>>>;

/// A guard that remembers the certificate of the last caller.
fn remembering() -> (Guard, Peers) {
    let peers = Peers::default();
    let last = peers.clone();
    let guard: Guard = Arc::new(move |parts| {
        let peer = parts.extensions.get::<PeerCertificate>().map(|peer| peer.0.clone());
        *last.lock().expect("no panic") = peer;
        Box::pin(std::future::ready(Ok(parts)))
    });
    (guard, peers)
}

async fn open(server: &Party) -> (Theatre, Peers) {
    let (guard, peers) = remembering();
    let mut plan = Plan { guard, ..Plan::default() };
    plan.args.tls = server.args();
    plan.args.limits.connection_age = Duration::from_millis(30);
    (Theatre::open(plan).await, peers)
}

fn client(theatre: &Theatre, tls: TlsArgs) -> HealthClient<Channel> {
    let url = format!("https://localhost:{}", theatre.running.addr.port());
    client_of(&url, Options { tls, ..Options::default() })
}

#[tokio::test]
async fn a_caller_brings_a_certificate_of_our_authorities() {
    kinerja_kit::server::install_crypto();
    let (ours, other) = (Authority::new(), Authority::new());
    let (server, caller, stranger) =
        (Party::new(&[&ours]), Party::new(&[&ours]), Party::new(&[&ours]));
    ours.certify(&server);
    let certificate = ours.certify(&caller);
    other.certify(&stranger);
    let (theatre, peers) = open(&server).await;

    let mut api = client(&theatre, caller.args());
    api.check(client::system(order_of("answer"))).await.expect("answered");
    assert_eq!(*peers.lock().expect("no panic"), Some(certificate));

    let without = TlsArgs { tls_cert: None, tls_key: None, ..caller.args() };
    for refused in [stranger.args(), without] {
        let mut api = client(&theatre, refused);
        let failed = soon(api.check(client::system(order_of("answer")))).await;
        assert_eq!(failed.expect_err("refused").code(), Code::Unavailable);
    }
    let plain = format!("http://localhost:{}", theatre.running.addr.port());
    let mut api = client_of(&plain, Options::default());
    let failed = soon(api.check(client::system(order_of("answer")))).await;
    assert_eq!(failed.expect_err("not TLS").code(), Code::Unavailable);
    assert_eq!(theatre.stage.begun(), 1);
}

#[tokio::test]
async fn a_server_of_another_authority_is_not_believed() {
    kinerja_kit::server::install_crypto();
    let (ours, other) = (Authority::new(), Authority::new());
    let (impostor, caller) = (Party::new(&[&ours]), Party::new(&[&ours]));
    other.certify(&impostor);
    ours.certify(&caller);
    let (theatre, _) = open(&impostor).await;
    let mut api = client(&theatre, caller.args());
    let failed = soon(api.check(client::system(order_of("answer")))).await;
    assert_eq!(failed.expect_err("not believed").code(), Code::Unavailable);
    assert_eq!(theatre.stage.begun(), 0);
}

#[tokio::test]
async fn certificates_and_authorities_rotate_without_a_restart_or_a_failed_call() {
    kinerja_kit::server::install_crypto();
    let (old, new) = (Authority::new(), Authority::new());
    let (server, caller) = (Party::new(&[&old]), Party::new(&[&old]));
    old.certify(&server);
    let first = old.certify(&caller);
    let (theatre, peers) = open(&server).await;
    let mut api = client(&theatre, caller.args());
    let mut call_until_known_as = async |certificate: &CertificateDer<'static>| {
        while peers.lock().expect("no panic").as_ref() != Some(certificate) {
            api.check(client::system(order_of("answer"))).await.expect("no call fails");
        }
    };
    soon(call_until_known_as(&first)).await;

    server.trust(&[&old, &new]);
    caller.trust(&[&old, &new]);
    new.certify(&server);
    let second = new.certify(&caller);
    soon(call_until_known_as(&second)).await;

    server.trust(&[&new]);
    caller.trust(&[&new]);
    let third = new.certify(&caller);
    soon(call_until_known_as(&third)).await;

    let late = Party::new(&[&old, &new]);
    old.certify(&late);
    let mut api = client(&theatre, late.args());
    let failed = soon(api.check(client::system(order_of("answer")))).await;
    assert_eq!(failed.expect_err("no longer trusted").code(), Code::Unavailable);
}

#[tokio::test]
async fn files_that_do_not_fit_together_leave_the_last_good_ones_in_use() {
    kinerja_kit::server::install_crypto();
    let ours = Authority::new();
    let (server, caller) = (Party::new(&[&ours]), Party::new(&[&ours]));
    ours.certify(&server);
    ours.certify(&caller);
    let (theatre, _) = open(&server).await;
    server.write("key.pem", &KeyPair::generate().expect("a key").serialize_pem());
    for _ in 0..3 {
        let mut api = client(&theatre, caller.args());
        api.check(client::system(order_of("answer"))).await.expect("the old pair serves");
    }
}
