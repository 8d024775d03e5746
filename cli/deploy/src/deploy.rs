//! `tenjo deploy`: from an account with credentials to a draw through the public address.
//!
//! Every step looks first, and changes only what is not as it should be. So a second run
//! changes nothing, and a run that was broken off is continued by the same command.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context;
use clap::ValueEnum;
use serde_json::json;
use tokio::time::sleep;

use crate::aws::cloudformation::{Change, LARGEST_BODY, Stack, Template, Wanted};
use crate::count::counted;
use crate::keys::days_left;
use crate::konnect::{ControlPlane, Konnect};
use crate::secrets::{self, CERTIFICATE, KONNECT_TOKEN, RECEIPT_KEYS, Secrets, TOKEN_KEYS};
use crate::session::{Report, Session, Target};
use crate::stacks::{self, Gateway, StackSpec, names_in};
use crate::{gateway, package, parts, publication, releases, smoke, tools};

/// A certificate of the data planes that is good for fewer days is told of.
const CERTIFICATE_WARNING_DAYS: i64 = 90;

/// Deploys a stage, from an empty account to a first draw through the public address.
///
/// A second run changes nothing. A run that failed is continued by the same command.
/// Settings are read from infra/stages/STAGE.yaml. Secrets are made in SSM; those that
/// only you have are asked for, or taken from `TENJO_DATABASE_PASSWORD` and
/// `TENJO_KONNECT_TOKEN`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: Target,
    /// Say what would be done, and change nothing.
    #[arg(long)]
    plan: bool,
    /// Only these steps, whatever their order here.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "STEP")]
    only: Vec<Step>,
    /// Where to draw, instead of the stage's domain: for when its name is not known yet.
    #[arg(long, value_name = "URL")]
    api: Option<String>,
}

/// The steps, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Step {
    /// Are the programs there that the other steps need?
    Tools,
    /// What GitHub's pipelines may do, and the bucket of programs.
    Github,
    /// Where alarms go.
    AlarmTopic,
    /// Network, with a fixed address for TiDB's access list.
    Network,
    /// Keys, passwords and secrets, in SSM.
    Secrets,
    /// Every function, for arm64, in one build.
    Build,
    /// Schemas and database users, before the functions that expect them.
    Migrate,
    /// The functions, and what they need.
    Functions,
    /// The master data goes on sale.
    Publish,
    /// The control plane in Konnect, and the certificate of the data planes.
    ControlPlane,
    /// Without Konnect: where data planes find their configuration.
    GatewayConfig,
    /// The gateway's configuration.
    Sync,
    /// Load balancer, firewall and data planes.
    Kong,
    /// Dashboard and alarms.
    Observability,
    /// One draw through the public address.
    Smoke,
    /// Versions of functions that nobody would go back to.
    Clean,
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let session = Session::open(&args.target).await?;
    let mut run = Run {
        stacks: stacks::read(&session.root, &session.stage)?,
        secrets: Secrets::read(&session.root)?,
        made: unused_of_gateway(session.stage.gateway()),
        report: Report::default(),
        plan: args.plan,
        makes_a_release: args.only.is_empty() || args.only.contains(&Step::Functions),
        api: args.api.unwrap_or_else(|| session.stage.api()),
        moved_the_gateway: false,
        session,
    };
    let name = &run.session.stage.name;
    println!("Stage {name}, account {}, {}", run.session.stage.account, run.session.stage.region);
    for &step in Step::value_variants() {
        if args.only.is_empty() || args.only.contains(&step) {
            let what = format!(
                "step {}\nWhat is done stays. Once the cause is gone, run the same command again: \
                 it goes on here.\nCause",
                step.name()
            );
            run.step(step).await.context(what)?;
        }
    }
    run.summary(args.only.is_empty()).await
}

/// What the other kind of gateway would have set.
fn unused_of_gateway(gateway: Gateway) -> BTreeMap<String, String> {
    let unused: &[&str] = match gateway {
        Gateway::Konnect => &["ConfigKey"],
        Gateway::File => &["ControlPlaneHost", "TelemetryHost"],
    };
    unused.iter().map(|name| ((*name).to_owned(), String::new())).collect()
}

/// One run of the command.
struct Run {
    session: Session,
    stacks: Vec<StackSpec>,
    secrets: Secrets,
    /// Parameters that steps of this run have made.
    made: BTreeMap<String, String>,
    report: Report,
    plan: bool,
    /// Whether it deploys the functions, and writes the release down.
    makes_a_release: bool,
    api: String,
    /// New data planes need some seconds until they serve.
    moved_the_gateway: bool,
}

impl Run {
    async fn step(&mut self, step: Step) -> anyhow::Result<()> {
        match step {
            Step::Tools => self.tools().await,
            Step::Secrets => self.secrets().await,
            Step::Build => self.build().await,
            Step::Functions => self.functions().await,
            Step::Migrate => self.migrate().await,
            Step::Publish => self.publish().await,
            Step::ControlPlane => self.control_plane().await,
            Step::Sync => self.sync().await,
            Step::Smoke => self.smoke().await,
            Step::Clean => self.clean().await,
            Step::Github
            | Step::AlarmTopic
            | Step::Network
            | Step::GatewayConfig
            | Step::Kong
            | Step::Observability => self.stack(&step.name()).await,
        }
    }

    async fn tools(&mut self) -> anyhow::Result<()> {
        let found = tools::check().await?;
        self.report.same("tools", &found.join(", "));
        Ok(())
    }

    /// Makes or changes a stack whose template is a file.
    async fn stack(&mut self, name: &str) -> anyhow::Result<()> {
        let Some(at) = self.stacks.iter().position(|stack| stack.name == name) else {
            return Ok(()); // of the other kind of gateway
        };
        let template = self.template(at)?;
        anyhow::ensure!(template.len() <= LARGEST_BODY, "the template of {name} is too large");
        let full_name = self.session.stage.stack_name(name);
        let existing = self.existing(name, &template).await?;
        if self.plan && existing.is_none() {
            return Ok(());
        }
        let parameters = match self.parameters(at, &template, existing.as_ref()).await {
            Ok(parameters) => parameters,
            Err(error) if self.plan => {
                self.report.change(name, &format!("cannot be compared yet: {error:#}"), &[]);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let wanted = Wanted {
            name: full_name,
            template: Template::Body(template),
            parameters,
            role: self.session.role.clone(),
        };
        let change = self.apply(&wanted, existing.is_none()).await?;
        self.moved_the_gateway |= name == "kong" && change != Change::Nothing;
        self.told(name, existing.is_none(), &change);
        Ok(())
    }

    fn template(&self, at: usize) -> anyhow::Result<String> {
        let path = self.session.root.join(&self.stacks[at].template);
        std::fs::read_to_string(&path).with_context(|| format!("{} is missing", path.display()))
    }

    /// The stack that is there. A plan says what would be made, if there is none.
    async fn existing(&mut self, name: &str, template: &str) -> anyhow::Result<Option<Stack>> {
        let full_name = self.session.stage.stack_name(name);
        if !self.plan {
            return self.session.aws.stack_at_rest(&full_name).await;
        }
        let unfinished = ["REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "CREATE_FAILED"];
        let stack = self.session.aws.stack(&full_name).await?;
        let stack = stack.filter(|stack| !unfinished.contains(&stack.status.as_str()));
        if stack.is_none() {
            let count = names_in(template, "Resources").len();
            let text =
                format!("would make the stack {full_name} with {}", counted(count, "resource"));
            self.report.change(name, &text, &[]);
        }
        Ok(stack)
    }

    async fn apply(&self, wanted: &Wanted, is_new: bool) -> anyhow::Result<Change> {
        if self.plan {
            self.session.aws.compare(wanted).await
        } else {
            self.session.aws.apply(wanted, is_new).await
        }
    }

    fn told(&mut self, name: &str, is_new: bool, change: &Change) {
        match (change, self.plan) {
            (Change::Nothing, _) => self.report.same(name, "unchanged"),
            (Change::Some(lines), false) if is_new => {
                self.report.change(
                    name,
                    &format!("made, {}", counted(lines.len(), "resource")),
                    &[],
                );
            }
            (Change::Some(lines), plan) => {
                self.report.change(name, if plan { "would change" } else { "changed" }, lines);
            }
        }
    }

    /// Every parameter of a stack: what settings, other stacks, this run and the stage's
    /// file say. The rest has the template's defaults.
    async fn parameters(
        &self,
        at: usize,
        template: &str,
        existing: Option<&Stack>,
    ) -> anyhow::Result<BTreeMap<String, Option<String>>> {
        let spec = &self.stacks[at];
        let stage = &self.session.stage;
        let declared = names_in(template, "Parameters");
        let mut parameters = BTreeMap::from([("Stage".to_owned(), Some(stage.name.clone()))]);
        for (parameter, setting) in &spec.settings {
            parameters.insert(parameter.clone(), Some(stage.setting(setting)?));
        }
        for (parameter, source, output) in spec.sources() {
            // What the other kind of gateway needs is empty.
            let value = if self.stacks.iter().any(|stack| stack.name == source) {
                let name = stage.stack_name(source);
                let stack = self.session.aws.stack(&name).await?;
                stack
                    .with_context(|| format!("there is no stack {name}"))?
                    .output(output)?
                    .to_owned()
            } else {
                String::new()
            };
            parameters.insert(parameter.to_owned(), Some(value));
        }
        for parameter in &spec.made {
            if let Some(value) = self.made.get(parameter) {
                parameters.insert(parameter.clone(), Some(value.clone()));
            } else if existing.is_some_and(|stack| stack.parameters.contains_key(parameter)) {
                parameters.insert(parameter.clone(), None);
            }
        }
        parameters.retain(|name, _| declared.contains(name));
        for (parameter, value) in stage.parameters(&spec.name) {
            anyhow::ensure!(
                declared.contains(&parameter),
                "{} has no parameter {parameter}, which the stage's file names",
                spec.template
            );
            anyhow::ensure!(
                !parameters.contains_key(&parameter),
                "{parameter} of {} has a source of its own in infra/stacks.yaml",
                spec.template
            );
            parameters.insert(parameter, Some(value));
        }
        Ok(parameters)
    }

    async fn secrets(&mut self) -> anyhow::Result<()> {
        let stage = &self.session.stage;
        let elsewhere = secrets::elsewhere(&self.session, &self.secrets).await?;
        if let Some(text) = secrets::advice(stage, &elsewhere) {
            anyhow::ensure!(self.plan, "{text}");
            self.report.warn("secrets", &text);
        }
        if self.plan {
            let there = self.session.aws.parameter_versions(&stage.secrets()).await?;
            let missing = self.secrets.missing(stage, &there);
            if missing.is_empty() {
                self.report.same("secrets", "unchanged");
            } else {
                let text = format!("would make {} in SSM", missing.len());
                self.report.change("secrets", &text, &missing);
            }
            return Ok(());
        }
        let made = secrets::make(&self.session, &self.secrets).await?;
        if made.is_empty() {
            self.report.same("secrets", "unchanged");
        } else {
            self.report.change("secrets", &format!("made {} in SSM", made.len()), &made);
        }
        Ok(())
    }

    /// Pipelines make no secret. Without one that is new, what reads it would not start.
    async fn secrets_are_there(&self) -> anyhow::Result<()> {
        let stage = &self.session.stage;
        let there = self.session.aws.parameter_versions(&stage.secrets()).await?;
        let missing = self.secrets.missing(stage, &there);
        anyhow::ensure!(
            missing.is_empty(),
            "SSM has no {}. Pipelines make no secret: an administrator has to run `tenjo deploy \
             --stage {} --only secrets` first",
            missing.join(", "),
            stage.name
        );
        Ok(())
    }

    async fn build(&mut self) -> anyhow::Result<()> {
        if self.plan {
            self.report.same("build", "a plan builds nothing; programs count as unchanged");
            return Ok(());
        }
        let table = package::build(&self.session.root).await?;
        let functions = table.lines().filter(|line| line.starts_with("| `")).count();
        self.report.same("build", &format!("{} for arm64", counted(functions, "function")));
        println!("{table}");
        Ok(())
    }

    async fn functions(&mut self) -> anyhow::Result<()> {
        let (source, existing) = self.known_functions().await?;
        if self.plan && existing.is_none() {
            return Ok(());
        }
        let bucket = releases::artifacts(&self.session).await?;
        let (parameters, published) = self.package(&source, existing.as_ref()).await?;
        if self.plan {
            let template = package::plan(&self.session.root, &bucket, package::PACKAGED)?;
            let change =
                parts::compare(&self.session, &bucket, parts::PLANS, &template, &parameters)
                    .await?;
            self.told("functions", false, &change);
            print!("{published}");
            return Ok(());
        }
        self.secrets_are_there().await?;
        let (template, new) = package::upload(&self.session, &bucket, package::PACKAGED).await?;
        let is_new = !parts::are_there(&self.session).await?;
        let deployed =
            releases::deploy(&self.session, &bucket, &template, parameters, existing.as_ref())
                .await?;
        self.told("functions", is_new, &deployed.change);
        if deployed.change != Change::Nothing {
            print!("{published}");
        }
        self.report
            .same("", &format!("release {}, {}", deployed.release, counted(new, "new upload")));
        if is_new {
            self.invoke_migrate().await?;
        }
        Ok(())
    }

    /// The template of the functions, and their stacks as one, if the first one is there.
    async fn known_functions(&mut self) -> anyhow::Result<(String, Option<Stack>)> {
        let source = self.template(self.position("functions")?)?;
        if !self.plan {
            return Ok((source, parts::stack_at_rest(&self.session).await?));
        }
        // It says what would be made, if there is none.
        let existing = match self.existing("functions", &source).await? {
            Some(_) => parts::stack(&self.session).await?,
            None => None,
        };
        Ok((source, existing))
    }

    fn position(&self, name: &str) -> anyhow::Result<usize> {
        let at = self.stacks.iter().position(|stack| stack.name == name);
        at.with_context(|| format!("infra/stacks.yaml has no {name}"))
    }

    /// Has infra/release.py write the template that is deployed. Gives its parameters, and
    /// what is published and why.
    async fn package(
        &mut self,
        source: &str,
        existing: Option<&Stack>,
    ) -> anyhow::Result<(BTreeMap<String, Option<String>>, String)> {
        for (parameter, set) in
            [("TokenSigningKid", TOKEN_KEYS), ("ReceiptSigningKid", RECEIPT_KEYS)]
        {
            let kid = releases::signing_kid(&self.session, existing, parameter, set).await?;
            self.made.extend(kid.map(|kid| (parameter.to_owned(), kid)));
        }
        let parameters = self.parameters(self.position("functions")?, source, existing).await?;
        let told: Vec<String> = parameters
            .iter()
            .filter_map(|(name, value)| {
                let kept = existing.and_then(|stack| stack.parameters.get(name));
                Some(format!("{name}={}", value.as_ref().or(kept)?))
            })
            .collect();
        let mut arguments = vec!["template", &self.session.stage.name];
        arguments.extend(told.iter().map(String::as_str));
        arguments.push("--whole");
        if self.plan {
            arguments.push("--plan");
        }
        let published = package::release(&self.session, &arguments).await?;
        Ok((parameters, published))
    }

    /// The schema first: of the functions that are deployed only `migrate` changes before
    /// it is invoked. In a new stage it comes with the others.
    async fn migrate(&mut self) -> anyhow::Result<()> {
        if self.plan {
            self.report.same("migrate", "runs each time, and changes what is not up to date");
            return Ok(());
        }
        self.secrets_are_there().await?;
        let (source, existing) = self.known_functions().await?;
        let are_there = parts::are_there(&self.session).await?;
        let Some(existing) = existing.filter(|_| are_there) else {
            self.report.same("migrate", "comes with the functions, which are new");
            return Ok(());
        };
        let bucket = releases::artifacts(&self.session).await?;
        self.package(&source, Some(&existing)).await?;
        anyhow::ensure!(
            self.makes_a_release || !package::is_dirty(&self.session.root)?,
            "the checkout has changes that no commit has, and `migrate` alone makes no release \
             whose name would say so. Commit them, or deploy the functions too: `--only \
             build,migrate,functions`"
        );
        let change = releases::deploy_migrate(&self.session, &bucket, &existing).await?;
        self.told("migrate", false, &change);
        self.invoke_migrate().await
    }

    async fn invoke_migrate(&mut self) -> anyhow::Result<()> {
        let function = self.session.stage.function("migrate");
        let report = match self.session.aws.invoke(&function, &json!({})).await {
            Ok(report) => report,
            Err(error) => {
                let network = self.session.stage.stack_name("network");
                let stack = self.session.aws.stack(&network).await.ok().flatten();
                let address = stack.as_ref().and_then(|it| it.outputs.get("NatAddress"));
                let address = address.map_or("the NAT gateway's address", String::as_str);
                let hint = format!("if it cannot connect, put {address} on TiDB's access list");
                return Err(error.context(hint));
            }
        };
        self.report.same("migrate", &format!("the schemas are up to date: {report}"));
        Ok(())
    }

    async fn clean(&mut self) -> anyhow::Result<()> {
        if self.plan {
            self.report.same("clean", "deletes all but the newest versions of each function");
            return Ok(());
        }
        let deleted = package::release(&self.session, &["clean", &self.session.stage.name]).await?;
        let lines: Vec<String> = deleted.lines().map(ToOwned::to_owned).collect();
        if lines.is_empty() {
            self.report.same("clean", "unchanged");
        } else {
            self.report.change("clean", "deleted old versions", &lines);
        }
        Ok(())
    }

    async fn publish(&mut self) -> anyhow::Result<()> {
        let functions = self.session.stage.stack_name("functions");
        if self.plan && self.session.aws.stack(&functions).await?.is_none() {
            self.report.change("publish", "would put the master data on sale", &[]);
            return Ok(());
        }
        let function = self.session.stage.function("publish-masters");
        let payload = json!({ "dry_run": self.plan });
        let report = self.session.aws.invoke(&function, &payload).await?;
        let changed = publication::changed(&report);
        match (changed.is_empty(), self.plan) {
            (true, _) => self.report.same("publish", "unchanged"),
            (false, true) => self.report.change("publish", "would change", &changed),
            (false, false) => self.report.change("publish", "changed", &changed),
        }
        Ok(())
    }

    async fn control_plane(&mut self) -> anyhow::Result<()> {
        let Some(address) = self.session.stage.konnect.clone() else {
            return Ok(());
        };
        let name = self.session.stage.stack_name("functions");
        if self.plan {
            let path = self.session.stage.secrets();
            let there = self.session.aws.parameter_versions(&path).await?;
            if !there.contains_key(KONNECT_TOKEN) {
                let text = format!("would make {name} in Konnect");
                self.report.change("control-plane", &text, &[]);
                return Ok(());
            }
        }
        let token = self.session.secret(KONNECT_TOKEN).await?;
        let konnect = Konnect { http: &self.session.http, address: &address, token };
        let found = konnect.find(&name).await?;
        if self.plan {
            match found {
                Some(_) => self.report.same("control-plane", "unchanged"),
                None => {
                    let text = format!("would make {name} in Konnect");
                    self.report.change("control-plane", &text, &[]);
                }
            }
            return Ok(());
        }
        let mut done = Vec::new();
        let plane = match found {
            Some(plane) => plane,
            None => {
                done.push("made".to_owned());
                konnect.make(&name).await?
            }
        };
        let certificate = self.session.secret(CERTIFICATE).await?;
        if konnect.accept(&plane, &certificate).await? {
            done.push("accepts the data planes' certificate".to_owned());
        }
        if done.is_empty() {
            self.report.same("control-plane", "unchanged");
        } else {
            self.report.change("control-plane", &done.join(", "), &[]);
        }
        let ControlPlane { host, telemetry_host, .. } = plane;
        self.made.insert("ControlPlaneHost".to_owned(), host);
        self.made.insert("TelemetryHost".to_owned(), telemetry_host);
        Ok(())
    }

    async fn sync(&mut self) -> anyhow::Result<()> {
        if self.plan {
            return self.plan_sync().await;
        }
        match self.session.stage.gateway() {
            Gateway::Konnect => {
                let counts = gateway::sync(&self.session, false).await?;
                self.counted(&counts);
                self.moved_the_gateway |= counts.all() > 0;
                self.certificate_lasts().await?;
            }
            Gateway::File => {
                let (key, is_new) = gateway::upload(&self.session).await?;
                if is_new {
                    self.report.change("sync", &format!("uploaded {key}"), &[]);
                } else {
                    self.report.same("sync", "unchanged");
                }
                self.made.insert("ConfigKey".to_owned(), key);
            }
        }
        Ok(())
    }

    /// Says in time that the certificate of the data planes ends. Pipelines may not read it
    /// in SSM, and sync too, so it is that of Konnect.
    async fn certificate_lasts(&self) -> anyhow::Result<()> {
        let Session { stage, http, .. } = &self.session;
        let Some(address) = stage.konnect.as_deref() else {
            return Ok(());
        };
        let konnect = Konnect { http, address, token: self.session.secret(KONNECT_TOKEN).await? };
        let Some(plane) = konnect.find(&stage.stack_name("functions")).await? else {
            return Ok(());
        };
        let accepted = konnect.certificates(&plane).await?;
        let days = accepted.iter().filter_map(|(_, certificate)| days_left(certificate)).max();
        if let Some(days) = days.filter(|days| *days < CERTIFICATE_WARNING_DAYS) {
            let ends =
                if days < 0 { "has ended".to_owned() } else { format!("ends in {days} days") };
            let text = format!(
                "the certificate of the data planes {ends}, and then none connects to Konnect: \
                 run `tenjo rotate --stage {} certificate`",
                stage.name
            );
            self.report.warn("sync", &text);
        }
        Ok(())
    }

    fn counted(&mut self, counts: &gateway::Counts) {
        let gateway::Counts { created, updated, deleted } = counts;
        let would = if self.plan { "would be " } else { "" };
        let text = format!("{created} {would}created, {updated} updated, {deleted} deleted");
        if counts.all() == 0 {
            self.report.same("sync", "unchanged");
        } else {
            self.report.change("sync", &text, &[]);
        }
    }

    async fn plan_sync(&mut self) -> anyhow::Result<()> {
        let stage = &self.session.stage;
        for needed in ["functions", "kong"] {
            if self.session.aws.stack(&stage.stack_name(needed)).await?.is_none() {
                self.report.change("sync", "would configure the gateway", &[]);
                return Ok(());
            }
        }
        match self.session.stage.gateway() {
            Gateway::Konnect => {
                let counts = gateway::sync(&self.session, true).await?;
                self.counted(&counts);
                self.certificate_lasts().await?;
            }
            Gateway::File => {
                let rendered = gateway::render(&self.session).await?;
                let key = gateway::file_name(rendered.reveal().as_bytes());
                let kong = self.session.aws.stack(&self.session.stage.stack_name("kong")).await?;
                let served = kong.and_then(|kong| kong.parameters.get("ConfigKey").cloned());
                if served.as_deref() == Some(key.as_str()) {
                    self.report.same("sync", "unchanged");
                } else {
                    self.report.change("sync", &format!("would serve {key}"), &[]);
                }
            }
        }
        Ok(())
    }

    async fn smoke(&mut self) -> anyhow::Result<()> {
        if self.plan {
            self.report.same("smoke", &format!("draws once at {}", self.api));
            return Ok(());
        }
        let stack = parts::stack(&self.session).await?;
        let stack = stack.context("no function is deployed: run `tenjo deploy` first")?;
        let function = stack.output("GetUserUrl")?;
        // A new name, new data planes and a new configuration need some time; and one lost
        // answer does not make a deployment fail, whose run before may have moved them.
        let pauses: &[u64] = if self.moved_the_gateway { &[2, 5, 10, 20, 40] } else { &[2, 5] };
        for pause in pauses {
            match smoke::run(&self.session.http, &self.api, Some(function)).await {
                Ok(drawn) => {
                    self.report.same("smoke", &drawn);
                    return Ok(());
                }
                Err(error) => {
                    eprintln!("  not yet, again in {pause} s: {error:#}");
                    sleep(Duration::from_secs(*pause)).await;
                }
            }
        }
        let drawn = smoke::run(&self.session.http, &self.api, Some(function)).await?;
        self.report.same("smoke", &drawn);
        Ok(())
    }

    /// What there is now, and what to do next.
    async fn summary(&self, is_whole: bool) -> anyhow::Result<()> {
        let changes = self.report.changes;
        match (changes, self.plan) {
            (0, true) => println!("\nNothing would change."),
            (0, false) => println!("\nNothing changed."),
            (_, true) => println!(
                "\n{} would change something. Nothing was changed.",
                counted(changes, "step")
            ),
            (_, false) => println!("\n{} changed something.", counted(changes, "step")),
        }
        if self.plan || !is_whole {
            return Ok(());
        }
        let stage = &self.session.stage;
        let output = async |stack: &str, output: &str| -> anyhow::Result<String> {
            let stack = self.session.aws.stack(&stage.stack_name(stack)).await?;
            Ok(stack.and_then(|stack| stack.outputs.get(output).cloned()).unwrap_or_default())
        };
        let (name, region, repository) = (&stage.name, &stage.region, &stage.repository);
        println!("\nThe API      {}", stage.api());
        if stage.hosted_zone.is_empty() {
            let balancer = output("kong", "LoadBalancerName").await?;
            println!("DNS          point a CNAME of {} at {balancer}", stage.domain);
        }
        println!("TiDB         calls come from {}", output("network", "NatAddress").await?);
        println!(
            "Dashboard    https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#dashboards:name=tenjo-{name}"
        );
        println!("\nNext, once:");
        println!("  Confirm the message that AWS has sent to {}.", stage.alarm_email);
        println!("  Let the pipelines of {repository} deploy (GitHub's command line):");
        for line in [
            format!(
                "gh api -X PUT repos/{repository}/actions/oidc/customization/sub -F use_default=false \
                 -f 'include_claim_keys[]=repo' -f 'include_claim_keys[]=context' -f 'include_claim_keys[]=ref'"
            ),
            format!("gh api -X PUT repos/{repository}/environments/production"),
        ] {
            println!("    {line}");
        }
        for (variable, value) in [
            ("STAGE", name.clone()),
            ("AWS_REGION", region.clone()),
            ("AWS_PLAN_ROLE", output("github", "PlanRoleArn").await?),
            ("AWS_DEPLOY_ROLE", output("github", "DeployRoleArn").await?),
            ("AWS_STACKS_ROLE", output("github", "StacksRoleArn").await?),
        ] {
            println!("    gh variable set {variable} --repo {repository} --body {value}");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stack_of_the_list_is_a_step() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let stage = crate::stage::Stage::read(&root, "example").unwrap();
        // Without Konnect there is one more.
        let stage = stage.without_konnect();
        let steps: Vec<String> = Step::value_variants().iter().map(|step| step.name()).collect();
        let mut last = 0;
        for stack in stacks::read(&root, &stage).unwrap() {
            let at = steps.iter().position(|step| *step == stack.name).unwrap();
            assert!(at > last, "{} is made too early", stack.name);
            last = at;
        }
    }
}
