//! `kinerja`: the whole suite in one process, for a laptop, a trial or a demonstration, and the
//! operator's commands.

mod cluster;

fn main() {}
