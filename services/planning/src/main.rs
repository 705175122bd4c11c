#[global_allocator]
static ALLOCATOR: kinerja_kit::Allocator = kinerja_kit::Allocator;

fn main() -> std::process::ExitCode {
    kinerja_kit::service::main(&kinerja_planning::DEFINITION)
}
