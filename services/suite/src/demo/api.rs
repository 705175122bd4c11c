//! The public API as the people of the demonstration use it: each with a token of their own.

use std::future::Future;

use anyhow::Context as _;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use kinerja_kit::{
    auth::{DevelopmentIssuer, Identity, Role},
    client::{self, Channel, Options},
    clock::Clock,
    tenant::TenantId,
};
use tonic::{
    Request,
    metadata::{Ascii, MetadataValue},
};
use uuid::Uuid;

use crate::{progress::Progress, suite::Suite};

/// Calls under way at once.
const AT_ONCE: usize = 24;
/// Rows of one bulk call.
pub(super) const BULK: usize = 200;

#[derive(Debug, Clone)]
pub struct Api {
    pub registry: Channel,
    pub planning: Channel,
    pub evaluation: Channel,
    pub competency: Channel,
    issuer: DevelopmentIssuer,
    clock: Clock,
}

/// Somebody with a token.
#[derive(Debug, Clone)]
pub struct Actor(MetadataValue<Ascii>);

impl Api {
    pub fn of(suite: &Suite) -> anyhow::Result<Self> {
        let channel = |service| {
            client::connect(&suite.url(service), Options::default())
                .context("cannot call the suite")
        };
        Ok(Self {
            registry: channel("registry")?,
            planning: channel("planning")?,
            evaluation: channel("evaluation")?,
            competency: channel("competency")?,
            issuer: suite.issuer.clone(),
            clock: suite.clock.clone(),
        })
    }

    pub fn person(&self, tenant: &TenantId, employee: Uuid) -> anyhow::Result<Actor> {
        self.actor(&Identity::employee(tenant, employee))
    }

    pub fn officer(&self, tenant: &TenantId, role: Role) -> anyhow::Result<Actor> {
        self.actor(&Identity::officer(tenant, role))
    }

    pub fn operator(&self) -> anyhow::Result<Actor> {
        self.actor(&Identity::operator())
    }

    pub fn request_id(&self) -> String {
        self.clock.new_uuid().to_string()
    }

    fn actor(&self, identity: &Identity) -> anyhow::Result<Actor> {
        let mut value: MetadataValue<Ascii> =
            format!("Bearer {}", self.issuer.token(identity)).parse()?;
        value.set_sensitive(true);
        Ok(Actor(value))
    }
}

impl Actor {
    /// A call by this person.
    pub fn says<M>(&self, message: M) -> Request<M> {
        self.sign(client::system(message))
    }

    /// A call with a stream by this person.
    pub fn streams<M>(&self, message: M) -> Request<M> {
        self.sign(client::stream(message))
    }

    fn sign<M>(&self, mut request: Request<M>) -> Request<M> {
        request.metadata_mut().insert("authorization", self.0.clone());
        request
    }
}

/// Does the same for many, several at once; the answers come in the order of `items`.
pub(super) async fn each<T, R, W>(
    what: impl Into<String>,
    items: Vec<T>,
    work: impl Fn(T) -> W,
) -> anyhow::Result<Vec<R>>
where
    W: Future<Output = anyhow::Result<R>>,
{
    let progress = Progress::start(what, items.len());
    let done = stream::iter(items)
        .map(work)
        .buffered(AT_ONCE)
        .inspect_ok(|_| progress.add(1))
        .try_collect()
        .await;
    progress.finish();
    done
}

/// Every item of a list, page by page. `page` takes a page token and gives items and the next one.
pub(super) async fn all<T, W>(mut page: impl FnMut(String) -> W) -> anyhow::Result<Vec<T>>
where
    W: Future<Output = anyhow::Result<(Vec<T>, String)>>,
{
    let (mut items, mut token) = (Vec::new(), String::new());
    loop {
        let (more, next) = page(token).await?;
        items.extend(more);
        if next.is_empty() {
            return Ok(items);
        }
        token = next;
    }
}
