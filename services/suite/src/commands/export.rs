//! `kinerja export`

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use kinerja_kit::{
    auth::{Identity, Role},
    client,
    tenant::TenantId,
};
use kinerja_proto::registry::v1::{self as pb, export_service_client::ExportServiceClient};

use super::connect;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The government, such as 12.76
    #[arg(long)]
    tenant: TenantId,
    /// Where to write; the file is replaced once the export is complete
    file: PathBuf,
    /// The day to describe; today without it
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<String>,
    /// The registry
    #[arg(long, default_value = "http://127.0.0.1:7101")]
    url: String,
}

pub async fn run(folder: &Path, args: Args) -> anyhow::Result<()> {
    let issuer = connect::issuer(folder)?;
    let identity = Identity::officer(&args.tenant, Role::HrOfficer);
    let registry = connect::channel(&issuer, &identity, &args.url)?;
    let request = pb::ExportEmployeesRequest {
        as_of: args.as_of.unwrap_or_default(),
        unit_id: String::new(),
        separator: pb::ExportSeparator::Semicolon.into(),
    };
    let mut parts = ExportServiceClient::new(registry)
        .export_employees(client::stream(request))
        .await?
        .into_inner();
    let unfinished = args.file.with_extension("unfinished");
    let file = File::create(&unfinished)
        .with_context(|| format!("cannot write {}", unfinished.display()))?;
    let (mut file, mut rows) = (BufWriter::new(file), 0);
    while let Some(part) = parts.message().await? {
        file.write_all(&part.csv)?;
        if part.rows / 50_000 > rows / 50_000 {
            eprintln!("  {} rows", part.rows);
        }
        rows = part.rows;
    }
    file.into_inner()?.sync_all()?;
    std::fs::rename(&unfinished, &args.file)?;
    println!("{rows} rows in {}", args.file.display());
    Ok(())
}
