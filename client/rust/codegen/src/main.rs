//! Generates the messages and stubs of the API: `codegen PROTOS OUT`.
use std::{env, fs, path::PathBuf};

fn main() -> std::io::Result<()> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (protos, out) = match (arguments.next(), arguments.next()) {
        (Some(protos), Some(out)) => (protos, out),
        _ => panic!("usage: codegen PROTOS OUT"),
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(protos.join("rolegate/v1"))? {
        files.push(entry?.path());
    }
    files.sort();
    tonic_prost_build::configure()
        .build_server(false)
        .out_dir(out)
        .compile_protos(&files, &[protos])
}
