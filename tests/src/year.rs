//! One person's year, call by call, each made by whoever is to make it.

use anyhow::Context as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    calls::{Caller, Calls},
    papers,
    scene::Scene,
};

/// Resources are as the services answered last, in the JSON of the protos.
#[derive(Debug, Clone)]
pub struct Year {
    /// The person whose year it is.
    pub own: Caller,
    /// The head of the office.
    pub rater: Caller,
    pub officer: Caller,
    /// The employee's id.
    pub person: Uuid,
}

impl Year {
    pub fn new(calls: &Calls, scene: &Scene, person: Uuid) -> Self {
        Self {
            own: calls.by(&scene.person(person)),
            rater: calls.by(&scene.person(scene.head)),
            officer: calls.by(&scene.hr()),
            person,
        }
    }

    /// The same by people who make a call again and again until it is acknowledged.
    #[must_use]
    pub fn persisting(self) -> Self {
        self.each(Caller::persisting)
    }

    /// The same with calls that are made within a span.
    #[must_use]
    pub fn within(self, traceparent: &str) -> Self {
        self.each(|caller| caller.within(traceparent))
    }

    fn each(self, change: impl Fn(Caller) -> Caller) -> Self {
        let (own, rater, officer) = (change(self.own), change(self.rater), change(self.officer));
        Self { own, rater, officer, ..self }
    }

    /// A plan that is not handed in yet.
    pub async fn draft(&self, period_id: &str) -> anyhow::Result<Value> {
        let message = json!({"periodId": period_id, "content": papers::plan()});
        changed(&self.own, "planning.PlanService/CreatePlan", message, "plan").await
    }

    pub async fn submit(&self, plan: &Value) -> anyhow::Result<Value> {
        let message = json!({"planId": plan["planId"], "etag": plan["etag"]});
        changed(&self.own, "planning.PlanAgreementService/SubmitPlan", message, "plan").await
    }

    pub async fn approve(&self, plan: &Value) -> anyhow::Result<Value> {
        let message = json!({"planId": plan["planId"], "etag": plan["etag"]});
        changed(&self.rater, "planning.PlanAgreementService/ApprovePlan", message, "plan").await
    }

    /// The evaluation that was opened because the plan was approved.
    pub async fn opened(&self) -> anyhow::Result<Value> {
        let message = json!({"employeeId": self.person.to_string()});
        let rpc = "evaluation.EvaluationService/ListEvaluations";
        self.own.wait_for(rpc, message, "/evaluations/0").await
    }

    pub async fn prepare(&self, evaluation: &Value) -> anyhow::Result<Value> {
        self.step(&self.rater, "RatingService/PrepareRating", evaluation, json!({})).await
    }

    pub async fn rate(&self, evaluation: &Value) -> anyhow::Result<Value> {
        let rating = json!({"rating": papers::rating()});
        self.step(&self.rater, "RatingService/SubmitRating", evaluation, rating).await
    }

    pub async fn acknowledge(&self, evaluation: &Value) -> anyhow::Result<Value> {
        let rpc = "EvaluationService/AcknowledgeEvaluation";
        self.step(&self.own, rpc, evaluation, json!({})).await
    }

    pub async fn finalise(&self, evaluation: &Value) -> anyhow::Result<Value> {
        let rpc = "EvaluationService/FinaliseEvaluation";
        self.step(&self.officer, rpc, evaluation, json!({})).await
    }

    /// From the evaluation as it was opened to the final one.
    pub async fn conclude(&self, opened: &Value) -> anyhow::Result<Value> {
        let prepared = self.prepare(opened).await?;
        let rated = self.rate(&prepared).await?;
        let acknowledged = self.acknowledge(&rated).await?;
        self.finalise(&acknowledged).await
    }

    /// The development plan that was made because the evaluation is final.
    pub async fn developed(&self) -> anyhow::Result<Value> {
        let message = json!({"employeeId": self.person.to_string()});
        let rpc = "competency.DevelopmentPlanService/ListEmployeeDevelopmentPlans";
        self.own.wait_for(rpc, message, "/plans/0").await
    }

    /// Agrees to the development plan as one of the two who have to.
    pub async fn agree(&self, caller: &Caller, plan: &Value) -> anyhow::Result<Value> {
        let message = json!({"planId": plan["id"], "etag": plan["etag"]});
        let rpc = "competency.DevelopmentPlanService/AgreeDevelopmentPlan";
        changed(caller, rpc, message, "plan").await
    }

    async fn step(
        &self,
        caller: &Caller,
        rpc: &str,
        evaluation: &Value,
        mut message: Value,
    ) -> anyhow::Result<Value> {
        message["evaluationId"] = evaluation["evaluationId"].clone();
        message["etag"] = evaluation["etag"].clone();
        changed(caller, &format!("evaluation.{rpc}"), message, "evaluation").await
    }
}

/// Makes a call that answers with the resource it changed.
async fn changed(
    caller: &Caller,
    rpc: &str,
    message: Value,
    resource: &str,
) -> anyhow::Result<Value> {
    let mut answer = caller.call(rpc, message).await.with_context(|| rpc.to_owned())?;
    Ok(answer[resource].take())
}
