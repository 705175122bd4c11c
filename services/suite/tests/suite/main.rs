//! The suite on a private cluster: what it survives, and what it says when it cannot.

mod commands;
mod ends;
mod left_behind;
mod processes;
mod trouble;
mod year;

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
};

use kinerja_kit::{
    auth::{Identity, TokenSource},
    client::{self, Options as ClientOptions},
    clock::Clock,
    server,
};
use kinerja_proto::registry::v1::{self as pb, tenant_service_client::TenantServiceClient};
use kinerja_suite::{
    cluster::Cluster,
    suite::{Options, Suite},
};
use sqlx::{ConnectOptions as _, Connection as _};

/// A folder of the test's own, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        server::install_crypto();
        let template = std::env::temp_dir().join("kinerja-suite-XXXXXX");
        let folder = nix::unistd::mkdtemp(&template).expect("a temporary folder");
        Cluster::claim(&folder).expect("PostgreSQL and a place for a cluster");
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = Cluster::discard(&self.0);
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Where the cluster of `folder` lies.
fn home(folder: &Path) -> anyhow::Result<PathBuf> {
    match std::fs::read_to_string(folder.join("cluster")) {
        Ok(named) => Ok(named.trim().into()),
        Err(_) => Ok(folder.canonicalize()?.join("postgres")),
    }
}

fn options(folder: &Folder) -> Options {
    Options {
        folder: folder.0.clone(),
        port: 0,
        health_port: 0,
        clock: Clock::system(),
        settings: &[],
    }
}

fn tenants(suite: &Suite) -> TenantServiceClient<client::Channel> {
    let token = TokenSource::development(suite.issuer.clone(), Identity::operator());
    let options = ClientOptions { token: Some(token), ..ClientOptions::default() };
    TenantServiceClient::new(client::connect(&suite.url("registry"), options).expect("an address"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_survives_the_suite() -> anyhow::Result<()> {
    let folder = Folder::new();
    let suite = Suite::start(options(&folder)).await?;
    let request = pb::CreateTenantRequest {
        tenant_id: "12.76".to_owned(),
        name: "Kota Tebing Tinggi".to_owned(),
        time_zone: "Asia/Jakarta".to_owned(),
        request_id: Clock::system().new_uuid().to_string(),
    };
    tenants(&suite).create_tenant(client::system(request)).await?;
    suite.stop().await?;

    let suite = Suite::start(options(&folder)).await?;
    let request = pb::GetTenantRequest { tenant_id: "12.76".to_owned() };
    let tenant = tenants(&suite).get_tenant(client::system(request)).await?.into_inner().tenant;
    assert_eq!(tenant.map(|tenant| tenant.name).as_deref(), Some("Kota Tebing Tinggi"));
    suite.remove().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_suite_on_one_cluster_is_told_a_way_out() -> anyhow::Result<()> {
    let folder = Folder::new();
    let first = Cluster::start(&folder.0).await?;
    let refused = Cluster::start(&folder.0).await.expect_err("the cluster is in use").to_string();
    assert!(
        refused.contains("another suite is running") && refused.contains("--data"),
        "{refused}"
    );
    first.remove()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_a_killed_suite_left_running_is_adopted() -> anyhow::Result<()> {
    let folder = Folder::new();
    let left = Cluster::start(&folder.0).await?;
    let before = left.url("postgres", "postgres");
    drop(left);
    let adopted = Cluster::start(&folder.0).await?;
    assert_eq!(adopted.url("postgres", "postgres"), before);
    adopted.remove()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_made_cluster_is_made_again() -> anyhow::Result<()> {
    let folder = Folder::new();
    let cluster = Cluster::start(&folder.0).await?;
    let data = cluster.folder().join("data");
    cluster.stop()?;
    std::fs::remove_file(data.join("PG_VERSION"))?;
    let again = Cluster::start(&folder.0).await?;
    again.owner("planning").connect().await?.close().await?;
    again.remove()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_named_with_a_way_out() -> anyhow::Result<()> {
    let folder = Folder::new();
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port();
    let refused =
        Suite::start(Options { port, ..options(&folder) }).await.expect_err("it is taken");
    let refused = format!("{refused:#}");
    assert!(refused.contains("--port") && refused.contains(&port.to_string()), "{refused}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cluster_admits_nobody_without_its_password() -> anyhow::Result<()> {
    let folder = Folder::new();
    let cluster = Cluster::start(&folder.0).await?;
    let refused = cluster.owner("planning").password("guess").connect().await;
    assert!(refused.is_err(), "a guessed password was let in");
    cluster.remove()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_statement_and_no_transaction_of_who_serves_goes_on_without_end() -> anyhow::Result<()> {
    let folder = Folder::new();
    let cluster = Cluster::start(&folder.0).await?;
    let mut conn = cluster.app("planning").connect().await?;
    for (setting, bound) in
        [("statement_timeout", "30s"), ("idle_in_transaction_session_timeout", "1min")]
    {
        let set: String = sqlx::query_scalar("SELECT current_setting($1)")
            .bind(setting)
            .fetch_one(&mut conn)
            .await?;
        assert_eq!(set, bound, "{setting}");
    }
    conn.close().await?;
    cluster.remove()
}
