use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use kinerja_kit::{
    args::TlsArgs,
    auth::{Identity, Role, TokenSource},
    client::{self, Channel, Options},
    testing::otlp::{Receiver, numbers},
};
use kinerja_proto::registry::v1::{
    CreateTenantRequest, tenant_service_client::TenantServiceClient,
};
use kinerja_tests::{World, scene::new_id};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use tonic::Code;

use super::{TENANT, refused, units, until};
use crate::arrived::becomes;

/// When certificates end that are good, and those that are not, in seconds since 1970.
const GOOD: u64 = 4_102_444_800;
const EXPIRED: u64 = 1_700_000_000;
const UNITS: &str = "SELECT count(*) FROM units";

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_is_refused_and_logged_until_it_is_replaced() -> anyhow::Result<()> {
    let (authority, receiver) = (Authority::new()?, Receiver::start().await);
    let [services, caller, other] =
        ["services", "caller", "other"].map(|name| authority.party(name));
    let (services, caller, other) = (services?, caller?, other?);
    let mut world = serve(&services, &receiver).await?;
    let addr = world.process("registry", 0).addr;
    let url = format!("https://localhost:{}", addr.port());
    let channel = |party: &Party, identity| party.channel(&world, &url, identity);
    create_government(channel(&caller, Identity::operator())?).await?;
    let hr = Identity::officer(&TENANT.parse()?, Role::HrOfficer);
    let (officer, colleague) = (channel(&caller, hr.clone())?, channel(&other, hr)?);
    units::create(&officer, 0).await?;
    becomes(&world, "competency", UNITS, 1).await?;

    authority.certify(&caller, EXPIRED)?;
    are_refused(&officer).await?;
    until("the callee says why", async || Ok(says_expired(&world, "registry"))).await?;
    units::read(&colleague).await?;
    authority.certify(&caller, GOOD)?;
    are_served(&officer).await?;

    authority.certify(&services, EXPIRED)?;
    are_refused(&colleague).await?;
    until("the caller says why", async || Ok(says_expired(&world, "competency"))).await?;
    tells_expiry(&receiver, EXPIRED).await?;
    authority.certify(&services, GOOD)?;
    are_served(&colleague).await?;
    units::create(&officer, 1).await?;
    becomes(&world, "competency", UNITS, 2).await?;
    tells_expiry(&receiver, GOOD).await
}

/// Registry and competency, which show the certificate of `services` and ask callers for theirs.
async fn serve(services: &Party, receiver: &Receiver) -> anyhow::Result<World> {
    let environment = [
        ("KINERJA_TLS_CERT", services.file("cert.pem")),
        ("KINERJA_TLS_KEY", services.file("key.pem")),
        ("KINERJA_TLS_CA", services.file("ca.pem")),
        ("KINERJA_CONNECTION_AGE_SECONDS", "0.3".to_owned()),
        ("KINERJA_OTLP_ENDPOINT", receiver.endpoint()),
        ("KINERJA_METRIC_SECONDS", "1".to_owned()),
    ];
    let environment = environment.each_ref().map(|(name, value)| (*name, value.as_str()));
    let mut world = World::of(&["registry", "competency"], &environment).await?;
    world.add("registry").await?;
    let registry = format!("https://localhost:{}", world.process("registry", 0).addr.port());
    let mut competency = world.replica("competency");
    competency.env("KINERJA_REGISTRY_URL", registry);
    world.add_by("competency", &mut competency).await?;
    Ok(world)
}

async fn create_government(operator: Channel) -> anyhow::Result<()> {
    let request = CreateTenantRequest {
        tenant_id: TENANT.to_owned(),
        name: "Pemerintah Kota".to_owned(),
        time_zone: "Asia/Jakarta".to_owned(),
        request_id: new_id(),
    };
    TenantServiceClient::new(operator).create_tenant(client::system(request)).await?;
    Ok(())
}

/// Once the connections of before have come to their age.
async fn are_refused(caller: &Channel) -> anyhow::Result<()> {
    until("calls are refused", async || match units::read(caller).await {
        Ok(()) => Ok(false),
        Err(status) => {
            let expected = (Code::Unavailable, "NEIGHBOUR_UNAVAILABLE".to_owned());
            assert_eq!(refused(&status), expected, "{status:?}");
            Ok(true)
        }
    })
    .await
}

async fn are_served(caller: &Channel) -> anyhow::Result<()> {
    until("calls are served", async || Ok(units::read(caller).await.is_ok())).await
}

fn says_expired(world: &World, service: &str) -> bool {
    let lines = world.processes[service][0].lines();
    let says =
        |line: &String| line.contains(r#""level":"WARN""#) && line.contains("certificate expired");
    lines.iter().any(says)
}

async fn tells_expiry(receiver: &Receiver, expected: u64) -> anyhow::Result<()> {
    until("the metric tells when the certificate expires", async || {
        let metrics = receiver.metrics();
        let last = metrics.iter().rfind(|metric| metric.name == "kinerja.tls.certificate.expiry");
        let points = last.map(numbers).unwrap_or_default();
        Ok(points.iter().any(|(_, expires)| *expires == expected as f64))
    })
    .await
}

struct Authority(CertifiedIssuer<'static, KeyPair>);

/// The certificate, key and authorities of one party, in files of its own.
struct Party(PathBuf);

impl Authority {
    fn new() -> anyhow::Result<Self> {
        let mut params = CertificateParams::new(Vec::new())?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Ok(Self(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?))
    }

    fn party(&self, name: &str) -> anyhow::Result<Party> {
        let folder = std::env::temp_dir().join(format!("kinerja-{name}-XXXXXX"));
        let party = Party(nix::unistd::mkdtemp(&folder)?);
        fs::write(party.file("ca.pem"), self.0.pem())?;
        self.certify(&party, GOOD)?;
        Ok(party)
    }

    /// Replaces certificate and key, as secrets are replaced: by whole new files.
    fn certify(&self, party: &Party, expires: u64) -> anyhow::Result<()> {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()])?;
        params.not_after = date_time_ymd(1970, 1, 1) + Duration::from_secs(expires);
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.0)?;
        party.replace("cert.pem", &certificate.pem())?;
        party.replace("key.pem", &key.serialize_pem())
    }
}

impl Party {
    fn file(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    fn replace(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let new = self.0.join("new");
        fs::write(&new, text)?;
        Ok(fs::rename(new, self.0.join(name))?)
    }

    fn channel(&self, world: &World, url: &str, identity: Identity) -> anyhow::Result<Channel> {
        let path = |name: &str| Some(Path::new(&self.file(name)).to_owned());
        let tls = TlsArgs {
            tls_cert: path("cert.pem"),
            tls_key: path("key.pem"),
            tls_ca: path("ca.pem"),
        };
        let token = Some(TokenSource::development(world.issuer.clone(), identity));
        Ok(client::connect(url, Options { token, tls, ..Options::default() })?)
    }
}

impl Drop for Party {
    fn drop(&mut self) {
        // Only tidiness depends on it.
        let _ = fs::remove_dir_all(&self.0);
    }
}
