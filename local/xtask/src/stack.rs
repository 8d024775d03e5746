//! The stack: every part on one machine, brought up in the order of who needs
//! whom.

use std::convert::Infallible;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use serde_json::json;
use tokio::process::Command;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::child::{Children, Ended, Turn};
use crate::database::Database;
use crate::environment::{self, Backends, Environment, Seeds};
use crate::function::Function;
use crate::http::Lambda;
use crate::place::{self, Place};
use crate::port;
use crate::progress::Step;
use crate::schedule;
use crate::secrets::Secrets;

/// How long one call may take while the stack comes up: with `--watch` it may
/// have to compile the function first.
const FIRST_CALL: Duration = Duration::from_secs(180);

/// A function that ended by itself sooner than this is broken; to start it
/// again would only do the same.
const SHORT_LIFE: Duration = Duration::from_secs(1);

/// What the stack is asked to be.
pub(crate) struct Plan<'a> {
    pub(crate) place: &'a Place,
    pub(crate) database: &'a Database,
    /// The program `cargo-lambda`.
    pub(crate) cargo_lambda: &'a Path,
    pub(crate) gateways: &'a [Gateway],
    pub(crate) seeds: Seeds,
    /// `cargo lambda` compiles and starts the functions, and does so again
    /// when their source changes.
    pub(crate) watch: bool,
}

/// A gateway to bring up.
pub(crate) struct Gateway {
    pub(crate) name: &'static str,
    /// 0 for any free one.
    pub(crate) port: u16,
    pub(crate) rate_limits: bool,
}

/// The stack, up and answering.
pub(crate) struct Stack {
    pub(crate) secrets: Secrets,
    pub(crate) backends: Backends,
    pub(crate) lambda: Lambda,
    /// What the functions were told.
    pub(crate) environment: Environment,
    /// Where each gateway listens, in the order of the plan.
    pub(crate) gateways: Vec<String>,
    functions: Vec<Function>,
    children: Children,
    /// What runs by itself; it ends with the stack.
    schedule: JoinSet<Infallible>,
}

impl Stack {
    /// Brings every part up, and returns once every function answers.
    pub(crate) async fn start(children: &Children, plan: &Plan<'_>) -> anyhow::Result<Self> {
        let root = place::root();
        let programs = place::programs()?;
        let functions = Function::all(&root)?;
        let secrets = Secrets::load_or_make(&plan.place.file("secrets.json"))?;

        let step = Step::begin("Starting TiDB, DynamoDB, Lambda, Step Functions and the gateway");
        let database = plan.database.start(children, plan.place).await?;
        let [lambda_port] = port::free()?;
        let lambda = Lambda { port: lambda_port };

        let mut dynamodb = Command::new(programs.join("tenjo-dynamodb"));
        dynamodb
            .args(["--listen", "127.0.0.1:0", "--table", environment::OPS_TABLE])
            .args(["--region", environment::REGION, "--data-dir"])
            .arg(plan.place.folder("data/dynamodb")?);
        let mut step_functions = Command::new(programs.join("tenjo-step-functions"));
        step_functions
            .args(["--listen", "127.0.0.1:0", "--definition"])
            .arg(root.join("functions/saga/gacha-saga.asl.json"))
            .args(["--state-machine-arn", environment::STATE_MACHINE_ARN])
            .args(["--lambda-url", &lambda.url()]);
        for function in functions.iter().filter(|function| function.service == "saga") {
            step_functions.args(["--substitute", &substitution(&function.name)]);
        }
        let backends = Backends {
            database,
            dynamodb: children.stand_in("dynamodb", dynamodb).await?,
            step_functions: children.stand_in("step-functions", step_functions).await?,
        };

        let environment = environment::of_functions(&secrets, &backends, plan.seeds)?;
        let gateway_environment = environment::of_gateway(&secrets, &functions, lambda)?;
        let mut gateways = Vec::new();
        for gateway in plan.gateways {
            let mut command = gateway.command(&root, &programs);
            command.envs(&gateway_environment);
            gateways.push(children.stand_in(gateway.name, command).await?);
        }

        let command = lambda_command(plan.cargo_lambda, lambda, &environment, plan.watch);
        children.service("lambda", Turn::First, command)?;
        port::accepts(lambda.port).await;
        step.done();

        let children = children.clone();
        let mut stack = Self {
            secrets,
            backends,
            lambda,
            environment,
            gateways,
            functions,
            children,
            schedule: JoinSet::new(),
        };
        stack.bring_up_functions(plan.watch).await?;
        stack.schedule = schedule::keep(lambda);
        Ok(stack)
    }

    /// Migrates first, for until then no other function could connect. Then
    /// some of what runs by itself runs once, so that a first draw finds what it
    /// needs.
    async fn bring_up_functions(&self, watch: bool) -> anyhow::Result<()> {
        let step = Step::begin("Migrating the database and loading the masters");
        let (ops, others): (Vec<&Function>, Vec<&Function>) =
            self.functions.iter().partition(|function| function.service == "ops");
        if !watch {
            self.start_functions(&ops)?;
        }
        timeout(FIRST_CALL, self.lambda.invoke("migrate", &json!({})))
            .await
            .context("migrate did not answer")??;
        for name in schedule::needed_at_start() {
            timeout(FIRST_CALL, self.lambda.invoke(name, &json!({})))
                .await
                .with_context(|| format!("{name} did not answer"))??;
        }
        step.done();

        let step = Step::begin("Starting the functions");
        if !watch {
            self.start_functions(&others)?;
        }
        let mut calls = JoinSet::new();
        for function in others {
            calls.spawn(first_call(self.lambda, function.clone()));
        }
        while let Some(called) = calls.join_next().await {
            called??;
        }
        step.done();
        Ok(())
    }

    fn start_functions(&self, functions: &[&Function]) -> anyhow::Result<()> {
        for function in functions {
            for _ in 0..function.instances() {
                self.start_function(&function.name)?;
            }
        }
        Ok(())
    }

    /// Starts one instance of a function, which takes its calls from
    /// `cargo lambda` as it takes them from Lambda in AWS.
    fn start_function(&self, name: &str) -> anyhow::Result<()> {
        let mut command = Command::new(place::programs()?.join(name));
        command
            .current_dir(place::root())
            .envs(&self.environment)
            .env("AWS_LAMBDA_RUNTIME_API", self.lambda.runtime_api(name))
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256");
        self.children.service(name, Turn::First, command)?;
        Ok(())
    }

    /// Keeps the stack up. A function that dies is started again, as Lambda
    /// does it.
    ///
    /// # Errors
    /// Another part ends: without it the stack is none.
    pub(crate) async fn keep_up(
        &self,
        ended: &mut UnboundedReceiver<Ended>,
    ) -> anyhow::Result<Infallible> {
        loop {
            let ended = ended.recv().await.context("nothing is left to keep up")?;
            if !self.functions.iter().any(|function| function.name == ended.name) {
                return Err(ended.report());
            }
            let killed = ended.status.signal().is_some();
            if !killed && ended.lived < SHORT_LIFE {
                return Err(ended.report());
            }
            eprintln!("{} ended ({}), and is started again", ended.name, ended.status);
            self.start_function(&ended.name)?;
        }
    }
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

/// `cargo lambda watch`. By itself it starts a function with `cargo run`, which
/// costs a second of two cores for each instance, waits for any build that
/// runs, and never starts one again that died. So it serves the Lambda APIs
/// alone, and the functions are started here; but with `--watch` it does all.
fn lambda_command(
    program: &Path,
    lambda: Lambda,
    environment: &Environment,
    watch: bool,
) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(place::root())
        .args(["lambda", "--color", "never", "watch", "--disable-cors"])
        .args(["-A", "127.0.0.1", "-P", &lambda.port.to_string()]);
    if watch {
        command.args(["--concurrency", "4"]).envs(environment);
    } else {
        command.args(["--ignore-changes", "--only-lambda-apis"]);
    }
    command
}

/// `ReserveFunctionArn=arn:…:function:reserve`.
fn substitution(name: &str) -> String {
    let (initial, rest) = name.split_at(1);
    let initial = initial.to_uppercase();
    format!("{initial}{rest}FunctionArn=arn:aws:lambda:local:000000000000:function:{name}")
}

/// Calls a function once, so that it is known to answer, and so that a
/// player's first call need not wait for its start. The call changes nothing:
/// a route refuses it for want of the origin secret, a step finds no such saga.
async fn first_call(lambda: Lambda, function: Function) -> anyhow::Result<()> {
    let name = &function.name;
    let answered = timeout(FIRST_CALL, async {
        if function.has_url() {
            let status = lambda.call(name).await?;
            anyhow::ensure!(status == 401, "{name} answered {status} to a stranger, not 401");
        } else {
            let saga = json!({ "saga_id": "00000000-0000-0000-0000-000000000000" });
            if let Err(error) = lambda.invoke(name, &saga).await {
                let unknown = format!("{error:#}").contains("SagaNotFound");
                anyhow::ensure!(unknown, "{error:#}");
            }
        }
        Ok(())
    });
    answered.await.with_context(|| format!("{name} did not answer"))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_substituted_by_its_arn() {
        assert_eq!(
            substitution("reserve"),
            "ReserveFunctionArn=arn:aws:lambda:local:000000000000:function:reserve"
        );
    }
}
