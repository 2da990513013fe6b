//! Generates the messages and stubs of the API, and what servers in tests are
//! made of: `codegen PROTOS OUT TESTS`.
use std::{env, fs, path::PathBuf};

fn main() -> std::io::Result<()> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (Some(protos), Some(out), Some(tests)) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        panic!("usage: codegen PROTOS OUT TESTS");
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(protos.join("rolegate/v1"))? {
        files.push(entry?.path());
    }
    files.sort();
    tonic_prost_build::configure()
        .build_server(false)
        .out_dir(out)
        .compile_protos(&files, std::slice::from_ref(&protos))?;
    tonic_prost_build::configure()
        .build_client(false)
        .extern_path(".rolegate.v1", "::rolegate::v1")
        .out_dir(tests)
        .compile_protos(&files, std::slice::from_ref(&protos))
}
