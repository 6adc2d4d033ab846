//! Lists `src/catalog/<service>/<check>.rs`, so that a new check is a new file and no registry has to be edited.

use std::{
    env,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    let catalog = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("src/catalog");
    println!("cargo::rerun-if-changed=src/catalog");

    let mut modules = String::new();
    let mut entries = String::new();
    for service in sorted(&catalog)?.iter().filter(|path| path.is_dir()) {
        let service_name = stem(service);
        let _ = writeln!(modules, "#[doc = \"Checks about `{service_name}`.\"]\npub mod {service_name} {{");
        for check in sorted(service)?.iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")) {
            let check_name = stem(check);
            // The path is put together when the crate is compiled: two checkouts may share a target folder, and this script's output.
            let _ = writeln!(
                modules,
                "#[doc = \"The check `{}`.\"]\npub mod {check_name} {{ include!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/src/catalog/{service_name}/{check_name}.rs\")); }}",
                check_name.replace('_', "-")
            );
            let _ = writeln!(entries, "RegisteredCheck::new::<{service_name}::{check_name}::Check>({service_name:?}, {check_name:?}),");
        }
        modules.push_str("}\n");
    }
    let generated =
        format!("{modules}\n/// Every check there is, by service and name.\npub static CHECKS: &[RegisteredCheck] = &[\n{entries}];\n");
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("catalog.rs"), generated)
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
