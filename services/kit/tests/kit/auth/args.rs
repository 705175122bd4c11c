use clap::Parser;
use kinerja_kit::auth::{AuthArgs, AuthConfigError, IssuerError, Mode, Verifier};

#[derive(Debug, Parser)]
struct Cli {
    #[command(flatten)]
    auth: AuthArgs,
}

fn verifier(mode: Mode, words: &[&str]) -> Result<Verifier, AuthConfigError> {
    let cli = Cli::try_parse_from([&["kinerja"], words].concat()).expect("arguments");
    Verifier::from_args(&cli.auth, mode)
}

const OIDC: [&str; 4] = [
    "--token-issuer",
    "https://sso.example.go.id",
    "--token-jwks",
    "https://sso.example.go.id/keys",
];

#[test]
fn production_needs_an_issuer_and_its_keys() {
    verifier(Mode::Production, &OIDC).expect("a verifier");
    for missing in [&[][..], &OIDC[..2], &OIDC[2..]] {
        let refused = verifier(Mode::Production, missing);
        assert!(matches!(refused, Err(AuthConfigError::Missing(_))), "{missing:?}");
    }
}

#[test]
fn production_takes_keys_over_https_or_from_a_file_only() {
    let words = ["--token-issuer", "https://sso.example.go.id", "--token-jwks", "http://sso/keys"];
    let refused = verifier(Mode::Production, &words);
    assert!(matches!(refused, Err(AuthConfigError::NotHttps(_))));
    verifier(Mode::Development, &words).expect("a verifier");
    let words =
        ["--token-issuer", "https://sso.example.go.id", "--token-jwks", "/etc/kinerja/jwks.json"];
    verifier(Mode::Production, &words).expect("a verifier");
}

#[test]
fn production_trusts_no_development_issuer() {
    let words = ["--development-key", "/nowhere/issuer.key"];
    let refused = verifier(Mode::Production, &words);
    assert!(matches!(refused, Err(AuthConfigError::Issuer(IssuerError::Production))));

    let issuer = kinerja_kit::auth::DEVELOPMENT_ISSUER;
    let refused =
        verifier(Mode::Production, &["--token-issuer", issuer, "--token-jwks", "jwks.json"]);
    assert!(matches!(refused, Err(AuthConfigError::DevelopmentIssuer)));
}

#[test]
fn an_issuer_of_services_comes_with_its_keys_and_subjects() {
    let service = ["--service-issuer", "https://kubernetes.default.svc"];
    let half = Cli::try_parse_from([&["kinerja"], &OIDC[..], &service].concat());
    assert!(half.is_err());
    let rest =
        ["--service-jwks", "sa.json", "--service-subjects", "system:serviceaccount:k:planning"];
    verifier(Mode::Production, &[&OIDC[..], &service, &rest].concat()).expect("a verifier");
}

#[test]
fn roles_are_mapped_by_value() {
    let mapped = ["--role-values", "kepegawaian=hr_officer,pimpinan=unit_leader"];
    verifier(Mode::Production, &[&OIDC[..], &mapped].concat()).expect("a verifier");
    let unknown = ["kinerja", "--role-values", "kepegawaian=king"];
    assert!(Cli::try_parse_from(unknown).is_err());
}
