//! January: the governments come, with their people.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail, ensure};
use jiff::{ToSpan as _, civil::Date};
use kinerja_kit::auth::Role;
use kinerja_proto::registry::v1::{
    self as pb, assignment_service_client::AssignmentServiceClient,
    calendar_service_client::CalendarServiceClient,
    delegation_service_client::DelegationServiceClient,
    employee_service_client::EmployeeServiceClient, import_service_client::ImportServiceClient,
    position_service_client::PositionServiceClient,
    reporting_line_service_client::ReportingLineServiceClient,
    search_service_client::SearchServiceClient, tenant_service_client::TenantServiceClient,
    unit_service_client::UnitServiceClient,
};
use uuid::Uuid;

use super::{
    api::{Actor, Api, all, each},
    government::{Government, Person},
    sources::{self, Source, Story},
};
use crate::upload::upload;

/// The day the exports describe.
const AS_OF: &str = "2026-01-02";

/// SKB 1497/2025, 2/2025, 5/2025.
const HOLIDAYS: [&str; 17] = [
    "2026-01-01",
    "2026-01-16",
    "2026-02-17",
    "2026-03-19",
    "2026-03-21",
    "2026-03-22",
    "2026-04-03",
    "2026-04-05",
    "2026-05-01",
    "2026-05-14",
    "2026-05-27",
    "2026-05-31",
    "2026-06-01",
    "2026-06-16",
    "2026-08-17",
    "2026-08-25",
    "2026-12-25",
];
const COLLECTIVE_LEAVE: [&str; 8] = [
    "2026-02-16",
    "2026-03-18",
    "2026-03-20",
    "2026-03-23",
    "2026-03-24",
    "2026-05-15",
    "2026-05-28",
    "2026-12-24",
];

/// Takes a government in: its settings, its people from the export, its leader and who may rate.
pub(super) async fn take_in(api: &Api, source: Source, story: Story) -> anyhow::Result<Government> {
    let tenant = source.tenant.parse()?;
    create_tenant(api, source).await?;
    let hr = api.officer(&tenant, Role::HrOfficer)?;
    set_calendar(api, &hr).await?;
    let (import, faults) = import(api, &hr, source).await?;
    install_leader(api, &hr, source).await?;
    delegate(api, &hr, source).await?;
    let people = people(api, &hr, &story).await?;
    ensure!(people.iter().any(|person| person.is_story), "{} is not there", story.employee.name);
    Ok(Government {
        source,
        tenant,
        import,
        faults,
        people,
        story,
        period_id: String::new(),
        cycle_id: String::new(),
        spent: Vec::new(),
    })
}

async fn create_tenant(api: &Api, source: Source) -> anyhow::Result<()> {
    let request = pb::CreateTenantRequest {
        tenant_id: source.tenant.to_owned(),
        name: source.name.to_owned(),
        time_zone: source.time_zone.to_owned(),
        request_id: api.request_id(),
    };
    let operator = api.operator()?;
    TenantServiceClient::new(api.registry.clone()).create_tenant(operator.says(request)).await?;
    Ok(())
}

async fn set_calendar(api: &Api, hr: &Actor) -> anyhow::Result<()> {
    let holiday = |kind: pb::HolidayKind| {
        move |on: &str| pb::Holiday {
            on: on.to_owned(),
            kind: kind.into(),
            name: "SKB 3 Menteri 2026".to_owned(),
        }
    };
    let national = HOLIDAYS.into_iter().map(holiday(pb::HolidayKind::National));
    let collective = COLLECTIVE_LEAVE.into_iter().map(holiday(pb::HolidayKind::CollectiveLeave));
    let request = pb::SetCalendarYearRequest {
        year: 2026,
        holidays: national.chain(collective).collect(),
        etag: String::new(),
        request_id: api.request_id(),
    };
    CalendarServiceClient::new(api.registry.clone()).set_calendar_year(hr.says(request)).await?;
    Ok(())
}

async fn import(
    api: &Api,
    hr: &Actor,
    source: Source,
) -> anyhow::Result<(pb::ImportCounts, Vec<pb::ImportFault>)> {
    let header = pb::ImportHeader {
        request_id: api.request_id(),
        dry_run: false,
        mode: pb::ImportMode::GoodRows.into(),
        create_units: true,
        as_of: AS_OF.to_owned(),
    };
    let import_id = header.request_id.clone();
    let sign = |messages| hr.streams(messages);
    let done = upload(api.registry.clone(), header, source.people, sign, |_| ()).await?;
    ensure!(
        done.state() == pb::ImportState::Done,
        "the import of {} ended in {:?}",
        source.name,
        done.state()
    );
    let client = ImportServiceClient::new(api.registry.clone());
    let faults = all(|page_token| {
        let (mut client, import_id) = (client.clone(), import_id.clone());
        let request = hr.says(pb::ListImportFaultsRequest { import_id, page_size: 0, page_token });
        async move {
            let page = client.list_import_faults(request).await?.into_inner();
            Ok((page.faults, page.next_page_token))
        }
    })
    .await?;
    Ok((done.counts.unwrap_or_default(), faults))
}

/// The elected leader, who rates the secretary: at the head of the government as a whole.
async fn install_leader(api: &Api, hr: &Actor, source: Source) -> anyhow::Result<()> {
    let unit = create_government_unit(api, hr, source).await?;
    let position = pb::CreatePositionRequest {
        unit_id: unit.clone(),
        name: source.leader.to_owned(),
        kind: pb::PositionKind::RegionalLeader.into(),
        heads_unit: true,
        opened_on: AS_OF.to_owned(),
        request_id: api.request_id(),
        ..Default::default()
    };
    let mut positions = PositionServiceClient::new(api.registry.clone());
    let position = positions.create_position(hr.says(position)).await?.into_inner().position;
    let leader = pb::CreateEmployeeRequest {
        name: Some(pb::PersonName { name: source.leader.to_owned(), ..Default::default() }),
        employment_kind: pb::EmploymentKind::StateOfficial.into(),
        status: pb::EmployeeStatus::Active.into(),
        opened_on: AS_OF.to_owned(),
        request_id: api.request_id(),
        ..Default::default()
    };
    let mut employees = EmployeeServiceClient::new(api.registry.clone());
    let leader = employees.create_employee(hr.says(leader)).await?.into_inner().employee;
    let assignment = pb::CreateAssignmentRequest {
        employee_id: leader.context("no employee")?.employee_id,
        position_id: position.context("no position")?.position_id,
        kind: pb::AssignmentKind::Definitive.into(),
        from_on: AS_OF.to_owned(),
        request_id: api.request_id(),
        ..Default::default()
    };
    AssignmentServiceClient::new(api.registry.clone())
        .create_assignment(hr.says(assignment))
        .await?;
    hang_roots_below(api, hr, &unit).await
}

async fn create_government_unit(api: &Api, hr: &Actor, source: Source) -> anyhow::Result<String> {
    let request = pb::CreateUnitRequest {
        code: "PEMDA".to_owned(),
        name: source.name.to_owned(),
        kind: pb::UnitKind::Government.into(),
        opened_on: AS_OF.to_owned(),
        request_id: api.request_id(),
        ..Default::default()
    };
    let mut units = UnitServiceClient::new(api.registry.clone());
    let unit = units.create_unit(hr.says(request)).await?.into_inner().unit;
    Ok(unit.context("no unit")?.unit_id)
}

async fn hang_roots_below(api: &Api, hr: &Actor, government: &str) -> anyhow::Result<()> {
    let client = UnitServiceClient::new(api.registry.clone());
    let units = all(|page_token| {
        let mut client = client.clone();
        let request =
            hr.says(pb::ListUnitsRequest { page_size: 500, page_token, ..Default::default() });
        async move {
            let page = client.list_units(request).await?.into_inner();
            Ok((page.units, page.next_page_token))
        }
    })
    .await?;
    let roots =
        units.into_iter().filter(|u| u.parent_unit_id.is_empty() && u.unit_id != government);
    for root in roots {
        let request = pb::MoveUnitRequest {
            unit_id: root.unit_id,
            parent_unit_id: government.to_owned(),
            from_on: AS_OF.to_owned(),
            etag: root.etag,
            request_id: api.request_id(),
        };
        client.clone().move_unit(hr.says(request)).await?;
    }
    Ok(())
}

async fn delegate(api: &Api, hr: &Actor, source: Source) -> anyhow::Result<()> {
    let rows = sources::delegations(source.tenant)?;
    each(format!("{}: delegations", source.tenant), rows, |row| async move {
        let employee_id = find(api, hr, &row.nip).await?;
        let last: Date = row.last_on.parse()?;
        let request = pb::CreateDelegationRequest {
            delegate: Some(pb::create_delegation_request::Delegate::EmployeeId(employee_id)),
            instrument_number: row.number,
            instrument_on: row.dated_on,
            from_on: row.from_on,
            until_on: last.checked_add(1.day())?.to_string(),
            request_id: api.request_id(),
        };
        let mut client = DelegationServiceClient::new(api.registry.clone());
        client.create_delegation(hr.says(request)).await?;
        Ok(())
    })
    .await?;
    Ok(())
}

/// The id of who has this identity number.
async fn find(api: &Api, hr: &Actor, nip: &str) -> anyhow::Result<String> {
    let request = pb::SearchEmployeesRequest {
        query: nip.to_owned(),
        scope: pb::SearchScope::Number.into(),
        ..Default::default()
    };
    let mut client = SearchServiceClient::new(api.registry.clone());
    let found = client.search_employees(hr.says(request)).await?.into_inner().employees;
    match found.as_slice() {
        [one] => Ok(one.employee_id.clone()),
        _ => bail!("{} people have the number {nip}", found.len()),
    }
}

async fn people(api: &Api, hr: &Actor, story: &Story) -> anyhow::Result<Vec<Person>> {
    let client = EmployeeServiceClient::new(api.registry.clone());
    let employees = all(|page_token| {
        let mut client = client.clone();
        let request =
            hr.says(pb::ListEmployeesRequest { page_size: 500, page_token, ..Default::default() });
        async move {
            let page = client.list_employees(request).await?.into_inner();
            Ok((page.employees, page.next_page_token))
        }
    })
    .await?;
    let active = employees.into_iter().filter(|employee| {
        employee.status() == pb::EmployeeStatus::Active
            && employee.employment_kind() != pb::EmploymentKind::StateOfficial
    });
    let mut people: Vec<Person> = active.filter_map(|e| Person::new(e, story)).collect();
    people.sort_by(|a, b| {
        (&a.name, &a.placement.position_name).cmp(&(&b.name, &b.placement.position_name))
    });
    for chunk in people.chunks_mut(500) {
        resolve_raters(api, hr, chunk).await?;
    }
    Ok(people)
}

async fn resolve_raters(api: &Api, hr: &Actor, people: &mut [Person]) -> anyhow::Result<()> {
    let request = pb::ResolveRatersRequest {
        employee_ids: people.iter().map(|person| person.id.to_string()).collect(),
        on: AS_OF.to_owned(),
    };
    let mut client = ReportingLineServiceClient::new(api.registry.clone());
    let answer = client.resolve_raters(hr.says(request)).await?.into_inner();
    let mut raters: BTreeMap<String, pb::RaterResolution> =
        answer.resolutions.into_iter().map(|r| (r.employee_id.clone(), r)).collect();
    let id = |official: Option<pb::RatingOfficial>| -> Option<Uuid> {
        official?.employee_id.parse().ok()
    };
    for person in people {
        if let Some(resolution) = raters.remove(&person.id.to_string()) {
            person.rater = id(resolution.rater);
            person.superior = id(resolution.rater_superior);
        }
    }
    Ok(())
}
