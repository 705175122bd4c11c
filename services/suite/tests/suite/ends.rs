//! How a suite ends, and what the next one finds.

use std::fs;

use kinerja_kit::{
    args::Mode,
    auth::{DevelopmentIssuer, Identity, TokenSource},
    client::{self, Channel, Options},
    clock::Clock,
};
use kinerja_proto::registry::v1::{self as pb, tenant_service_client::TenantServiceClient};
use nix::sys::signal::Signal;

use crate::{
    Folder, home,
    processes::{UP, Up, after_head, kinerja},
};

const STOPPED: &str = "Stopped. What was written is kept for the next `kinerja up`.";

pub(crate) fn tenants(folder: &Folder, up: &Up) -> anyhow::Result<TenantServiceClient<Channel>> {
    let issuer = DevelopmentIssuer::persisted(Mode::Development, &folder.0.join("issuer.key"))?;
    let token = Some(TokenSource::development(issuer, Identity::operator()));
    let options = Options { token, attempts: 1, ..Options::default() };
    Ok(TenantServiceClient::new(client::connect(up.url("registry"), options)?))
}

fn government(code: u32) -> pb::CreateTenantRequest {
    pb::CreateTenantRequest {
        tenant_id: format!("{}.{:02}", 11 + code / 99, 1 + code % 99),
        name: format!("Pemerintah {code}"),
        time_zone: "Asia/Jakarta".to_owned(),
        request_id: Clock::system().new_uuid().to_string(),
    }
}

/// How many governments there are.
async fn counted(folder: &Folder, up: &Up) -> anyhow::Result<usize> {
    let (mut client, mut count, mut page_token) = (tenants(folder, up)?, 0, String::new());
    loop {
        let request = pb::ListTenantsRequest { page_size: 500, page_token };
        let page = client.list_tenants(client::system(request)).await?.into_inner();
        (count, page_token) = (count + page.tenants.len(), page.next_page_token);
        if page_token.is_empty() {
            return Ok(count);
        }
    }
}

fn log_of_postgres(folder: &Folder) -> anyhow::Result<String> {
    Ok(fs::read_to_string(home(&folder.0)?.join("postgres.log"))?)
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_services_and_then_the_database_and_loses_nothing() -> anyhow::Result<()> {
    let folder = Folder::new();
    let up = Up::start(&folder.0)?;
    let mut client = tenants(&folder, &up)?;
    let mut acknowledged = 0;
    while acknowledged < 20 {
        client.create_tenant(client::system(government(acknowledged))).await?;
        acknowledged += 1;
    }
    up.signal(Signal::SIGINT)?;
    // What is still taken while it drains counts as well.
    while client.create_tenant(client::system(government(acknowledged))).await.is_ok() {
        acknowledged += 1;
    }
    let ended = up.end()?;
    assert_eq!((ended.code, ended.last_line.as_str()), (0, STOPPED), "{}", ended.complaints);
    let log = log_of_postgres(&folder)?;
    assert!(log.contains("database system is shut down"), "{log}");

    let again = Up::start(&folder.0)?;
    let there = counted(&folder, &again).await?;
    // The last one may have gone in without an answer.
    assert!((acknowledged..=acknowledged + 1).contains(&u32::try_from(there)?), "{there}");
    again.signal(Signal::SIGINT)?;
    assert_eq!(again.end()?.code, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_while_it_starts_ends_it_in_order_too() -> anyhow::Result<()> {
    let folder = Folder::new();
    let mut up = Up::begin(kinerja(&folder.0, &UP))?;
    up.says("Starting four services on a private PostgreSQL …")?;
    up.signal(Signal::SIGINT)?;
    let ended = up.end()?;
    assert_eq!((ended.code, ended.last_line.as_str()), (0, STOPPED), "{}", ended.complaints);
    assert!(log_of_postgres(&folder)?.contains("database system is shut down"));
    Ok(())
}

#[test]
fn a_suite_that_nobody_reads_ends_in_order_and_without_a_word() -> anyhow::Result<()> {
    let folder = Folder::new();
    let ended = after_head(kinerja(&folder.0, &UP), 1)?;
    assert_eq!(ended.status.code(), Some(141));
    assert_eq!(String::from_utf8(ended.stderr)?, "");
    assert!(log_of_postgres(&folder)?.contains("database system is shut down"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_suite_leaves_a_database_that_the_next_adopts() -> anyhow::Result<()> {
    let folder = Folder::new();
    let up = Up::start(&folder.0)?;
    tenants(&folder, &up)?.create_tenant(client::system(government(1))).await?;
    up.signal(Signal::SIGKILL)?;
    assert_eq!(up.end()?.code, -(Signal::SIGKILL as i32));

    let again = Up::start(&folder.0)?;
    assert_eq!(counted(&folder, &again).await?, 1);
    let starts = log_of_postgres(&folder)?.matches("starting PostgreSQL").count();
    assert_eq!(starts, 1, "the server that was left is used on");
    again.signal(Signal::SIGTERM)?;
    assert_eq!(again.end()?.code, 0);
    Ok(())
}
