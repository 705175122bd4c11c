//! `kinerja clock`

use std::path::Path;

use anyhow::{Context as _, bail};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use kinerja_kit::{
    auth::{DevelopmentIssuer, Identity},
    client,
    fields::instant,
};
use kinerja_proto::common::v1::{
    GetClockRequest, SetClockRequest, clock_service_client::ClockServiceClient,
};

use super::{connect, refusal};
use crate::output;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show the time of the suite
    Get(Where),
    /// Make it another time, from which the clock goes on
    Set {
        /// `2026-03-31`, `2026-03-31T09:00` (West Indonesian time), or an instant such as 2026-03-31T02:00:00Z
        at: String,
        #[command(flatten)]
        at_address: Where,
    },
}

#[derive(Debug, clap::Args)]
pub struct Where {
    /// The services, which share a clock only inside one process
    #[arg(long, default_value = "http://127.0.0.1:7101")]
    url: Vec<String>,
}

pub async fn run(folder: &Path, command: Command) -> anyhow::Result<()> {
    let issuer = connect::issuer(folder)?;
    let (urls, set) = match &command {
        Command::Get(place) => (&place.url, None),
        Command::Set { at, at_address } => (&at_address.url, Some(parse(at)?)),
    };
    for url in urls {
        let now = tell(&issuer, url, set).await.map_err(|error| refusal::told(error, url))?;
        output::line(format_args!("{url}  {now}"))?;
    }
    Ok(())
}

/// Sets the clock of the services at `url` if an instant is given, and reads it.
async fn tell(
    issuer: &DevelopmentIssuer,
    url: &str,
    set: Option<Timestamp>,
) -> anyhow::Result<Timestamp> {
    let channel = connect::channel(issuer, &Identity::operator(), url)?;
    let mut clock = ClockServiceClient::new(channel);
    let now = match set {
        Some(at) => {
            let request = SetClockRequest { now: Some(instant(at)) };
            clock.set_clock(client::system(request)).await?.into_inner().now
        }
        None => clock.get_clock(client::system(GetClockRequest {})).await?.into_inner().now,
    };
    let now = now.context("the service did not say what time it is")?;
    Ok(Timestamp::new(now.seconds, now.nanos)?)
}

fn parse(text: &str) -> anyhow::Result<Timestamp> {
    if let Ok(instant) = text.parse() {
        return Ok(instant);
    }
    let Ok(local) = text.parse::<DateTime>() else {
        bail!("{text:?} is no time: write 2026-03-31, 2026-03-31T09:00 or 2026-03-31T02:00:00Z");
    };
    Ok(local.to_zoned(TimeZone::get("Asia/Jakarta")?)?.timestamp())
}
