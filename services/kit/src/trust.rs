//! Whom a service believes, and as whom it calls the others.

use std::sync::Arc;

use kinerja_proto::common::v1::clock_service_server::ClockServiceServer;
use tonic::service::Routes;

use crate::{
    args::{Mode, ServeArgs},
    auth::{
        AuthConfigError, DevelopmentIssuer, Gate, Identity, Policy, PublicRate, TokenSource,
        Verifier,
    },
    clock::Clock,
    clock_service::{CLOCK_POLICY, ClockService},
    server::Guard,
};

#[derive(Debug, Clone)]
pub struct Trust {
    mode: Mode,
    verifier: Verifier,
    tokens: TokenSource,
    rate: PublicRate,
}

impl Trust {
    pub fn from_args(args: &ServeArgs, service: &str) -> Result<Self, AuthConfigError> {
        let mode = args.server.mode;
        let tokens =
            match (args.auth.development_issuer(mode)?, &args.neighbours.service_token_file) {
                (_, Some(file)) => TokenSource::file(file),
                (Some(issuer), None) => {
                    TokenSource::development(issuer, Identity::service(service))
                }
                (None, None) => return Err(AuthConfigError::Missing("KINERJA_SERVICE_TOKEN_FILE")),
            };
        let verifier = Verifier::from_args(&args.auth, mode)?;
        Ok(Self { mode, verifier, tokens, rate: args.auth.public_rate() })
    }

    /// Believes the development issuer alone.
    pub fn development(issuer: &DevelopmentIssuer, service: &str) -> Self {
        Self {
            mode: Mode::Development,
            verifier: Verifier::development(issuer),
            tokens: TokenSource::development(issuer.clone(), Identity::service(service)),
            rate: PublicRate::default(),
        }
    }

    /// What the service shows its neighbours.
    pub(crate) fn tokens(&self) -> TokenSource {
        self.tokens.clone()
    }

    /// A service's own policy, and in development that of the clock.
    pub(crate) fn policies(&self, own: Policy) -> Vec<Policy> {
        match self.mode {
            Mode::Production => vec![own],
            Mode::Development => vec![own, CLOCK_POLICY],
        }
    }

    pub(crate) fn guard(&self, policy: Policy) -> Guard {
        let gate = Gate::new(self.verifier.clone(), &self.policies(policy), self.rate.clone());
        Arc::new(move |head| {
            let gate = gate.clone();
            Box::pin(async move { gate.admit(head).await })
        })
    }

    /// In development the clock can be moved.
    pub(crate) fn with_clock(&self, routes: Routes, clock: &Clock) -> Routes {
        match self.mode {
            Mode::Production => routes,
            Mode::Development => {
                routes.add_service(ClockServiceServer::new(ClockService::new(clock.clone())))
            }
        }
    }
}
