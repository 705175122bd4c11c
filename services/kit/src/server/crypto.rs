/// Makes aws-lc-rs the one crypto provider of the process. To be called first thing in `main`;
/// later calls change nothing.
pub fn install_crypto() {
    // An error only says that a provider is there already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
}
