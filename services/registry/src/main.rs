//! The binary of the employee registry.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: kinerja_kit::Allocator = kinerja_kit::Allocator;

fn main() -> ExitCode {
    kinerja_kit::service::main(&kinerja_registry::DEFINITION)
}
