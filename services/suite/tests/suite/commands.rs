//! The operator's commands against a running suite: what they print, and what they say when they fail.

use std::{fs, path::Path};

use anyhow::{Context as _, ensure};
use kinerja_kit::{args::Mode, auth::DevelopmentIssuer, client, clock::Clock};
use kinerja_proto::registry::v1 as pb;
use nix::sys::signal::Signal;

use crate::{
    Folder,
    ends::tenants,
    processes::{Up, after_head, complaint, kinerja},
};

const PEOPLE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/demo/12.76-tebing-tinggi.csv");

async fn take_in(folder: &Folder, up: &Up) -> anyhow::Result<()> {
    let request = pb::CreateTenantRequest {
        tenant_id: "12.76".to_owned(),
        name: "Pemerintah Kota Tebing Tinggi".to_owned(),
        time_zone: "Asia/Jakarta".to_owned(),
        request_id: Clock::system().new_uuid().to_string(),
    };
    tenants(folder, up)?.create_tenant(client::system(request)).await?;
    Ok(())
}

/// What a command prints that must succeed.
fn printed(folder: &Folder, words: &[&str]) -> anyhow::Result<String> {
    let output = kinerja(&folder.0, words).output()?;
    ensure!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_imported_is_exported_and_the_clock_is_where_it_was_set() -> anyhow::Result<()> {
    let folder = Folder::new();
    let up = Up::start(&folder.0)?;
    let url = up.url("registry");
    let to = |command, file| [command, "--url", url, "--tenant", "12.76", file];
    let refused = complaint(kinerja(&folder.0, &to("import", PEOPLE)))?;
    assert!(refused.contains("an operator creates it first"), "{refused}");

    take_in(&folder, &up).await?;
    let told = printed(&folder, &to("import", PEOPLE))?;
    assert!(told.starts_with("created 501, updated 0, unchanged 0, refused 5;"), "{told}");
    assert!(told.contains("row 190, column 1 (NIP): A spreadsheet turned"), "{told}");

    let exported = folder.0.join("people.csv");
    fs::write(&exported, "replaced")?;
    let name = exported.to_string_lossy();
    assert_eq!(printed(&folder, &to("export", &name))?, format!("502 rows in {name}\n"));
    assert_eq!(fs::read_to_string(&exported)?.lines().count(), 503);
    let none = folder.0.join("none/people.csv").to_string_lossy().into_owned();
    let refused = complaint(kinerja(&folder.0, &to("export", &none)))?;
    assert!(refused.starts_with("error: cannot write"), "{refused}");

    let set = printed(&folder, &["clock", "set", "2026-03-31T09:00", "--url", url])?;
    assert!(set.contains("2026-03-31T02:00:0"), "West Indonesian time: {set}");
    let read = printed(&folder, &["clock", "get", "--url", url])?;
    assert!(read.contains("2026-03-31T02:0"), "{read}");
    up.signal(Signal::SIGINT)?;
    assert_eq!(up.end()?.code, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_import_is_told_as_such_and_shows_what_came_of_it() -> anyhow::Result<()> {
    let folder = Folder::new();
    let up = Up::start(&folder.0)?;
    take_in(&folder, &up).await?;
    let import = |option: &'static str| {
        printed(
            &folder,
            &["import", "--url", up.url("registry"), "--tenant", "12.76", option, PEOPLE],
        )
    };
    for (option, did) in
        [("--dry-run", "would be created 501,"), ("--as-of=2026-01-02", "created 501,")]
    {
        let first = import(option)?;
        assert!(first.starts_with(did) && first.contains("It took "), "{first}");
        let again = import(option)?;
        let (head, rest) = again.split_once('\n').context("more than a line")?;
        assert!(head.starts_with("The same import was finished at 20"), "{again}");
        let (came_of_it, _) = first.split_once("It took ").context("how long it took")?;
        assert_eq!(rest, came_of_it);
    }
    up.signal(Signal::SIGINT)?;
    assert_eq!(up.end()?.code, 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_whose_output_nobody_reads_ends_without_a_word() -> anyhow::Result<()> {
    let folder = Folder::new();
    let up = Up::start(&folder.0)?;
    take_in(&folder, &up).await?;
    let (url, file) = (up.url("registry"), folder.0.join("people.csv"));
    let file = file.to_string_lossy();
    let all: [&[&str]; 6] = [
        &["token", "--as", "operator"],
        &["clock", "get", "--url", url],
        &["import", "--url", url, "--tenant", "12.76", PEOPLE],
        &["export", "--url", url, "--tenant", "12.76", &file],
        &["up"],
        &["demo"],
    ];
    for words in all {
        let ended = after_head(kinerja(&folder.0, words), 0)?;
        assert_eq!(ended.status.code(), Some(141), "{words:?}");
        assert_eq!(String::from_utf8(ended.stderr)?, "", "{words:?}");
    }
    assert_eq!(fs::read_to_string(&*file)?.lines().count(), 503, "it was written all the same");
    up.signal(Signal::SIGINT)?;
    assert_eq!(up.end()?.code, 0);
    Ok(())
}

#[test]
fn a_command_that_cannot_be_carried_out_names_a_way_out() -> anyhow::Result<()> {
    let folder = Folder::new();
    let no_suite = complaint(kinerja(&folder.0, &["token", "--as", "operator"]))?;
    assert!(no_suite.contains("start one with `kinerja up`"), "{no_suite}");

    a_key_is_there(&folder.0)?;
    let ways_out: [(&[&str], &str); 5] = [
        (&["token", "--as", "boss"], "hr_officer, unit_leader"),
        (&["token", "--as", "hr_officer"], "--tenant 12.76"),
        (&["token", "--as", "employee", "--tenant", "12.76"], "by id"),
        (&["clock", "set", "tomorrow"], "write 2026-03-31"),
        (&["clock", "get", "--url", "http://127.0.0.1:1"], "start one with `kinerja up`"),
    ];
    for (words, way_out) in ways_out {
        let said = complaint(kinerja(&folder.0, words))?;
        assert!(said.contains(way_out) && said.lines().count() == 1, "{words:?}: {said}");
    }
    Ok(())
}

fn a_key_is_there(folder: &Path) -> anyhow::Result<()> {
    DevelopmentIssuer::persisted(Mode::Development, &folder.join("issuer.key"))?;
    Ok(())
}
