//! A client in another language, made from `proto/` alone, goes through a year.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, ensure};
use kinerja_kit::clock::Clock;
use kinerja_suite::{
    cluster::{Cluster, THROW_AWAY},
    suite::{Options, Suite},
};

/// A folder of the test's own, gone with it.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = Cluster::discard(&self.0);
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Needs the interpreter of `deploy/scripts/tools python`, which `make test` installs.
#[tokio::test(flavor = "multi_thread")]
async fn a_python_client_made_from_the_protos_alone_creates_approves_rates_and_reads()
-> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let python = root.join(".tools/python/bin/python");
    if !python.exists() {
        println!(
            "left out: there is no {}; deploy/scripts/tools python makes it",
            python.display()
        );
        return Ok(());
    }
    kinerja_kit::server::install_crypto();
    let template = std::env::temp_dir().join("kinerja-python-XXXXXX");
    let folder = Folder(nix::unistd::mkdtemp(&template)?);
    Cluster::claim(&folder.0)?;
    let generated = folder.0.join("generated");
    generate(&python, &root.join("proto"), &generated)?;
    let options = Options {
        folder: folder.0.clone(),
        port: 0,
        health_port: 0,
        clock: Clock::system(),
        settings: &THROW_AWAY,
    };
    let suite = Suite::start(options).await?;
    let told = year(&python, &root, &generated, &suite, &folder.0);
    suite.stop().await?;

    let told = told?;
    assert!(told.contains("PREDICATE_GOOD"), "{told}");
    assert!(told.contains("M.03 Menulis lebih ringkas"), "{told}");
    Ok(())
}

/// Makes the client's modules from every file in `protos`.
fn generate(python: &Path, protos: &Path, into: &Path) -> anyhow::Result<()> {
    std::fs::create_dir(into)?;
    let mut files = Vec::new();
    collect(protos, &mut files)?;
    ensure!(!files.is_empty(), "no protos in {}", protos.display());
    let mut command = Command::new(python);
    command.args(["-m", "grpc_tools.protoc"]).arg("-I").arg(protos);
    for kind in ["python_out", "grpc_python_out"] {
        command.arg(format!("--{kind}={}", into.display()));
    }
    run(command.args(files)).map(drop)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    Ok(())
}

fn year(
    python: &Path,
    root: &Path,
    generated: &Path,
    suite: &Suite,
    data: &Path,
) -> anyhow::Result<String> {
    let own = std::env::current_exe()?;
    let kinerja = own.parent().and_then(Path::parent).context("a target folder")?.join("kinerja");
    ensure!(kinerja.exists(), "build it first: cargo build -p kinerja-suite");
    let mut command = Command::new(python);
    command.arg(root.join("tests/client/year.py")).arg(generated);
    command.args(suite.addresses().into_iter().map(|(_, address, _)| address));
    run(command.arg(kinerja).arg(data))
}

fn run(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().context("cannot run Python")?;
    let (told, log) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    ensure!(output.status.success(), "Python ended with {}:\n{told}\n{log}", output.status);
    Ok(told.into_owned())
}
