use std::{fs, time::Duration};

use kinerja_kit::{
    auth::{Jwks, JwksSource, Refusal},
    server,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::{
    accepted, claims,
    jwks_server::JwksServer,
    refused,
    signer::{Signer, jwks},
    verifier,
};

/// Keys that are asked for as often as an unknown one comes.
fn eager(source: JwksSource) -> Jwks {
    Jwks::new(source).asking_again_after(Duration::ZERO)
}

async fn provider(signers: &[&Signer]) -> JwksServer {
    server::install_crypto();
    JwksServer::start(jwks(signers)).await
}

#[tokio::test]
async fn keys_are_asked_for_once_however_many_tokens_come() {
    let signer = Signer::eddsa("k");
    let provider = provider(&[&signer]).await;
    let verifier = verifier(Jwks::new(provider.source()));
    for subject in ["ani", "budi", "citra"] {
        accepted(&verifier, &signer.sign(&super::with("sub", subject))).await;
    }
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn an_unknown_key_asks_once_in_ten_seconds() {
    let (known, unknown) = (Signer::eddsa("known"), Signer::eddsa("unknown"));
    let provider = provider(&[&known]).await;
    let verifier = verifier(Jwks::new(provider.source()));
    accepted(&verifier, &known.sign(&claims())).await;
    let tokens = (0..50).map(|n| unknown.sign(&super::with("sub", n.to_string())));
    for token in tokens {
        assert_eq!(refused(&verifier, &token).await, Refusal::Key);
    }
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn many_at_once_ask_once() {
    let signer = Signer::eddsa("k");
    let provider = provider(&[&signer]).await;
    let verifier = verifier(Jwks::new(provider.source()));
    let mut calls = tokio::task::JoinSet::new();
    for n in 0..50 {
        let (verifier, token) = (verifier.clone(), signer.sign(&super::with("sub", n.to_string())));
        calls.spawn(async move { verifier.verify(&token).await.is_ok() });
    }
    assert!(calls.join_all().await.into_iter().all(|accepted| accepted));
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn a_caller_who_hangs_up_does_not_stop_the_asking() {
    let signer = Signer::eddsa("k");
    let provider = provider(&[&signer]).await;
    let verifier = verifier(Jwks::new(provider.source()));
    let token = signer.sign(&claims());
    let held = provider.hold().await;
    tokio::select! {
        _ = verifier.verify(&token) => panic!("there is no answer yet"),
        () = provider.heard() => {}
    }
    drop(held);
    accepted(&verifier, &token).await;
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn known_keys_do_not_wait_for_unknown_ones() {
    let signer = Signer::eddsa("k");
    let provider = provider(&[&signer]).await;
    let verifier = verifier(eager(provider.source()));
    accepted(&verifier, &signer.sign(&claims())).await;
    provider.heard().await;
    let _held = provider.hold().await;
    let unknown = Signer::eddsa("x").sign(&claims());
    tokio::select! {
        _ = verifier.verify(&unknown) => panic!("there is no answer yet"),
        () = provider.heard() => {}
    }
    accepted(&verifier, &signer.sign(&super::with("sub", "budi"))).await;
}

#[tokio::test]
async fn rotated_keys_are_taken_up_and_old_ones_forgotten_at_once() {
    let (old, new) = (Signer::eddsa("old"), Signer::es256("new"));
    let provider = provider(&[&old]).await;
    let verifier = verifier(eager(provider.source()));
    let token = old.sign(&claims());
    accepted(&verifier, &token).await;
    assert!(verifier.cached(&token).is_some());

    provider.publish(jwks(&[&old, &new]));
    accepted(&verifier, &new.sign(&claims())).await;
    assert!(verifier.cached(&token).is_none(), "the cache is emptied when the keys change");
    accepted(&verifier, &token).await;

    provider.publish(jwks(&[&new]));
    let newer = Signer::eddsa("newer");
    assert_eq!(refused(&verifier, &newer.sign(&claims())).await, Refusal::Key);
    assert!(verifier.cached(&token).is_none());
    assert_eq!(refused(&verifier, &token).await, Refusal::Key);
}

#[tokio::test]
async fn a_key_withdrawn_and_replaced_under_its_name_is_noticed() {
    let (old, new) = (Signer::eddsa("k"), Signer::eddsa("k"));
    let provider = provider(&[&old]).await;
    let verifier = verifier(eager(provider.source()));
    let token = old.sign(&claims());
    accepted(&verifier, &token).await;
    provider.publish(jwks(&[&new]));
    assert_eq!(refused(&verifier, &Signer::eddsa("x").sign(&claims())).await, Refusal::Key);
    assert!(verifier.cached(&token).is_none());
    assert_eq!(refused(&verifier, &token).await, Refusal::Signature);
}

#[tokio::test]
async fn the_same_document_again_empties_nothing() {
    let signer = Signer::eddsa("k");
    let provider = provider(&[&signer]).await;
    let verifier = verifier(eager(provider.source()));
    let token = signer.sign(&claims());
    accepted(&verifier, &token).await;
    refused(&verifier, &Signer::eddsa("x").sign(&claims())).await;
    assert_eq!(provider.asked(), 2);
    assert!(verifier.cached(&token).is_some());
}

#[tokio::test]
async fn while_the_provider_is_down_known_keys_go_on() {
    let signer = Signer::eddsa("k");
    let provider = provider(&[&signer]).await;
    let verifier = verifier(eager(provider.source()));
    accepted(&verifier, &signer.sign(&claims())).await;
    provider.go_down();
    accepted(&verifier, &signer.sign(&super::with("sub", "budi"))).await;
    let unknown = Signer::eddsa("x").sign(&claims());
    assert_eq!(refused(&verifier, &unknown).await, Refusal::Unreachable, "nobody can say");
    accepted(&verifier, &signer.sign(&super::with("sub", "citra"))).await;
}

#[tokio::test]
async fn without_any_keys_callers_shall_come_again() {
    let signer = Signer::eddsa("k");
    let provider = provider(&[&signer]).await;
    provider.go_down();
    let verifier = verifier(eager(provider.source()));
    let status = Status::from(refused(&verifier, &signer.sign(&claims())).await);
    assert_eq!(status.code(), Code::Unavailable);
    let details = status.get_error_details();
    assert_eq!(details.error_info().expect("reason").reason, "NEIGHBOUR_UNAVAILABLE");
    assert!(details.retry_info().is_some());

    provider.publish(jwks(&[&signer]));
    accepted(&verifier, &signer.sign(&claims())).await;
}

#[tokio::test]
async fn a_failed_asking_is_not_repeated_at_once_either() {
    let signer = Signer::eddsa("k");
    let provider = provider(&[&signer]).await;
    provider.go_down();
    let verifier = verifier(Jwks::new(provider.source()));
    for _ in 0..20 {
        let token = signer.sign(&claims());
        assert_eq!(refused(&verifier, &token).await, Refusal::Unreachable);
    }
    assert_eq!(provider.asked(), 1);
}

#[tokio::test]
async fn keys_in_a_file_are_rotated_too() {
    let folder = super::issuer::folder("jwks");
    let path = folder.join("jwks.json");
    let (old, new) = (Signer::eddsa("old"), Signer::rs256("new"));
    fs::write(&path, jwks(&[&old])).expect("write");
    let verifier = verifier(eager(JwksSource::File(path.clone())));
    accepted(&verifier, &old.sign(&claims())).await;
    fs::write(&path, jwks(&[&new])).expect("write");
    accepted(&verifier, &new.sign(&claims())).await;
    assert_eq!(refused(&verifier, &old.sign(&claims())).await, Refusal::Key);
    fs::remove_dir_all(folder).expect("remove");
}

#[tokio::test]
async fn what_was_verified_is_not_verified_again() {
    let signer = Signer::eddsa("k");
    let verifier = verifier(Jwks::new(JwksSource::Fixed(jwks(&[&signer]))));
    let token = signer.sign(&claims());
    assert!(verifier.cached(&token).is_none());
    let caller = accepted(&verifier, &token).await;
    assert_eq!(verifier.cached(&token).as_deref(), Some(&caller));
    let nearly = signer.sign(&super::with("exp", super::now() - 1));
    accepted(&verifier, &nearly).await;
    assert!(verifier.cached(&nearly).is_none(), "accepted for the clocks' sake, not remembered");
}

#[tokio::test]
async fn keys_over_https_are_taken_only_from_who_is_certified() {
    server::install_crypto();
    let signer = Signer::eddsa("k");
    let (provider, certificate) = JwksServer::start_secure(jwks(&[&signer])).await;
    provider.require("authorization: Bearer of-the-cluster\r\n");
    let folder = super::issuer::folder("https");
    fs::write(folder.join("ca.pem"), certificate).expect("write");
    fs::write(folder.join("token"), "of-the-cluster\n").expect("write");
    let source = |authorities: Option<&str>, token: Option<&str>| JwksSource::Url {
        url: provider.url(),
        authorities: authorities.map(|name| folder.join(name)),
        token: token.map(|name| folder.join(name)),
    };
    let token = signer.sign(&claims());
    accepted(&verifier(eager(source(Some("ca.pem"), Some("token")))), &token).await;
    for wanting in [source(None, Some("token")), source(Some("ca.pem"), None)] {
        assert_eq!(refused(&verifier(eager(wanting)), &token).await, Refusal::Unreachable);
    }
    fs::remove_dir_all(folder).expect("remove");
}
