//! Plays a scenario: each call is tried by everybody who may not make it, then made by who may.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use kinerja_kit::{
    auth::{Identity, Role},
    tenant::TenantId,
};
use kinerja_tests::{World, dynamic};
use serde_json::Value;
use tonic::{Code, Status};
use uuid::Uuid;

use super::{
    refusals::{Answer, as_of_nobodys, no_row_found, refused, shows_nothing},
    scenario::{By, Elsewhere, Step},
};

/// How long a call may wait for the events that it needs.
const EVENTS: Duration = Duration::from_secs(20);
const HOME: &str = "12.76";
const ELSEWHERE: &str = "15.04";

/// The scenario as it is played.
pub(crate) struct Play<'a> {
    world: &'a World,
    home: TenantId,
    elsewhere: TenantId,
    stranger: Uuid,
    pub(crate) kept: BTreeMap<&'static str, String>,
    /// Which of it is the other government's.
    theirs: BTreeSet<&'static str>,
}

impl<'a> Play<'a> {
    pub(crate) fn new(world: &'a World) -> anyhow::Result<Self> {
        let stranger = Uuid::from_u128(0x0197_a000_0000_7000_8000_0000_0000_0001);
        let (home, elsewhere) = (HOME.parse()?, ELSEWHERE.parse()?);
        Ok(Self {
            world,
            home,
            elsewhere,
            stranger,
            kept: BTreeMap::new(),
            theirs: BTreeSet::new(),
        })
    }

    /// Tries the call as everybody who may not make it, then as who may. What went wrong, in words.
    pub(crate) async fn step(&mut self, step: &Step) -> anyhow::Result<Vec<String>> {
        let messages = self.messages(step)?;
        let mut faults = self.who_may_not(step, &messages).await?;
        let elsewhere = match step.elsewhere {
            Elsewhere::Untried => None,
            _ => Some(self.as_the_other(step, &messages).await?),
        };
        let answers = match self.succeed(step, &messages).await? {
            Ok(answers) => answers,
            // What comes after does not need it.
            Err(status) if step.keeps.is_empty() => {
                faults.push(format!("{} failed: {status:?}", step.rpc));
                return Ok(faults);
            }
            Err(status) => bail!("{} failed: {status:?}\n{messages:#?}", step.rpc),
        };
        if let Some(elsewhere) = elsewhere {
            faults.extend(self.other_government(step, &elsewhere, &answers).await?);
        }
        for (name, pointer) in &step.keeps {
            let value = answers.last().and_then(|answer| answer.pointer(pointer));
            let value = value.and_then(Value::as_str);
            let value =
                value.with_context(|| format!("{} has no {pointer}: {answers:#?}", step.rpc))?;
            self.kept.insert(name, value.to_owned());
            if matches!(step.by, By::Neighbour(_)) {
                self.theirs.insert(name);
            }
        }
        Ok(faults)
    }

    async fn who_may_not(&self, step: &Step, messages: &[Value]) -> anyhow::Result<Vec<String>> {
        if step.by == By::Public {
            return Ok(Vec::new());
        }
        let stranger = self.call(step, None, messages, None).await?;
        let token = self.world.issuer.token(&step.wrong);
        let wrong = self.call(step, Some(&token), messages, None).await?;
        let faults = [
            refused(&stranger, Code::Unauthenticated, step, "a stranger"),
            refused(&wrong, Code::PermissionDenied, step, "the wrong role"),
        ];
        Ok(faults.into_iter().flatten().collect())
    }

    /// What is wrong with what the other government was answered, where ours was answered `own`.
    async fn other_government(
        &self,
        step: &Step,
        answer: &Answer,
        own: &[Value],
    ) -> anyhow::Result<Option<String>> {
        Ok(match step.elsewhere {
            Elsewhere::Untried => None,
            Elsewhere::NotFound => refused(answer, Code::NotFound, step, "another government"),
            Elsewhere::NoRowFound => no_row_found(answer, own, step),
            Elsewhere::ShowsNothing => shows_nothing(answer, own, self.ours(), step),
            Elsewhere::AsOfNobodys => {
                let messages = self.messages(step)?;
                let nobodys: Vec<Value> = messages.iter().map(|m| self.nobodys(m)).collect();
                let nobodys = self.as_the_other(step, &nobodys).await?;
                let named = Value::Array(messages).to_string();
                let ours = self.ours().filter(|ours| !named.contains(ours));
                let leak = answer.is_ok().then(|| shows_nothing(answer, &[], ours, step));
                as_of_nobodys(answer, &nobodys, step).or(leak.flatten())
            }
        })
    }

    fn ours(&self) -> impl Iterator<Item = &str> {
        let kept = self.kept.iter().filter(|(name, _)| !self.theirs.contains(*name));
        kept.map(|(_, value)| value.as_str())
    }

    /// Makes the call as somebody of the other government in the same position.
    async fn as_the_other(&self, step: &Step, messages: &[Value]) -> anyhow::Result<Answer> {
        let other = match step.by {
            By::Neighbour(_) => &self.home,
            _ => &self.elsewhere,
        };
        let messages: Vec<Value> = match step.by {
            By::Public => messages.iter().map(of_the_other).collect(),
            _ => messages.to_vec(),
        };
        let token = match step.by {
            // Nobody else's operator, where ours is everybody's.
            By::Operator => {
                Some(self.world.issuer.token(&Identity::officer(other, Role::Operator)))
            }
            by => self.token(by, other),
        };
        let tenant = (step.by == By::Service).then_some(ELSEWHERE);
        self.call(step, token.as_deref(), &messages, tenant).await
    }

    /// Makes the call as who may; `messages` are the step's, filled.
    pub(crate) async fn succeed(&self, step: &Step, messages: &[Value]) -> anyhow::Result<Answer> {
        let own = match step.by {
            By::Neighbour(_) => &self.elsewhere,
            _ => &self.home,
        };
        let token = self.token(step.by, own);
        let tenant = (step.by == By::Service).then_some(HOME);
        let end = Instant::now() + EVENTS;
        loop {
            let answer = self.call(step, token.as_deref(), messages, tenant).await?;
            let found = answer.as_ref().is_ok_and(|answers| has_what_is_kept(step, answers));
            if found || !step.awaits || Instant::now() > end {
                return Ok(answer);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn call(
        &self,
        step: &Step,
        token: Option<&str>,
        messages: &[Value],
        tenant: Option<&str>,
    ) -> anyhow::Result<Result<Vec<Value>, Status>> {
        let limit = if step.rpc.ends_with("/Watch") { 1 } else { usize::MAX };
        let url = self.world.url(step.service);
        let channel = kinerja_kit::client::connect(&url, Default::default())?;
        dynamic::call(channel, &step.rpc, token, tenant, messages, limit).await
    }

    fn token(&self, by: By, tenant: &TenantId) -> Option<String> {
        let at_home = *tenant == self.home;
        let identity = match by {
            By::Officer(role) | By::Neighbour(role) => Identity::officer(tenant, role),
            By::Person(name) if at_home => {
                Identity::employee(tenant, self.kept.get(name)?.parse().ok()?)
            }
            By::Person(_) => Identity::employee(tenant, self.stranger),
            By::Operator => Identity::operator(),
            By::Service => Identity::service("trial"),
            By::Public => return None,
        };
        Some(self.world.issuer.token(&identity))
    }

    fn messages(&self, step: &Step) -> anyhow::Result<Vec<Value>> {
        step.messages.iter().map(|message| self.filled(message)).collect()
    }

    /// The message with what was kept in its places.
    pub(crate) fn filled(&self, message: &Value) -> anyhow::Result<Value> {
        each_text(message, &|text| {
            let Some(name) = text.strip_prefix('$') else { return Ok(text.to_owned()) };
            if name == "new" {
                return Ok(new_uuid());
            }
            let kept = self.kept.get(name);
            Ok(kept.with_context(|| format!("nothing is kept as {text}"))?.clone())
        })
    }

    /// A filled message with ids of nothing in the place of those that were kept.
    fn nobodys(&self, message: &Value) -> Value {
        let replaced = each_text(message, &|text| {
            let is_id = text.parse::<Uuid>().is_ok();
            Ok(if is_id { new_uuid() } else { text.to_owned() })
        });
        replaced.unwrap_or_default()
    }
}

/// A list may be there before the item that events bring.
fn has_what_is_kept(step: &Step, answers: &[Value]) -> bool {
    let last = answers.last();
    step.keeps.iter().all(|(_, pointer)| last.is_some_and(|last| last.pointer(pointer).is_some()))
}

/// The public names the government: here it names the other one.
fn of_the_other(message: &Value) -> Value {
    let mut message = message.clone();
    message["tenantId"] = ELSEWHERE.into();
    message
}

fn each_text(
    value: &Value,
    change: &impl Fn(&str) -> anyhow::Result<String>,
) -> anyhow::Result<Value> {
    Ok(match value {
        Value::String(text) => Value::String(change(text)?),
        Value::Array(items) => Value::Array(
            items.iter().map(|item| each_text(item, change)).collect::<anyhow::Result<_>>()?,
        ),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| Ok((name.clone(), each_text(value, change)?)))
                .collect::<anyhow::Result<_>>()?,
        ),
        other => other.clone(),
    })
}

fn new_uuid() -> String {
    kinerja_kit::clock::Clock::system().new_uuid().to_string()
}
