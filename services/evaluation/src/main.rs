fn main() -> std::process::ExitCode {
    kinerja_kit::service::main(&kinerja_evaluation::DEFINITION)
}
