//! A scenario: one government's calls, in an order in which each succeeds, with their callers.

use kinerja_kit::auth::{Identity, Role};
use kinerja_tests::Service;
use serde_json::Value;

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
    /// Which service is called; all of them have a feed and a clock.
    pub(crate) service: Service,
    pub(crate) by: By,
    pub(crate) messages: Vec<Value>,
    /// Names, and where in the answer lies what is kept under them.
    pub(crate) keeps: Vec<(&'static str, &'static str)>,
    /// Who is not admitted.
    pub(crate) wrong: Identity,
    pub(crate) awaits: bool,
    /// What a caller of another government is answered.
    pub(crate) elsewhere: Elsewhere,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Elsewhere {
    /// The request names what the other government does not have.
    NotFound,
    /// The request names nothing of anyone's: the answer shows nothing of ours.
    ShowsNothing,
    /// Every row of the answer says that there is no such thing.
    NoRowFound,
    /// What the request names is only looked for, or another rule is applied first: the answer is what is
    /// answered of something that nobody has.
    AsOfNobodys,
    /// The request names nothing of anyone's, and shows nothing either: it makes something new, or it is for
    /// who serves every government.
    Untried,
}

/// `rpc` is written `registry.UnitService/GetUnit`. In its messages `$unit` stands for what was kept
/// under that name, and `$new` for a fresh UUID.
pub(crate) fn step(rpc: &str, by: By, message: Value) -> Step {
    let (package, method) = rpc.split_once('.').expect("package.Service/Method");
    let text = message.to_string().replace("$new", "");
    let elsewhere = match text.contains('$') {
        true => Elsewhere::NotFound,
        false if method.contains("/List") || method.contains("/Get") => Elsewhere::ShowsNothing,
        false => Elsewhere::Untried,
    };
    Step {
        rpc: format!("/kinerja.{package}.v1.{method}"),
        service: match package {
            "planning" => "planning",
            "evaluation" => "evaluation",
            "competency" => "competency",
            _ => "registry",
        },
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

    /// Calls what every service has at this one.
    pub(crate) fn at(self, service: Service) -> Self {
        Self { service, ..self }
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
}
