//! A scenario: one government's calls, in an order in which each succeeds, with their callers.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use kinerja_kit::{
    auth::{Identity, Role},
    client::Channel,
    tenant::TenantId,
};
use kinerja_tests::{World, dynamic};
use serde_json::Value;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

/// How long a call may wait for the events that it needs.
const EVENTS: Duration = Duration::from_secs(20);
const HOME: &str = "12.76";
const ELSEWHERE: &str = "15.04";

/// Who makes a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Officer(Role),
    /// The employee whose id was kept under this name.
    Person(&'static str),
    /// An officer of the other government; to whom ours is then the other one.
    Neighbour(Role),
    Operator,
    Service,
    /// Nobody needs a token.
    Public,
}

/// One call of the scenario.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) rpc: String,
    by: By,
    pub(crate) messages: Vec<Value>,
    keeps: Vec<(&'static str, &'static str)>,
    wrong: Identity,
    awaits: bool,
    /// What a caller of another government is answered.
    elsewhere: Elsewhere,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Elsewhere {
    /// The request names what the other government does not have.
    NotFound,
    /// The request names nothing of anyone's: the answer shows nothing of ours.
    ShowsNothing,
    /// Each row of the answer says that there is no such thing.
    RowNotFound,
    /// The other government lacks what comes before: refused, for whatever reason.
    RefusedSomehow,
    /// The request makes something new, in the other government as well: not tried.
    Creates,
}

/// `rpc` is written `registry.UnitService/GetUnit`. In its messages `$unit` stands for what was kept
/// under that name, and `$new` for a fresh UUID.
pub(crate) fn step(rpc: &str, by: By, message: Value) -> Step {
    let (service, method) = rpc.split_once('.').expect("package.Service/Method");
    let text = message.to_string().replace("$new", "");
    let elsewhere = match text.contains('$') {
        true => Elsewhere::NotFound,
        false if method.contains("/List") || method.contains("/Get") => Elsewhere::ShowsNothing,
        false => Elsewhere::Creates,
    };
    Step {
        rpc: format!("/kinerja.{service}.v1.{method}"),
        by,
        messages: vec![message],
        keeps: Vec::new(),
        wrong: Identity::province("12"),
        awaits: false,
        elsewhere,
    }
}

impl Step {
    /// Keeps a part of the answer, by JSON pointer, under a name.
    pub(crate) fn keeps(mut self, name: &'static str, pointer: &'static str) -> Self {
        self.keeps.push((name, pointer));
        self
    }

    /// Sends more messages in the stream.
    pub(crate) fn then(mut self, message: Value) -> Self {
        self.messages.push(message);
        self
    }

    /// Who is not admitted, where a province's auditor is.
    pub(crate) fn not_for(mut self, wrong: Identity) -> Self {
        self.wrong = wrong;
        self
    }

    /// Succeeds once events have come.
    pub(crate) fn awaits(mut self) -> Self {
        self.awaits = true;
        self
    }

    pub(crate) fn elsewhere(mut self, elsewhere: Elsewhere) -> Self {
        self.elsewhere = elsewhere;
        self
    }

    fn service(&self) -> &'static str {
        let package =
            self.rpc.trim_start_matches("/kinerja.").split('.').next().unwrap_or_default();
        match package {
            "planning" => "planning",
            "evaluation" => "evaluation",
            "competency" => "competency",
            _ => "registry",
        }
    }
}

/// The scenario as it is played.
pub(crate) struct Play<'a> {
    world: &'a World,
    home: TenantId,
    elsewhere: TenantId,
    stranger: Uuid,
    pub(crate) kept: BTreeMap<&'static str, String>,
}

type Answer = Result<Vec<Value>, Status>;

impl<'a> Play<'a> {
    pub(crate) fn new(world: &'a World) -> anyhow::Result<Self> {
        let stranger = Uuid::from_u128(0x0197_a000_0000_7000_8000_0000_0000_0001);
        let (home, elsewhere) = (HOME.parse()?, ELSEWHERE.parse()?);
        Ok(Self { world, home, elsewhere, stranger, kept: BTreeMap::new() })
    }

    /// Tries the call as everybody who may not make it, then as who may. What went wrong, in words.
    pub(crate) async fn step(&mut self, step: &Step) -> anyhow::Result<Vec<String>> {
        let messages: Vec<Value> = step
            .messages
            .iter()
            .map(|message| self.filled(message))
            .collect::<anyhow::Result<_>>()?;
        let mut faults = Vec::new();
        if step.by != By::Public {
            let answer = self.call(step, None, &messages, None).await?;
            faults.extend(refused(&answer, Code::Unauthenticated, step, "a stranger"));
            let token = self.world.issuer.token(&step.wrong);
            let answer = self.call(step, Some(&token), &messages, None).await?;
            faults.extend(refused(&answer, Code::PermissionDenied, step, "the wrong role"));
        }
        faults.extend(self.other_government(step, &messages).await?);
        let answers = match self.succeed(step, &messages).await? {
            Ok(answers) => answers,
            Err(status) => bail!("{} failed: {status:?}\n{messages:#?}", step.rpc),
        };
        for (name, pointer) in &step.keeps {
            let value = answers.last().and_then(|answer| answer.pointer(pointer));
            let value = value.and_then(Value::as_str);
            let value =
                value.with_context(|| format!("{} has no {pointer}: {answers:#?}", step.rpc))?;
            self.kept.insert(name, value.to_owned());
        }
        Ok(faults)
    }

    async fn other_government(
        &self,
        step: &Step,
        messages: &[Value],
    ) -> anyhow::Result<Option<String>> {
        if step.elsewhere == Elsewhere::Creates || step.by == By::Operator {
            return Ok(None);
        }
        let other = match step.by {
            By::Neighbour(_) => &self.home,
            _ => &self.elsewhere,
        };
        let token = self.token(step.by, other);
        let tenant = (step.by == By::Service).then_some(ELSEWHERE);
        let answer = self.call(step, token.as_deref(), messages, tenant).await?;
        if step.elsewhere == Elsewhere::NotFound {
            return Ok(refused(&answer, Code::NotFound, step, "another government"));
        }
        if step.elsewhere == Elsewhere::RefusedSomehow {
            return Ok(answer.is_ok().then(|| format!("{} serves another government", step.rpc)));
        }
        if step.elsewhere == Elsewhere::RowNotFound {
            let text = Value::Array(answer.unwrap_or_default()).to_string();
            let refused = text.contains("_NOT_FOUND\"");
            return Ok(
                (!refused).then(|| format!("{} serves another government a row: {text}", step.rpc))
            );
        }
        let shown = answer.map(|answers| Value::Array(answers).to_string()).unwrap_or_default();
        let ours =
            self.kept.values().find(|kept| kept.parse::<Uuid>().is_ok() && shown.contains(*kept));
        Ok(ours.map(|ours| format!("{} shows another government {ours}", step.rpc)))
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
            let found = answer.as_ref().is_ok_and(|answers| self.has_what_is_kept(step, answers));
            if found || !step.awaits || Instant::now() > end {
                return Ok(answer);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// A list may be there before the item that events bring.
    fn has_what_is_kept(&self, step: &Step, answers: &[Value]) -> bool {
        let last = answers.last();
        step.keeps
            .iter()
            .all(|(_, pointer)| last.is_some_and(|last| last.pointer(pointer).is_some()))
    }

    async fn call(
        &self,
        step: &Step,
        token: Option<&str>,
        messages: &[Value],
        tenant: Option<&str>,
    ) -> anyhow::Result<Answer> {
        let limit = if step.rpc.ends_with("/Watch") { 1 } else { usize::MAX };
        dynamic::call(self.channel(step)?, &step.rpc, token, tenant, messages, limit).await
    }

    fn channel(&self, step: &Step) -> anyhow::Result<Channel> {
        Ok(kinerja_kit::client::connect(&self.world.url(step.service()), Default::default())?)
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

    /// The message with what was kept in its places.
    pub(crate) fn filled(&self, message: &Value) -> anyhow::Result<Value> {
        Ok(match message {
            Value::String(text) if text == "$new" => Value::String(new_uuid()),
            Value::String(text) if text.starts_with('$') => {
                let kept = self.kept.get(&text[1..]);
                Value::String(kept.with_context(|| format!("nothing is kept as {text}"))?.clone())
            }
            Value::Array(items) => {
                Value::Array(items.iter().map(|i| self.filled(i)).collect::<anyhow::Result<_>>()?)
            }
            Value::Object(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), self.filled(value)?)))
                    .collect::<anyhow::Result<_>>()?,
            ),
            other => other.clone(),
        })
    }
}

fn new_uuid() -> String {
    kinerja_kit::clock::Clock::system().new_uuid().to_string()
}

fn refused(answer: &Answer, wanted: Code, step: &Step, who: &str) -> Option<String> {
    match answer {
        Err(status) if status.code() == wanted && status.get_details_error_info().is_some() => None,
        Err(status) => Some(format!(
            "{} answers {who} {:?} instead of {wanted:?}: {}",
            step.rpc,
            status.code(),
            status.message()
        )),
        Ok(_) => Some(format!("{} serves {who}", step.rpc)),
    }
}
