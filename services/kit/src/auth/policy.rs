use std::collections::BTreeSet;

use prost::Message as _;
use prost_types::FileDescriptorSet;

use super::Role;

/// Who may call each RPC of a service: one readable table, one line per RPC. What has no line is
/// reached by nobody.
#[derive(Debug, Clone, Copy)]
pub struct Policy(&'static [Rule]);

/// One line of a policy.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// The path of the RPC, such as `/kinerja.registry.v1.UnitService/GetUnit`.
    pub rpc: &'static str,
    pub who: Who,
}

#[derive(Debug, Clone, Copy)]
pub enum Who {
    /// The public: without a token, without a caller, so often per address and no oftener.
    Anyone,
    /// Whoever has one of these roles. Which persons' data they get is a matter of rules.
    Roles(&'static [Role]),
}

/// The feed of events, which every service serves to the others.
pub static FEED_POLICY: Policy = Policy::new(&[
    Rule { rpc: "/kinerja.events.v1.EventFeedService/Watch", who: SERVICES },
    Rule { rpc: "/kinerja.events.v1.EventFeedService/GetHead", who: SERVICES },
    Rule { rpc: "/kinerja.events.v1.EventFeedService/ListSnapshot", who: SERVICES },
]);

const SERVICES: Who = Who::Roles(&[Role::Service]);

/// How a policy differs from the RPCs it is for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the policy of {package} is wrong: no line for {missing:?}, no such RPC {stray:?}, \
     more than one line for {doubled:?}"
)]
pub struct Incomplete {
    pub package: String,
    pub missing: Vec<String>,
    pub stray: Vec<String>,
    pub doubled: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("the descriptor set cannot be read")]
    Descriptors(#[from] prost::DecodeError),
    #[error(transparent)]
    Incomplete(#[from] Incomplete),
}

impl Policy {
    pub const fn new(rules: &'static [Rule]) -> Self {
        Self(rules)
    }

    pub fn rules(&self) -> &'static [Rule] {
        self.0
    }

    /// The full names of the services whose RPCs it has lines for.
    pub(crate) fn services(&self) -> impl Iterator<Item = &'static str> + use<> {
        let rules: &'static [Rule] = self.0;
        rules.iter().filter_map(|rule| rule.rpc.split('/').nth(1))
    }

    /// Asserts that every RPC of `package` has exactly one line, and every line an RPC.
    pub fn check_complete(&self, descriptor_set: &[u8], package: &str) -> Result<(), PolicyError> {
        let served = rpcs(&FileDescriptorSet::decode(descriptor_set)?, package);
        let mut ruled = BTreeSet::new();
        let mut doubled = Vec::new();
        for rule in self.0 {
            if !ruled.insert(rule.rpc.to_owned()) {
                doubled.push(rule.rpc.to_owned());
            }
        }
        let missing: Vec<_> = served.difference(&ruled).cloned().collect();
        let stray: Vec<_> = ruled.difference(&served).cloned().collect();
        if missing.is_empty() && stray.is_empty() && doubled.is_empty() {
            return Ok(());
        }
        Err(Incomplete { package: package.to_owned(), missing, stray, doubled }.into())
    }
}

/// The paths of all RPCs of a package.
fn rpcs(descriptors: &FileDescriptorSet, package: &str) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for file in descriptors.file.iter().filter(|file| file.package() == package) {
        for service in &file.service {
            for method in &service.method {
                paths.insert(format!("/{package}.{}/{}", service.name(), method.name()));
            }
        }
    }
    paths
}
