use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    process,
    sync::atomic::{AtomicUsize, Ordering},
};

use kinerja_kit::auth::{
    DevelopmentIssuer, Identity, IssuerError, Mode, Refusal, Role, Roles, Scope, TokenSource,
    Verifier,
};
use uuid::Uuid;

use super::{accepted, refused};
use crate::tenancy::tenant;

/// An empty folder that no other test uses.
pub(super) fn folder(name: &str) -> PathBuf {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let folder = format!("{name}-{}-{number}", process::id());
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn issuer() -> DevelopmentIssuer {
    DevelopmentIssuer::new(Mode::Development).expect("an issuer")
}

#[tokio::test]
async fn development_tokens_speak_for_whom_they_name() {
    let (issuer, home, ani) = (issuer(), tenant("12.76"), Uuid::from_u128(7));
    let verifier = Verifier::development(&issuer);
    let caller = accepted(&verifier, &issuer.token(&Identity::employee(&home, ani))).await;
    assert_eq!(caller.scope, Scope::Tenant(home.clone()));
    assert!(caller.is(ani) && caller.has(Role::Employee));

    let officer = Identity::officer(&home, Role::HrOfficer).with(Role::Inspector).subject("sari");
    let caller = accepted(&verifier, &issuer.token(&officer)).await;
    assert_eq!(caller.subject, "sari");
    assert_eq!(caller.roles, Roles::of(&[Role::HrOfficer, Role::Inspector]));

    let auditor = accepted(&verifier, &issuer.token(&Identity::province("12"))).await;
    assert_eq!(auditor.scope, Scope::Province("12".into()));
    let service = accepted(&verifier, &issuer.token(&Identity::service("planning"))).await;
    assert_eq!(
        (service.scope, service.subject.as_str()),
        (Scope::System(None), "service:planning")
    );
    let operator = accepted(&verifier, &issuer.token(&Identity::operator())).await;
    assert_eq!(operator.scope, Scope::System(None));
}

#[test]
fn production_has_no_development_issuer() {
    let path = folder("issuer").join("key");
    let refused = |made| matches!(made, Err(IssuerError::Production));
    assert!(refused(DevelopmentIssuer::new(Mode::Production)));
    assert!(refused(DevelopmentIssuer::persisted(Mode::Production, &path)));
    assert!(!path.exists(), "nor does it make a key");
}

#[tokio::test]
async fn a_kept_key_outlives_the_process_and_is_its_owners() {
    let folder = folder("issuer");
    let path = folder.join("issuer.key");
    let made = || DevelopmentIssuer::persisted(Mode::Development, &path).expect("an issuer");
    let (first, again) = (made(), made());
    let token = first.token(&Identity::operator());
    accepted(&Verifier::development(&again), &token).await;
    let mode = fs::metadata(&path).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(refused(&Verifier::development(&issuer()), &token).await, Refusal::Key);
    fs::remove_dir_all(folder).expect("remove");
}

#[test]
fn a_key_file_with_something_else_is_refused() {
    let folder = folder("issuer");
    let path = folder.join("issuer.key");
    fs::write(&path, "not a key").expect("write");
    let made = DevelopmentIssuer::persisted(Mode::Development, &path);
    assert!(matches!(made, Err(IssuerError::NotAKey(_))));
    fs::remove_dir_all(folder).expect("remove");
}

#[tokio::test]
async fn a_service_shows_a_token_of_its_own_making_in_development() {
    let issuer = issuer();
    let bearer = TokenSource::development(issuer.clone(), Identity::service("planning"))
        .bearer()
        .expect("a token");
    assert!(bearer.is_sensitive());
    let token =
        bearer.to_str().expect("text").strip_prefix("Bearer ").expect("the scheme").to_owned();
    let caller = accepted(&Verifier::development(&issuer), &token).await;
    assert_eq!((caller.has(Role::Service), caller.subject.as_str()), (true, "service:planning"));
}

#[test]
fn a_service_shows_the_token_in_its_file_and_goes_on_without_it() {
    let folder = folder("token");
    let path = folder.join("token");
    let source = TokenSource::file(&path);
    assert!(source.bearer().is_err(), "never was there one");
    fs::write(&path, "first\n").expect("write");
    assert_eq!(source.bearer().expect("a token"), "Bearer first");
    fs::remove_dir_all(folder).expect("remove");
    assert_eq!(source.bearer().expect("the one before"), "Bearer first");
}
