//! The binary of competency, where the flows find it.

fn main() -> std::process::ExitCode {
    kinerja_kit::service::main(&kinerja_competency::DEFINITION)
}
