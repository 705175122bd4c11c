//! `kinerja import`

use std::{
    cell::{Cell, OnceCell},
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use kinerja_kit::{
    auth::{Identity, Role},
    client,
    tenant::TenantId,
};
use kinerja_proto::registry::v1::{self as pb, import_service_client::ImportServiceClient};
use uuid::Uuid;

use super::{connect, refusal};
use crate::{
    output,
    progress::Progress,
    upload::{told, upload},
};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The government, such as 12.76
    #[arg(long)]
    tenant: TenantId,
    /// A personnel export as CSV, in the columns of `ImportService` in proto/
    file: PathBuf,
    /// Report what is wrong, change nothing
    #[arg(long)]
    dry_run: bool,
    /// One faulty row and nothing goes in
    #[arg(long)]
    all_or_nothing: bool,
    /// Refuse units and positions that are not known yet
    #[arg(long)]
    known_units_only: bool,
    /// The day the export describes, at the latest today; today without it
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<String>,
    /// The registry
    #[arg(long, default_value = "http://127.0.0.1:7101")]
    url: String,
}

/// The same command for the same file continues an interrupted import, and shows what came of a finished one.
pub async fn run(folder: &Path, args: Args) -> anyhow::Result<()> {
    let url = args.url.clone();
    import(folder, args).await.map_err(|error| refusal::told(error, &url))
}

async fn import(folder: &Path, args: Args) -> anyhow::Result<()> {
    let file =
        fs::read(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?;
    let issuer = connect::issuer(folder)?;
    let identity = Identity::officer(&args.tenant, Role::HrOfficer);
    let registry = connect::channel(&issuer, &identity, &args.url)?;
    let header = header(&args, &file);
    let import_id = header.request_id.clone();
    let progress = Progress::start(args.file.display().to_string(), file.len());
    let (sent, repeated) = (Cell::new(0), OnceCell::new());
    let watch = |import: &pb::Import| {
        repeated.get_or_init(|| is_over(import));
        let received = usize::try_from(import.received_bytes).unwrap_or_default();
        progress.add(received.saturating_sub(sent.replace(received)));
    };
    let import = upload(registry.clone(), header, &file, client::stream, watch).await?;
    let spent = progress.finish();
    let repeated = repeated.into_inner().unwrap_or_default();
    if repeated {
        tell_of_repeat(&import)?;
    }
    report(&import)?;
    faults(ImportServiceClient::new(registry), import_id).await?;
    if !repeated {
        output::line(format_args!("It took {:.1} s.", spent.as_secs_f64()))?;
    }
    if import.state() == pb::ImportState::Refused {
        bail!("rows were refused, so nothing went in");
    }
    Ok(())
}

fn header(args: &Args, file: &[u8]) -> pb::ImportHeader {
    let mode = match args.all_or_nothing {
        true => pb::ImportMode::AllOrNothing,
        false => pb::ImportMode::GoodRows,
    };
    let mut header = pb::ImportHeader {
        request_id: String::new(),
        dry_run: args.dry_run,
        mode: mode.into(),
        create_units: !args.known_units_only,
        as_of: args.as_of.clone().unwrap_or_default(),
    };
    let options = format!("{} {header:?}", args.tenant);
    header.request_id =
        Uuid::new_v5(&Uuid::new_v5(&Uuid::NAMESPACE_OID, options.as_bytes()), file).to_string();
    header
}

fn is_over(import: &pb::Import) -> bool {
    matches!(import.state(), pb::ImportState::Done | pb::ImportState::Refused)
}

fn tell_of_repeat(import: &pb::Import) -> anyhow::Result<()> {
    let ended = import.update_time.unwrap_or_default();
    output::line(format_args!(
        "The same import was finished at {}, and nothing is done again; with another --as-of it would be. \
         What came of it:",
        Timestamp::from_second(ended.seconds)?
    ))
}

fn report(import: &pb::Import) -> anyhow::Result<()> {
    let counts = import.counts.unwrap_or_default();
    let would = if import.dry_run { "would be " } else { "" };
    output::line(format_args!(
        "{would}created {}, {would}updated {}, unchanged {}, refused {}; units created {}, positions created {}",
        counts.created,
        counts.updated,
        counts.unchanged,
        counts.refused,
        counts.units_created,
        counts.positions_created
    ))?;
    if counts.faults > 0 {
        output::line("Faults, by row below the header line:")?;
    }
    Ok(())
}

async fn faults(
    mut imports: ImportServiceClient<client::Channel>,
    import_id: String,
) -> anyhow::Result<()> {
    let mut page_token = String::new();
    loop {
        let request = pb::ListImportFaultsRequest {
            import_id: import_id.clone(),
            page_size: 500,
            page_token,
        };
        let page = imports.list_import_faults(client::system(request)).await?.into_inner();
        for fault in page.faults {
            output::line(format_args!("  {}", told(&fault)))?;
        }
        if page.next_page_token.is_empty() {
            return Ok(());
        }
        page_token = page.next_page_token;
    }
}
