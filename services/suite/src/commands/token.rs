//! `kinerja token`

use std::path::Path;

use anyhow::bail;
use kinerja_kit::{
    auth::{Identity, Role},
    tenant::TenantId,
};
use uuid::Uuid;

use super::connect;
use crate::output;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A role (hr_officer, operator, …), or the id of an employee
    #[arg(long = "as", value_name = "WHO")]
    who: String,
    /// The government, such as 12.76; the province (its two digits) for a province_auditor
    #[arg(long)]
    tenant: Option<TenantId>,
}

pub async fn run(folder: &Path, args: Args) -> anyhow::Result<()> {
    let issuer = connect::issuer(folder)?;
    output::line(issuer.token(&identity(&args)?))
}

fn identity(args: &Args) -> anyhow::Result<Identity> {
    if let Ok(employee) = args.who.parse::<Uuid>() {
        return Ok(Identity::employee(tenant(args)?, employee));
    }
    Ok(match args.who.parse::<Role>() {
        Ok(Role::Operator) => Identity::operator(),
        Ok(Role::Service) => Identity::service("trial"),
        Ok(Role::ProvinceAuditor) => Identity::province(tenant(args)?.province()),
        Ok(Role::Employee) => bail!(
            "name the employee by id: --as 0197a000-…; SearchEmployees of the registry finds it"
        ),
        Ok(role) => Identity::officer(tenant(args)?, role),
        Err(_) => bail!("{:?} is neither the id of an employee nor a role: {}", args.who, roles()),
    })
}

/// Those that can be asked for by name.
fn roles() -> String {
    let named = Role::ALL.into_iter().filter(|role| *role != Role::Employee);
    named.map(Role::name).collect::<Vec<_>>().join(", ")
}

fn tenant(args: &Args) -> anyhow::Result<&TenantId> {
    match &args.tenant {
        Some(tenant) => Ok(tenant),
        None => bail!("name the government, for example --tenant 12.76"),
    }
}
