//! The binary of planning, where the flows find it.

fn main() -> std::process::ExitCode {
    kinerja_kit::service::main(&kinerja_planning::DEFINITION)
}
