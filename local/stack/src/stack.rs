//! The stack: every part on one machine, started in the order of their
//! dependencies.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::iter;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::child::Ended;
use crate::children::Children;
use crate::database::Database;
use crate::deployment::Deployment;
use crate::elsewhere::Elsewhere;
use crate::environment::{self, Backends, Environment, Limits, Logs, Seeds};
use crate::function::{self, Function, Source};
use crate::http::Lambda;
use crate::place::{self, Place};
use crate::port;
use crate::progress::Step;
use crate::schedule;
use crate::secrets::{self, Keeper, Secrets};
use crate::store::TestStore;

/// How long one call may take while the stack starts.
const FIRST_CALL: Duration = Duration::from_secs(180);

/// The programs of this build that a stack needs beside its functions: the stand-ins, and
/// what makes its secrets, which ends at once.
pub const BESIDE_FUNCTIONS: [&str; 9] = [
    secrets::PROGRAM,
    "tenjo-dynamodb",
    "tenjo-gateway",
    "tenjo-kms",
    "tenjo-lambda",
    "tenjo-ssm",
    "tenjo-step-functions",
    "tenjo-test-store",
    "tenjo-web",
];

/// The settings of a stack.
pub struct Plan<'a> {
    /// The folder of its data, secrets and logs.
    pub place: &'a Place,
    /// Which database.
    pub database: &'a Database,
    /// Which gateways.
    pub gateways: &'a [Gateway],
    /// How long seeds are in use.
    pub seeds: Seeds,
    /// How functions log.
    pub logs: Logs,
    /// Whether functions limit players and networks.
    pub limits: Limits,
    /// Let tests inject faults into functions.
    pub faults: bool,
    /// Functions that run in the place of this build's.
    pub elsewhere: Option<&'a Elsewhere>,
    /// Functions that are built while the stack is up. Their calls wait for that.
    pub later: &'a BTreeSet<String>,
}

/// A gateway to start.
pub struct Gateway {
    /// Names its process and its log.
    pub name: &'static str,
    /// 0 for any free one.
    pub port: u16,
    /// Whether it enforces the rate limits of `kong/kong.yaml`.
    pub rate_limits: bool,
}

/// The stack, up and answering.
pub struct Stack {
    /// Its secrets.
    pub secrets: Secrets,
    /// What the functions use.
    pub backends: Backends,
    /// The Lambda service.
    pub lambda: Lambda,
    /// The environment of the tests.
    pub environment: Environment,
    /// Where each gateway listens, in the order of the plan.
    pub gateways: Vec<String>,
    /// Where functions send their parts of sampled traces. Nobody listens there, unless a
    /// test does.
    pub xray: String,
}

impl Stack {
    /// Starts every part, and returns once every function answers that is built.
    pub async fn start(children: &Children, plan: &Plan<'_>) -> anyhow::Result<Self> {
        let root = place::root();
        let programs = place::programs()?;
        let functions = Function::all(&root)?;
        let keeper = Keeper::new(children, &programs, plan.place.file("secrets.json"));
        // Twice, because the template needs the name of a key, and only then says which roles
        // need a password.
        let (secrets, _) = keeper.keep(&BTreeSet::new()).await?;
        let kid = &secrets.current.kid;
        // Ports are chosen beforehand, so that each part can restart at the same port.
        let [lambda_port, ssm_port, kms_port, dynamodb_port, step_functions_port, ports @ ..] =
            port::free::<7>()?;
        let [store_port, xray_port] = ports;
        let xray = port::loopback(xray_port).to_string();
        let store = TestStore::at(store_port);
        let deploy =
            |root: &Path| Deployment::new(root, kid, plan.seeds, plan.logs, plan.limits, &store);
        let deployment = deploy(&root)?;
        let elsewhere = match plan.elsewhere {
            Some(elsewhere) => Some((elsewhere, deploy(&elsewhere.root)?)),
            None => None,
        };
        let deployments = || iter::once(&deployment).chain(elsewhere.iter().map(|(_, it)| it));
        let roles = deployments().flat_map(Deployment::roles).collect();
        let (secrets, public) = keeper.keep(&roles).await?;

        let step = Step::begin(
            "Starting TiDB, SSM, KMS, DynamoDB, Step Functions, Lambda and a test store",
        );
        let database = plan.database.start(children, plan.place).await?;
        let lambda = Lambda { port: lambda_port };
        // First, because it makes keys that are parameters of the functions.
        let store_folder = plan.place.folder("data/store")?;
        let mut test_store = Command::new(programs.join("tenjo-test-store"));
        test_store
            .args(["--listen", &port::loopback(store_port).to_string(), "--data-dir"])
            .arg(&store_folder);
        children.stand_in("test-store", test_store).await?;

        // By this file `tenjo` finds operators' functions.
        let found_by = json!({ "lambda_url": lambda.url(), "region": environment::REGION });
        write_json(&plan.place.file("lambda.json"), &found_by)?;
        let identities = plan.place.file("identities.json");
        write_json(&identities, &deployment.identities())?;
        let operators = plan.place.file("operators.json");
        write_json(&operators, &deployment.operators()?)?;
        let parameters = plan.place.file("parameters.json");
        let mut values = BTreeMap::new();
        for deployment in deployments() {
            values.extend(deployment.parameters(&secrets, &public, &database, &store_folder)?);
        }
        write_json(&parameters, &json!(values))?;
        let mut ssm = Command::new(programs.join("tenjo-ssm"));
        ssm.args(["--listen", &port::loopback(ssm_port).to_string()])
            .args(["--region", environment::REGION, "--parameters"])
            .arg(parameters)
            .arg("--identities")
            .arg(&identities);
        let mut kms = Command::new(programs.join("tenjo-kms"));
        kms.args(["--listen", &port::loopback(kms_port).to_string()])
            .args(["--key", deployment.key()?, "--data-dir"])
            .arg(plan.place.folder("data/kms")?)
            .arg("--identities")
            .arg(&identities);
        let mut dynamodb = Command::new(programs.join("tenjo-dynamodb"));
        dynamodb
            .args(["--listen", &port::loopback(dynamodb_port).to_string()])
            .args(["--table", deployment.table()?])
            .args(["--region", environment::REGION, "--data-dir"])
            .arg(plan.place.folder("data/dynamodb")?)
            .arg("--identities")
            .arg(&identities);
        let state_machine = deployment.state_machine()?;
        let mut step_functions = Command::new(programs.join("tenjo-step-functions"));
        step_functions
            .args(["--listen", &port::loopback(step_functions_port).to_string(), "--definition"])
            .arg(root.join(&state_machine.definition_uri))
            .args(["--state-machine-arn", &state_machine.arn])
            .args(["--role", &state_machine.logical_id, "--identities"])
            .arg(&identities)
            .args(["--lambda-url", &lambda.url()]);
        for (name, value) in &state_machine.substitutions {
            step_functions.args(["--substitute", &format!("{name}={value}")]);
        }
        let backends = Backends {
            database,
            dynamodb: children.stand_in("dynamodb", dynamodb).await?,
            step_functions: children.stand_in("step-functions", step_functions).await?,
            ssm: children.stand_in("ssm", ssm).await?,
            kms: children.stand_in("kms", kms).await?,
            store: store.url,
        };

        let environment = environment::of_tests(&secrets, &backends, &deployment)?;
        let gateway_environment = environment::of_gateway(&secrets, &public, &functions, lambda);
        let configuration =
            function::configuration(&functions, plan.later, |function| match &elsewhere {
                Some((elsewhere, deployment)) if elsewhere.names.contains(&function.name) => {
                    Source { deployment, programs: &elsewhere.programs }
                }
                _ => Source { deployment: &deployment, programs: &programs },
            })?;
        let mut command = lambda_command(plan.place, &configuration, &backends, lambda)?;
        if plan.faults {
            command.arg("--faults");
        }
        command.args(["--xray", &xray]);
        children.stand_in("lambda", command).await?;
        lambda.set_building(plan.later).await?;
        step.done();

        prepare_data(children, lambda).await?;
        let built = functions.into_iter().filter(|function| !plan.later.contains(&function.name));
        bring_up(children, lambda, built).await?;
        // Last, so that no client reaches a function that cannot serve yet.
        let mut gateways = Vec::new();
        for gateway in plan.gateways {
            let mut command = gateway.command(&root, &programs);
            command.envs(&gateway_environment);
            gateways.push(children.stand_in(gateway.name, command).await?);
        }
        Ok(Self { secrets, backends, lambda, environment, gateways, xray })
    }

    /// Calls the scheduled functions while the stack is up.
    ///
    /// # Errors
    /// A part ends: without it the stack does not work.
    pub async fn keep_up(
        &self,
        ended: &mut UnboundedReceiver<Ended>,
    ) -> anyhow::Result<Infallible> {
        let _schedule = schedule::keep(self.lambda);
        Err(ended.recv().await.context("nothing is left to keep up")?.report())
    }
}

/// The functions whose work a first draw needs, in the order of their calls: until the
/// database is migrated no other function can connect.
pub fn needed_at_start() -> impl Iterator<Item = &'static str> {
    ["migrate", "publish-masters"].into_iter().chain(schedule::needed_at_start())
}

async fn prepare_data(children: &Children, lambda: Lambda) -> anyhow::Result<()> {
    let step = Step::begin("Migrating the database and publishing the masters");
    for name in needed_at_start() {
        let called = timeout(FIRST_CALL, lambda.invoke(name, &json!({})))
            .await
            .with_context(|| format!("{name} did not answer"))
            .flatten();
        called.map_err(|error| with_log(&error, children, name))?;
    }
    step.done();
    Ok(())
}

/// Calls each function once, to see that it answers. Operators' functions are not
/// called: each call of them may be an act.
///
/// # Errors
/// One of them does not answer as it must.
pub async fn bring_up(
    children: &Children,
    lambda: Lambda,
    functions: impl Iterator<Item = Function>,
) -> anyhow::Result<()> {
    let step = Step::begin("Starting the functions");
    let mut calls = JoinSet::new();
    for function in functions.filter(|function| function.service != "ops") {
        let children = children.clone();
        calls.spawn(async move {
            let called = first_call(lambda, &function).await;
            called.map_err(|error| with_log(&error, &children, &function.name))
        });
    }
    while let Some(called) = calls.join_next().await {
        called??;
    }
    step.done();
    Ok(())
}

impl Gateway {
    fn command(&self, root: &Path, programs: &Path) -> Command {
        let mut command = Command::new(programs.join("tenjo-gateway"));
        command
            .args(["--listen", &port::loopback(self.port).to_string(), "--config"])
            .arg(root.join("kong/kong.yaml"))
            .arg("--openapi")
            .arg(root.join("openapi.yaml"));
        if !self.rate_limits {
            command.arg("--without-rate-limits");
        }
        command
    }
}

/// `tenjo-lambda`, which starts the built functions when they are called.
fn lambda_command(
    place: &Place,
    configuration: &Value,
    backends: &Backends,
    lambda: Lambda,
) -> anyhow::Result<Command> {
    let file = place.file("functions.json");
    write_json(&file, configuration)?;
    let mut command = Command::new(place::programs()?.join("tenjo-lambda"));
    command
        .current_dir(place::root())
        .args(["--listen", &port::loopback(lambda.port).to_string()])
        .args(["--region", environment::REGION])
        .args(["--endpoint", &format!("SSM={}", backends.ssm)])
        .args(["--endpoint", &format!("KMS={}", backends.kms)])
        .args(["--endpoint", &format!("DYNAMODB={}", backends.dynamodb)])
        .args(["--endpoint", &format!("SFN={}", backends.step_functions)])
        .arg("--functions")
        .arg(file)
        .arg("--identities")
        .arg(place.file("operators.json"))
        .arg("--logs")
        .arg(place.folder("logs")?);
    Ok(command)
}

/// Writes a file that only its owner can read.
fn write_json(file: &Path, value: &Value) -> anyhow::Result<()> {
    std::fs::write(file, value.to_string())
        .with_context(|| format!("cannot write {}", file.display()))
}

/// Calls a function once, to see that it answers, and so that a player's first call
/// does not wait for its start. A route refuses the call because it has no origin secret,
/// a step finds no such saga, and an operator's function cannot read it. The others do
/// their work.
///
/// # Errors
/// It answers otherwise, or not in time.
pub async fn first_call(lambda: Lambda, function: &Function) -> anyhow::Result<()> {
    let name = &function.name;
    let answered = timeout(FIRST_CALL, async {
        if function.is_route() {
            let status = lambda.call(name).await?;
            anyhow::ensure!(status == 401, "{name} answered {status} to a stranger, not 401");
        } else {
            let event = match function.service.as_str() {
                "saga" => json!({ "saga_id": "00000000-0000-0000-0000-000000000000" }),
                _ => json!({}),
            };
            if let Err(error) = lambda.invoke(name, &event).await {
                let error = format!("{error:#}");
                let is_refusal = ["SagaNotFound", "missing field `requestContext`"]
                    .iter()
                    .any(|refusal| error.contains(refusal));
                anyhow::ensure!(is_refusal, "{error}");
            }
        }
        Ok(())
    });
    answered.await.with_context(|| format!("{name} did not answer"))?
}

/// Adds the log of a function that does not start or, if it has none, the log of the
/// Lambda service.
fn with_log(error: &anyhow::Error, children: &Children, name: &str) -> anyhow::Error {
    let name = if children.log(name).exists() { name } else { "lambda" };
    anyhow::anyhow!("{error:#}; {}", children.last_words(name))
}
