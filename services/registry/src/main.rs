//! The binary of the employee registry.

use std::process::ExitCode;

fn main() -> ExitCode {
    kinerja_kit::service::main(&kinerja_registry::DEFINITION)
}
