//! Reads: what they cost against a bare server, and whether that grows with the government.

use std::{process::Command, sync::Arc};

use anyhow::Context as _;
use kinerja_kit::{
    auth::{Identity, Role},
    client::{self, Channel},
};
use kinerja_proto::registry::v1::{
    self as pb, employee_service_client::EmployeeServiceClient, list_employees_request::Filter,
    reporting_line_service_client::ReportingLineServiceClient,
    search_service_client::SearchServiceClient,
};
use kinerja_tests::Process;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    bare, calls, counted,
    government::FIRST_NAMES,
    loading::Loaded,
    report::{Asked, Report, median, short},
    settings::Settings,
    stage::Stage,
};

/// Calls of a round: enough for a clock of ten milliseconds.
const CALLS: usize = 4_000;
const CALLS_OF_LISTS: usize = 600;
/// Calls before anything is measured: plans are made, caches filled.
const WARM: usize = 200;
/// Calls whose buffers are counted.
const COUNTED: usize = 200;

/// What is read of a government.
#[derive(Debug, Clone)]
struct Sample {
    people: Vec<Uuid>,
    sections: Vec<Uuid>,
    departments: Vec<Uuid>,
    root: Uuid,
}

#[derive(Debug, Clone, Copy)]
enum Read {
    Get,
    ListAll,
    ListUnit,
    ListPositionKind,
    ListStatus,
    SearchPrefix,
    SubtreeOfDepartment,
    SubtreeOfGovernment,
    ResolveRater,
}

const READS: [(Read, &str); 9] = [
    (Read::Get, "get"),
    (Read::ListAll, "list of everybody"),
    (Read::ListUnit, "list of a unit"),
    (Read::ListPositionKind, "list by position kind"),
    (Read::ListStatus, "list by status"),
    (Read::SearchPrefix, "search by prefix"),
    (Read::SubtreeOfDepartment, "subtree of a department"),
    (Read::SubtreeOfGovernment, "subtree of the government"),
    (Read::ResolveRater, "rater of a person"),
];

impl Sample {
    async fn take(conn: &mut PgConnection, of: &Loaded) -> anyhow::Result<Self> {
        let tenant = of.tenant.as_str();
        let ids = async |conn: &mut PgConnection, statement: &'static str| {
            sqlx::query_scalar::<_, Uuid>(statement).bind(tenant).fetch_all(conn).await
        };
        // Whoever heads the government has no rater.
        const PEOPLE: &str = "SELECT employee_id FROM assignments AS a JOIN units AS u USING (tenant_id, unit_id)
            WHERE tenant_id = $1 AND a.kind = 'DEFINITIVE' AND until_on IS NULL AND u.code <> 'SETDA'
            ORDER BY md5(employee_id::text) LIMIT 1000";
        const SECTIONS: &str =
            "SELECT unit_id FROM units WHERE tenant_id = $1 AND code LIKE 'S%' AND code <> 'SETDA'
            ORDER BY md5(unit_id::text) LIMIT 200";
        const DEPARTMENTS: &str =
            "SELECT unit_id FROM units WHERE tenant_id = $1 AND code LIKE 'D%'
            ORDER BY md5(unit_id::text) LIMIT 200";
        const ROOT: &str = "SELECT unit_id FROM units WHERE tenant_id = $1 AND code = 'SETDA'";
        Ok(Self {
            people: ids(conn, PEOPLE).await?,
            sections: ids(conn, SECTIONS).await?,
            departments: ids(conn, DEPARTMENTS).await?,
            root: ids(conn, ROOT).await?.pop().context("no root")?,
        })
    }

    async fn read(&self, channel: Channel, read: Read, number: usize) -> anyhow::Result<()> {
        let one = |ids: &[Uuid]| ids[number % ids.len()].to_string();
        let list = |filter| pb::ListEmployeesRequest { filter, ..Default::default() };
        let unit = |unit_id, with_subtree| Filter::Unit(pb::UnitFilter { unit_id, with_subtree });
        let filter = match read {
            Read::Get => {
                let request =
                    pb::GetEmployeeRequest { employee_id: one(&self.people), ..Default::default() };
                EmployeeServiceClient::new(channel).get_employee(client::system(request)).await?;
                return Ok(());
            }
            Read::SearchPrefix => {
                let query = FIRST_NAMES[number % FIRST_NAMES.len()][..3].to_lowercase();
                let request = pb::SearchEmployeesRequest { query, ..Default::default() };
                SearchServiceClient::new(channel).search_employees(client::system(request)).await?;
                return Ok(());
            }
            Read::ResolveRater => {
                let request = pb::ResolveRaterRequest {
                    employee_id: one(&self.people),
                    ..Default::default()
                };
                ReportingLineServiceClient::new(channel)
                    .resolve_rater(client::system(request))
                    .await?;
                return Ok(());
            }
            Read::ListAll => None,
            Read::ListUnit => Some(unit(one(&self.sections), false)),
            Read::ListPositionKind => {
                Some(Filter::PositionKind(pb::PositionKind::Administrator.into()))
            }
            Read::ListStatus => Some(Filter::Status(pb::EmployeeStatus::Active.into())),
            Read::SubtreeOfDepartment => Some(unit(one(&self.departments), true)),
            Read::SubtreeOfGovernment => Some(unit(self.root.to_string(), true)),
        };
        EmployeeServiceClient::new(channel).list_employees(client::system(list(filter))).await?;
        Ok(())
    }
}

/// `GetEmployee` of one's own record, and of others' with the access log, in turns with the bare server.
pub(crate) async fn get_employee(
    stage: &mut Stage,
    settings: &Settings,
    governments: &[Loaded],
    report: &mut Report,
) -> anyhow::Result<()> {
    let Some(largest) = governments.last() else { return Ok(()) };
    report.heading(&format!(
        "GetEmployee of {}: CPU of the server per call",
        short(largest.people as f64)
    ));
    let sample = Sample::take(&mut stage.connect("registry").await?, largest).await?;
    let myself = Sample { people: vec![sample.people[0]], ..sample.clone() };
    let (process, bare) = bare_server(stage, largest)?;
    let person = Identity::employee(&largest.tenant, myself.people[0]);
    let officer = Identity::officer(&largest.tenant, Role::HrOfficer);
    let servers = [
        ("bare tonic and sqlx", process.id(), bare.clone(), &myself),
        ("one's own", stage.pid("registry")?, stage.world.channel("registry", &person)?, &myself),
        ("bare, of anybody", process.id(), bare, &sample),
        (
            "anybody's, with its access log",
            stage.pid("registry")?,
            stage.world.channel("registry", &officer)?,
            &sample,
        ),
    ];
    let mut costs = vec![Vec::new(); servers.len()];
    for round in 0..=settings.rounds.max(5) {
        for (costs, (_, pid, channel, sample)) in costs.iter_mut().zip(&servers) {
            let (channel, sample) = (channel.clone(), Arc::new((*sample).clone()));
            let tenant = largest.tenant.clone();
            let call = move |number: usize| {
                let (channel, sample, tenant) =
                    (channel.clone(), Arc::clone(&sample), tenant.clone());
                async move {
                    let employee_id = sample.people[number % sample.people.len()].to_string();
                    let request = pb::GetEmployeeRequest { employee_id, ..Default::default() };
                    EmployeeServiceClient::new(channel)
                        .get_employee(client::request(&tenant, request))
                        .await?;
                    Ok(())
                }
            };
            let cost = calls::cost(*pid, stage.postmaster, CALLS, call).await?;
            if round > 0 {
                costs.push(cost);
            }
        }
    }
    let medians: Vec<f64> = costs
        .iter()
        .zip(&servers)
        .map(|(costs, (name, ..))| {
            let service = median(costs.iter().map(|cost| cost.service_us).collect());
            let database = median(costs.iter().map(|cost| cost.database_us).collect());
            let rate = median(costs.iter().map(|cost| cost.per_second).collect());
            let rate = short(rate.round());
            report
                .tell(*name, format!("{service:.0} us, database {database:.0} us, {rate} calls/s"));
            service
        })
        .collect();
    let (own, others) = (medians[1] / medians[0], medians[3] / medians[2]);
    report.add("against the bare server", own, format!("{} times", short(own)), Asked::AtMost(1.5));
    report.tell("the same with the access log", format!("{} times", short(others)));
    Ok(())
}

fn bare_server(stage: &Stage, of: &Loaded) -> anyhow::Result<(Process, Channel)> {
    let cluster = stage.world.cluster("registry");
    let mut command = Command::new(std::env::current_exe()?);
    command.env(bare::DATABASE, cluster.url("registry_app", "registry"));
    let process = Process::start(&mut command)?;
    let token = kinerja_kit::auth::TokenSource::development(
        stage.world.issuer.clone(),
        Identity::employee(&of.tenant, Uuid::nil()),
    );
    let options = client::Options { token: Some(token), ..client::Options::default() };
    let channel = client::connect(&format!("http://{}", process.addr), options)?;
    Ok((process, channel))
}

/// A government, and who reads of it.
type Side = (Arc<Sample>, Channel);

async fn side(stage: &Stage, of: &Loaded) -> anyhow::Result<Side> {
    let sample = Sample::take(&mut stage.connect("registry").await?, of).await?;
    let officer = Identity::officer(&of.tenant, Role::HrOfficer);
    Ok((Arc::new(sample), stage.world.channel("registry", &officer)?))
}

/// Shared buffers of a call, for each kind of read.
pub(crate) async fn buffers(stage: &mut Stage, of: &Loaded) -> anyhow::Result<Vec<f64>> {
    let (sample, channel) = side(stage, of).await?;
    let mut buffers = Vec::new();
    for (read, _) in READS {
        calls::make(WARM, call(&sample, &channel, read)).await?;
        counted::reset(&mut stage.admin).await?;
        calls::make(COUNTED, call(&sample, &channel, read)).await?;
        buffers.push(counted::per_call(&mut stage.admin, "registry", COUNTED).await?.buffers);
    }
    Ok(buffers)
}

/// Every kind of read: `alone` are its buffers when the smallest government was the only one.
pub(crate) async fn flatness(
    stage: &mut Stage,
    settings: &Settings,
    governments: &[Loaded],
    alone: &[f64],
    report: &mut Report,
) -> anyhow::Result<()> {
    let ends = governments
        .first()
        .zip(governments.last())
        .filter(|(first, last)| first.people < last.people);
    let Some((small, large)) = ends else { return Ok(()) };
    let (few, many) = (short(small.people as f64), short(large.people as f64));
    report.heading(&format!("Shared buffers per read: {few} alone, {few} beside {many}, {many}"));
    let (beside, many) = (buffers(stage, small).await?, buffers(stage, large).await?);
    for (place, (_, name)) in READS.iter().enumerate() {
        let [alone, beside, many] = [alone[place], beside[place], many[place]].map(f64::round);
        let measured = format!("{}, {}, {}", short(alone), short(beside), short(many));
        report.add(*name, many - alone, measured, Asked::AtMost(3.0));
    }
    report.heading("CPU per read of the service and of the database, beside one another");
    let sides = [side(stage, small).await?, side(stage, large).await?];
    let pid = stage.pid("registry")?;
    for (read, name) in READS {
        let calls =
            if matches!(read, Read::Get | Read::ResolveRater) { CALLS } else { CALLS_OF_LISTS };
        let mut costs = [Vec::new(), Vec::new()];
        for _ in 0..settings.rounds {
            for (costs, (sample, channel)) in costs.iter_mut().zip(&sides) {
                let cost =
                    calls::cost(pid, stage.postmaster, calls, call(sample, channel, read)).await?;
                costs.push(cost.service_us + cost.database_us);
            }
        }
        let [few, many] = costs.map(median);
        let growth = 100.0 * (many / few - 1.0);
        let measured =
            format!("{}, {} us, {growth:+.0} %", short(few.round()), short(many.round()));
        report.add(name, growth, measured, Asked::AtMost(25.0));
    }
    Ok(())
}

fn call(
    sample: &Arc<Sample>,
    channel: &Channel,
    read: Read,
) -> impl Fn(usize) -> std::pin::Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>>
+ Send
+ Sync
+ use<> {
    let (sample, channel) = (Arc::clone(sample), channel.clone());
    move |number| {
        let (sample, channel) = (Arc::clone(&sample), channel.clone());
        Box::pin(async move { sample.read(channel, read, number).await })
    }
}
