//! A small government to work in.

mod now;
mod year;

use anyhow::{Context as _, ensure};
use kinerja_kit::{
    auth::{Identity, Role},
    client::{self, Channel},
    clock::Clock,
    tenant::TenantId,
};
use kinerja_proto::registry::v1::{
    self as pb, employee_service_client::EmployeeServiceClient,
    import_service_client::ImportServiceClient, tenant_service_client::TenantServiceClient,
};
use uuid::Uuid;

pub use self::year::eventually;
use crate::World;

/// A government with a secretary, an office below and so many people in it.
#[derive(Debug, Clone)]
pub struct Scene {
    pub tenant: TenantId,
    /// Rates the head of the office.
    pub secretary: Uuid,
    /// Rates everybody in the office.
    pub head: Uuid,
    pub people: Vec<Uuid>,
}

impl Scene {
    pub async fn build(world: &World, code: &str, people: usize) -> anyhow::Result<Self> {
        let tenant: TenantId = code.parse()?;
        let registry = world.channel("registry", &Identity::operator())?;
        let request = pb::CreateTenantRequest {
            tenant_id: code.to_owned(),
            name: format!("Pemerintah {code}"),
            time_zone: "Asia/Jakarta".to_owned(),
            request_id: new_id(),
        };
        TenantServiceClient::new(registry).create_tenant(client::system(request)).await?;
        let hr = world.channel("registry", &Identity::officer(&tenant, Role::HrOfficer))?;
        import(hr.clone(), people).await?;
        let all = employees(hr).await?;
        let of = |position: &str| {
            let mut holders = all.iter().filter(|(name, _)| name == position).map(|(_, id)| *id);
            holders.next().with_context(|| format!("nobody is {position}"))
        };
        Ok(Self {
            secretary: of("Sekretaris Daerah")?,
            head: of("Kepala Kantor")?,
            people: all.iter().filter(|(name, _)| name == "Analis").map(|(_, id)| *id).collect(),
            tenant,
        })
    }

    pub fn hr(&self) -> Identity {
        Identity::officer(&self.tenant, Role::HrOfficer)
    }

    pub fn person(&self, id: Uuid) -> Identity {
        Identity::employee(&self.tenant, id)
    }
}

pub fn new_id() -> String {
    Clock::system().new_uuid().to_string()
}

async fn import(registry: Channel, people: usize) -> anyhow::Result<()> {
    use pb::import_employees_request::Part;
    let header = pb::ImportHeader {
        request_id: new_id(),
        dry_run: false,
        mode: pb::ImportMode::AllOrNothing.into(),
        create_units: true,
        as_of: "2026-01-02".to_owned(),
    };
    let rows = pb::ImportRows { rows: rows(people) };
    let parts = [Part::Header(header), Part::Rows(rows), Part::End(pb::ImportEnd {})];
    let messages = parts.map(|part| pb::ImportEmployeesRequest { part: Some(part) });
    let request = client::stream(tokio_stream::iter(messages));
    let mut answers =
        ImportServiceClient::new(registry).import_employees(request).await?.into_inner();
    let mut last = None;
    while let Some(answer) = answers.message().await? {
        last = answer.import;
    }
    let last = last.context("the import gave no answer")?;
    ensure!(
        last.state() == pb::ImportState::Done,
        "the import ended in {:?}: {last:?}",
        last.state()
    );
    Ok(())
}

fn rows(people: usize) -> Vec<pb::ImportRow> {
    let top = ("SETDA", "Sekretariat Daerah", "", "Y");
    let office = ("KANTOR", "Kantor Pelayanan", "SETDA", "Y");
    let mut rows = vec![
        row(0, top, ("Sekretaris Daerah", "JPT_PRATAMA", "")),
        row(1, office, ("Kepala Kantor", "ADMINISTRATOR", "")),
    ];
    for index in 0..people {
        rows.push(row(
            2 + index,
            (office.0, office.1, office.2, "T"),
            ("Analis", "FUNGSIONAL", "AHLI_PERTAMA"),
        ));
    }
    rows
}

fn row(
    index: usize,
    (unit_code, unit_name, parent, heads): (&str, &str, &str, &str),
    (position, kind, level): (&str, &str, &str),
) -> pb::ImportRow {
    let (year, serial) = (1970 + index / 900, 1 + index % 900);
    pb::ImportRow {
        identity_number: format!("{year}0512200501{}{serial:03}", 1 + index % 2),
        name: format!("Pegawai {}", words(index)),
        employment_kind: "PNS".to_owned(),
        rank: "III/b".to_owned(),
        rank_from: "2024-04-01".to_owned(),
        status: "AKTIF".to_owned(),
        unit_code: unit_code.to_owned(),
        unit_name: unit_name.to_owned(),
        parent_unit_code: parent.to_owned(),
        unit_kind: "DINAS".to_owned(),
        position: position.to_owned(),
        position_kind: kind.to_owned(),
        position_level: level.to_owned(),
        position_class: "9".to_owned(),
        heads_unit: heads.to_owned(),
        assignment_kind: "DEFINITIF".to_owned(),
        assignment_from: "2025-01-02".to_owned(),
        ..Default::default()
    }
}

/// A name that no other index has.
fn words(mut index: usize) -> String {
    const SYLLABLES: [&str; 16] = [
        "ra", "ti", "su", "da", "ma", "ni", "wa", "lo", "ki", "ha", "se", "bu", "pa", "le", "jo",
        "ya",
    ];
    let mut name = String::from("a");
    for _ in 0..5 {
        name.push_str(SYLLABLES[index % 16]);
        index /= 16;
    }
    name
}

/// Position and id of everybody.
async fn employees(registry: Channel) -> anyhow::Result<Vec<(String, Uuid)>> {
    let mut client = EmployeeServiceClient::new(registry);
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListEmployeesRequest { page_size: 500, page_token, ..Default::default() };
        let page = client.list_employees(client::system(request)).await?.into_inner();
        for employee in page.employees {
            let placement = employee.placement.context("somebody has no post")?;
            all.push((placement.position_name, employee.employee_id.parse()?));
        }
        if page.next_page_token.is_empty() {
            return Ok(all);
        }
        page_token = page.next_page_token;
    }
}
