//! `kinerja export`

use std::{
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use kinerja_kit::{
    auth::{Identity, Role},
    client,
    tenant::TenantId,
};
use kinerja_proto::registry::v1::{self as pb, export_service_client::ExportServiceClient};

use super::{connect, refusal};
use crate::{output, progress::Progress};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The government, such as 12.76
    #[arg(long)]
    tenant: TenantId,
    /// Where to write; a file that is there is replaced once the export is complete
    file: PathBuf,
    /// The day to describe; today without it
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<String>,
    /// The registry
    #[arg(long, default_value = "http://127.0.0.1:7101")]
    url: String,
}

pub async fn run(folder: &Path, args: Args) -> anyhow::Result<()> {
    let url = args.url.clone();
    let unfinished = unfinished(&args.file);
    export(folder, args, &unfinished).await.map_err(|error| {
        // Not there when it failed before.
        let _ = fs::remove_file(&unfinished);
        refusal::told(error, &url)
    })
}

/// Beside the file, so that it can take its place in one step.
fn unfinished(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".unfinished");
    file.with_file_name(name)
}

async fn export(folder: &Path, args: Args, unfinished: &Path) -> anyhow::Result<()> {
    ensure!(!args.file.is_dir(), "{} is a folder: name a file in it", args.file.display());
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
    let file = File::create(unfinished)
        .with_context(|| format!("cannot write {}", unfinished.display()))?;
    let progress = Progress::counting(format!("rows in {}", args.file.display()));
    let (mut file, mut rows) = (BufWriter::new(file), 0);
    while let Some(part) = parts.message().await? {
        file.write_all(&part.csv)?;
        progress.add(usize::try_from(part.rows - rows).unwrap_or_default());
        rows = part.rows;
    }
    file.into_inner()?.sync_all()?;
    fs::rename(unfinished, &args.file)
        .with_context(|| format!("cannot write {}", args.file.display()))?;
    progress.finish();
    output::line(format_args!("{rows} rows in {}", args.file.display()))
}
