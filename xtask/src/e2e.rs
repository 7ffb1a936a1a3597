//! The real binary, against the official SDKs.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use xshell::{Shell, cmd};

use crate::{Result, workspace_root};

/// Builds the binary, starts it with simulated providers behind it and runs the SDK tests; then plays the demo.
pub(crate) fn run(shell: &Shell) -> Result {
    cmd!(shell, "cargo build --locked --package outlast-cli").run()?;
    let python = venv(shell)?;
    sdk_tests(shell, &python)?;
    demo(shell, &python)
}

/// Makes a virtual environment with the SDKs under `target/`, once for each list of requirements.
fn venv(shell: &Shell) -> Result<PathBuf> {
    let venv = workspace_root().join("target/e2e/venv");
    let python = venv.join("bin/python");
    let requirements = workspace_root().join("xtask/e2e/requirements.txt");
    let stamp = venv.join("requirements.txt");
    let wanted = shell.read_file(&requirements)?;
    if shell
        .read_file(&stamp)
        .is_ok_and(|installed| installed == wanted)
    {
        return Ok(python);
    }
    cmd!(shell, "python3 -m venv {venv}").run()?;
    cmd!(
        shell,
        "{python} -m pip install --quiet --requirement {requirements}"
    )
    .run()?;
    shell.write_file(&stamp, wanted)?;
    Ok(python)
}

fn sdk_tests(shell: &Shell, python: &PathBuf) -> Result {
    let primary = Server::start(&["sim", "--api", "openai", "--listen", "127.0.0.1:0"], &[])?;
    let fallback = Server::start(
        &["sim", "--api", "anthropic", "--listen", "127.0.0.1:0"],
        &[],
    )?;
    let spare = Server::start(&["sim", "--api", "openai", "--listen", "127.0.0.1:0"], &[])?;
    let config = workspace_root().join("target/e2e/outlast.toml");
    let text = shell
        .read_file(workspace_root().join("xtask/e2e/outlast.toml"))?
        .replace("PRIMARY_URL", &primary.url)
        .replace("FALLBACK_URL", &fallback.url)
        .replace("SPARE_URL", &spare.url);
    shell.write_file(&config, text)?;
    let config = config.display().to_string();
    let gateway = Server::start(
        &["serve", "--config", &config, "--listen", "127.0.0.1:0"],
        &[
            ("E2E_UPSTREAM_KEY", "upstream-key"),
            ("E2E_CALLER_KEY", "caller-key"),
        ],
    )?;

    let tests = workspace_root().join("xtask/e2e");
    let _environment = [
        shell.push_env("OUTLAST_URL", &gateway.url),
        shell.push_env("OUTLAST_KEY", "caller-key"),
        shell.push_env("PRIMARY_URL", &primary.url),
        shell.push_env("FALLBACK_URL", &fallback.url),
    ];
    cmd!(shell, "{python} -m pytest -q -p no:cacheprovider {tests}").run()?;
    Ok(())
}

/// Plays the demo and checks its report.
fn demo(shell: &Shell, python: &PathBuf) -> Result {
    let outlast = binary();
    let report = cmd!(shell, "{outlast} demo --json").read()?;
    let check = workspace_root().join("xtask/e2e/check_demo.py");
    cmd!(shell, "{python} {check}").stdin(report).run()?;
    Ok(())
}

fn binary() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace_root().join("target"), PathBuf::from);
    target.join("debug/outlast")
}

/// A running `outlast`; killed when dropped.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    /// Starts `outlast` and waits until it prints where it listens.
    fn start(args: &[&str], environment: &[(&str, &str)]) -> Result<Self> {
        let mut command = Command::new(binary());
        command
            .args(args)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        let mut server = Self {
            child,
            url: String::new(),
        };
        for line in BufReader::new(stdout).lines() {
            if let Some((_, url)) = line?.split_once("listening on ") {
                url.trim().clone_into(&mut server.url);
                return Ok(server);
            }
        }
        Err(format!("`outlast {}` ended without listening", args.join(" ")).into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
