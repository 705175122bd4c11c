//! An employee files, HR decides, knowing the effect.

use kinerja_registry::MIGRATOR;
use pb::file_correction_request::Proposal;
use sqlx::PgPool;
use tonic::Code;

use crate::{
    is, pb, refusal,
    world::{Member, World, head, post, request_id},
};

struct Office {
    world: World,
    leader: Member,
    official: Member,
    clerk: Member,
}

impl Office {
    async fn new(pool: PgPool) -> Self {
        let world = World::new(pool).await;
        let unit = world.unit("Dinas", "").await;
        Self {
            leader: world.member(1, head(&unit, pb::PositionKind::Jpt)).await,
            official: world.member(2, post(&unit, pb::PositionKind::Pengawas)).await,
            clerk: world.member(3, post(&unit, pb::PositionKind::Pelaksana)).await,
            world,
        }
    }

    async fn try_file(
        &self,
        who: &Member,
        proposal: Proposal,
    ) -> Result<pb::Correction, tonic::Status> {
        let request = pb::FileCorrectionRequest {
            proposal: Some(proposal),
            grounds: "SK 821.2/9/2026".into(),
            request_id: request_id(),
        };
        let filed = self.world.corrections_of(&who.employee_id).file_correction(request).await?;
        Ok(filed.into_inner().correction.expect("correction"))
    }

    async fn file(&self, who: &Member, proposal: Proposal) -> pb::Correction {
        self.try_file(who, proposal).await.expect("filed")
    }

    async fn effect(&self, correction: &pb::Correction) -> pb::CorrectionEffect {
        let request =
            pb::PreviewCorrectionRequest { correction_id: correction.correction_id.clone() };
        let shown = self.world.corrections().preview_correction(request).await.expect("a preview");
        shown.into_inner().effect.expect("effect")
    }
}

fn line(rater: &Member) -> Proposal {
    Proposal::ReportingLine(pb::ReportingLineProposal {
        from_on: "2026-02-01".into(),
        rater_employee_id: rater.employee_id.clone(),
    })
}

fn decide(correction: &pb::Correction, accept: bool) -> pb::DecideCorrectionRequest {
    pb::DecideCorrectionRequest {
        correction_id: correction.correction_id.clone(),
        accept,
        reason: "sesuai SK".into(),
        etag: correction.etag.clone(),
        request_id: request_id(),
    }
}

fn raters(effect: &pb::CorrectionEffect) -> (String, String) {
    let Some(pb::correction_effect::Effect::ReportingLine(line)) = &effect.effect else {
        panic!("the effect of a line");
    };
    let rater = |resolution: &Option<pb::RaterResolution>| {
        let rater = resolution.clone().and_then(|resolution| resolution.rater);
        rater.map(|rater| rater.employee_id).unwrap_or_default()
    };
    (rater(&line.before), rater(&line.after))
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn the_preview_is_what_acceptance_does(pool: PgPool) {
    let them = Office::new(pool).await;
    let filed = them.file(&them.clerk, line(&them.official)).await;
    let effect = them.effect(&filed).await;
    let expected = (them.leader.employee_id.clone(), them.official.employee_id.clone());
    assert_eq!((raters(&effect), effect.obstacle.as_str()), (expected, ""));
    let unchanged = them.world.rater(&them.clerk.employee_id, "").await;
    assert_eq!(unchanged.rater.expect("rater").employee_id, them.leader.employee_id);

    let done = them.world.corrections().decide_correction(decide(&filed, true)).await;
    let done = done.expect("accepted").into_inner().correction.expect("correction");
    assert_eq!(done.state(), pb::CorrectionState::Accepted);
    let changed = them.world.rater(&them.clerk.employee_id, "").await;
    assert_eq!(changed.rater.expect("rater").employee_id, them.official.employee_id);
    let again = them.world.corrections().decide_correction(decide(&done, false)).await;
    let refused = again.expect_err("decided");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "CORRECTION_DECIDED"));
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn what_stands_in_the_way_is_told_and_refuses_acceptance(pool: PgPool) {
    let them = Office::new(pool).await;
    let filed = them.file(&them.official, line(&them.clerk)).await;
    assert_eq!(them.effect(&filed).await.obstacle, "RATER_NOT_ELIGIBLE");
    let refused = them.world.corrections().decide_correction(decide(&filed, true)).await;
    let refused = refused.expect_err("a clerk");
    assert_eq!(refusal(&refused), is(Code::FailedPrecondition, "RATER_NOT_ELIGIBLE"));
    let filed = them.file(&them.leader, line(&them.official)).await;
    assert_eq!(them.effect(&filed).await.obstacle, "REPORTING_LINE_CYCLE");
    let rejected = them.world.corrections().decide_correction(decide(&filed, false)).await;
    let rejected = rejected.expect("rejected").into_inner().correction.expect("correction");
    assert_eq!(
        (rejected.state(), rejected.decision_reason.as_str()),
        (pb::CorrectionState::Rejected, "sesuai SK")
    );
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn an_accepted_name_is_the_name(pool: PgPool) {
    let them = Office::new(pool).await;
    let name = pb::PersonName { name: "Siti Rahma".into(), ..Default::default() };
    let filed = them.file(&them.clerk, Proposal::Name(name)).await;
    them.world.corrections().decide_correction(decide(&filed, true)).await.expect("accepted");
    assert_eq!(them.world.get(&them.clerk.employee_id).await.display_name, "Siti Rahma");
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn one_correction_of_a_kind_waits_at_a_time(pool: PgPool) {
    let them = Office::new(pool).await;
    let first = them.file(&them.clerk, line(&them.official)).await;
    let refused = them.try_file(&them.clerk, line(&them.leader)).await.expect_err("one waits");
    assert_eq!(refusal(&refused), is(Code::AlreadyExists, "CORRECTION_OPEN"));

    // Neither another kind nor another person waits for it.
    let name = pb::PersonName { name: "Siti Rahma".into(), ..Default::default() };
    them.file(&them.clerk, Proposal::Name(name)).await;
    them.file(&them.official, line(&them.leader)).await;

    them.world.corrections().decide_correction(decide(&first, false)).await.expect("rejected");
    them.file(&them.clerk, line(&them.leader)).await;
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn a_correction_is_its_persons_and_hrs(pool: PgPool) {
    let them = Office::new(pool).await;
    let filed = them.file(&them.clerk, line(&them.official)).await;
    let get = pb::GetCorrectionRequest { correction_id: filed.correction_id.clone() };
    let mut other = them.world.corrections_of(&them.official.employee_id);
    let refused = other.get_correction(get).await.expect_err("a colleague's");
    assert_eq!(refusal(&refused), is(Code::PermissionDenied, "NOT_YOUR_RECORD"));
    let withdraw = pb::WithdrawCorrectionRequest {
        correction_id: filed.correction_id.clone(),
        etag: filed.etag.clone(),
        request_id: request_id(),
    };
    let refused = other.withdraw_correction(withdraw.clone()).await.expect_err("a colleague's");
    assert_eq!(refusal(&refused), is(Code::PermissionDenied, "NOT_YOUR_RECORD"));
    let mut own = them.world.corrections_of(&them.clerk.employee_id);
    let withdraw = pb::WithdrawCorrectionRequest { request_id: request_id(), ..withdraw };
    let own = own.withdraw_correction(withdraw).await.expect("withdrawn").into_inner();
    let own = own.correction.expect("correction");
    assert_eq!(own.state(), pb::CorrectionState::Withdrawn);
}

#[sqlx::test(migrator = "MIGRATOR")]
async fn hr_lists_what_waits_and_an_employee_the_own(pool: PgPool) {
    let them = Office::new(pool).await;
    let filed = them.file(&them.clerk, line(&them.official)).await;
    let waiting = pb::ListCorrectionsRequest {
        state: pb::CorrectionState::Filed.into(),
        ..Default::default()
    };
    let listed = them.world.corrections().list_corrections(waiting.clone()).await.expect("HR");
    assert_eq!(listed.into_inner().corrections, std::slice::from_ref(&filed));
    let mut own = them.world.corrections_of(&them.clerk.employee_id);
    let refused = own.list_corrections(waiting).await.expect_err("everybody's");
    assert_eq!(refusal(&refused), is(Code::PermissionDenied, "NOT_YOUR_RECORD"));
    let listed = own.list_corrections(pb::ListCorrectionsRequest::default()).await.expect("own");
    assert_eq!(listed.into_inner().corrections, [filed]);
}
