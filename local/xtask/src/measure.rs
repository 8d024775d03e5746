//! `measure`: how large each function is, how long it takes to start, and how much
//! memory it has in use, built as for Lambda.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use tenjo_guard::Guard;
use tenjo_stack::children::Children;
use tenjo_stack::elsewhere::Elsewhere;
use tenjo_stack::environment::Seeds;
use tenjo_stack::function::Function;
use tenjo_stack::http::Lambda;
use tenjo_stack::place::{self, Place};
use tenjo_stack::stack::first_call;
use tenjo_stack::stop::Stop;

use crate::cargo;
use crate::own_stack::{self, OwnStack, Recipe};

const NAME: &str = "measure";

const SEEDS: Seeds = Seeds { period_s: 3600, grace_s: 2 };

/// How often each function is started. The middle one counts.
const STARTS: usize = 5;

/// Of resident memory, after the first call. Beyond it somebody has to look why.
const MOST_MIB: f64 = 20.0;

/// Prints a table of the functions, and fails if one needs more memory than it may.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which functions; without any, all of them.
    functions: Vec<String>,
    /// How Cargo builds the functions; what runs in AWS is built with `release`.
    #[arg(long, default_value = "release")]
    profile: String,
}

/// What one function needs.
struct Measured {
    name: String,
    program_bytes: u64,
    start_ms: f64,
    resident_mib: f64,
}

pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let functions = chosen(Function::all(&place::root())?, &args.functions)?;
    let names = functions.iter().map(|function| function.name.clone());
    let elsewhere = Elsewhere {
        root: place::root(),
        programs: build(&functions, &args.profile).await?,
        names: names.collect(),
    };
    let recipe = Recipe {
        name: NAME,
        build: "Building the stand-ins",
        programs: &cargo::programs_of_the_stack()?,
        seeds: SEEDS,
        elsewhere: Some(&elsewhere),
    };
    own_stack::run(&recipe, async |own| table(&own, &functions, &elsewhere.programs).await).await
}

/// Those that are asked for, or all.
fn chosen(mut functions: Vec<Function>, names: &[String]) -> anyhow::Result<Vec<Function>> {
    if let Some(unknown) =
        names.iter().find(|name| !functions.iter().any(|function| function.name == **name))
    {
        anyhow::bail!("there is no function {unknown}");
    }
    functions.retain(|function| names.is_empty() || names.contains(&function.name));
    Ok(functions)
}

/// Builds the functions with a profile.
async fn build(functions: &[Function], profile: &str) -> anyhow::Result<PathBuf> {
    let mut stop = Stop::listen()?;
    let place = Place::take(place::root().join(".tenjo").join(NAME), "cargo xtask measure")?;
    let (children, _ended) = Children::new(place.folder("logs")?, Guard::start()?);
    let mut arguments = cargo::bins(functions.iter().map(|function| function.name.clone()));
    arguments.extend(["--profile", profile].map(str::to_owned));
    let mut folder = None;
    let built = cargo::build_each(&children, "Building the functions", &arguments, |program| {
        folder = program.parent().map(Path::to_path_buf);
    });
    let outcome = tokio::select! {
        outcome = built => outcome,
        () = stop.asked() => Err(anyhow::anyhow!("interrupted")),
    };
    children.stop().await;
    outcome?;
    folder.context("Cargo built no program")
}

async fn table(
    own: &OwnStack<'_>,
    functions: &[Function],
    programs: &Path,
) -> anyhow::Result<ExitCode> {
    println!("| Function | Program, MB | Start, ms | Resident, MiB |");
    println!("|---|---|---|---|");
    let mut too_large = Vec::new();
    for function in functions {
        let measured = measure(own.stack.lambda, function, programs).await?;
        let Measured { name, program_bytes, start_ms, resident_mib } = measured;
        #[expect(clippy::cast_precision_loss, reason = "megabytes with one digit")]
        let megabytes = program_bytes as f64 / 1e6;
        println!("| `{name}` | {megabytes:.1} | {start_ms:.1} | {resident_mib:.1} |");
        if resident_mib > MOST_MIB {
            too_large.push(name);
        }
    }
    if too_large.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("error: more than {MOST_MIB} MiB resident: {}", too_large.join(", "));
    Ok(ExitCode::FAILURE)
}

/// Starts a function some times, each time for one call.
async fn measure(lambda: Lambda, function: &Function, programs: &Path) -> anyhow::Result<Measured> {
    let name = function.name.clone();
    let mut starts = Vec::new();
    let mut resident_mib: f64 = 0.0;
    for _ in 0..STARTS {
        while lambda.kill(&name).await? {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        first_call(lambda, function).await?;
        let processes = lambda.processes().await?;
        let mut of_this = processes.iter().filter(|process| process["function"] == name.as_str());
        let newest = of_this.next_back().with_context(|| format!("{name} has no process"))?;
        starts.push(newest["init_us"].as_u64().context("a process has no start")?);
        let pid = newest["pid"].as_u64().context("a process has no id")?;
        resident_mib = resident_mib.max(resident(pid)?);
    }
    starts.sort_unstable();
    #[expect(clippy::cast_precision_loss, reason = "milliseconds with one digit")]
    let start_ms = starts[STARTS / 2] as f64 / 1e3;
    let program_bytes = programs.join(&name).metadata()?.len();
    Ok(Measured { name, program_bytes, start_ms, resident_mib })
}

/// The memory that a process has in use, with what is loaded of its program.
fn resident(pid: u64) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    Ok(kib.context("/proc has no VmRSS")? / 1024.0)
}
