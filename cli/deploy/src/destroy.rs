//! `tenjo destroy`: takes a stage away, except what would be worse to lose than to pay.

use std::io::{BufRead, IsTerminal, Write};

use crate::konnect::Konnect;
use crate::secrets::KONNECT_TOKEN;
use crate::session::{Report, Session, Target};
use crate::stacks;

/// Takes the stacks of a stage away, and the control plane in Konnect. It says what it
/// keeps, and asks for the stage's name first.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: Target,
    /// Say what would be done, and change nothing.
    #[arg(long)]
    plan: bool,
    /// The stage's name, instead of the question.
    #[arg(long, value_name = "STAGE")]
    confirm: Option<String>,
}

/// What stays, and why.
const KEPT: [(&str, &str); 6] = [
    ("the database", "the players' gems and items are there, and `tenjo` did not make it"),
    (
        "the SSM parameters below {secrets}",
        "without device-hash-key, devices that have no secret would be new players",
    ),
    ("the KMS key of the server seeds", "without it no seed that is not revealed yet can be"),
    ("the table of idempotency records", "it tells clients what became of a request"),
    (
        "the buckets tenjo-{stage}-artifacts-{account} and tenjo-{stage}-gateway-{account}",
        "the releases, and the gateway's files",
    ),
    ("the address of the NAT gateway", "it is on TiDB's access list"),
];

pub(crate) async fn run(args: Args) -> anyhow::Result<()> {
    let session = Session::open(&args.target).await?;
    let stage = &session.stage;
    let mut names: Vec<String> = stacks::all(&session.root)?;
    names.reverse();
    let mut there = Vec::new();
    for name in names {
        let full_name = stage.stack_name(&name);
        if session.aws.stack(&full_name).await?.is_some() {
            there.push(full_name);
        }
    }
    println!("Of the stage {} in the account {}:", stage.name, stage.account);
    for name in &there {
        println!("  goes   the stack {name}");
    }
    if stage.konnect.is_some() {
        println!("  goes   the control plane {} in Konnect", stage.stack_name("functions"));
    }
    for (what, why) in KEPT {
        let what = what
            .replace("{secrets}", &stage.secrets())
            .replace("{stage}", &stage.name)
            .replace("{account}", &stage.account);
        println!("  stays  {what}: {why}");
    }
    println!(
        "What stays has to be deleted by hand, if nobody needs it. A stage of the same name can \
         be made again once the two buckets are gone."
    );
    if args.plan {
        return Ok(());
    }
    confirm(&stage.name, args.confirm)?;
    let mut report = Report::default();
    for name in &there {
        session.aws.delete_stack(name, session.role.as_deref()).await?;
        report.change("destroy", &format!("{name} is gone"), &[]);
    }
    if let Some(address) = &stage.konnect {
        let token = session.secret(KONNECT_TOKEN).await?;
        let konnect = Konnect { http: &session.http, address, token };
        if let Some(plane) = konnect.find(&stage.stack_name("functions")).await? {
            konnect.delete(&plane).await?;
            report.change("destroy", "the control plane is gone", &[]);
        }
    }
    Ok(())
}

fn confirm(stage: &str, given: Option<String>) -> anyhow::Result<()> {
    let name = match given {
        Some(name) => name,
        None => {
            let input = std::io::stdin();
            anyhow::ensure!(
                input.is_terminal(),
                "nobody is there to confirm it: pass --confirm with the stage's name"
            );
            print!("\nThe stage's name, to go on: ");
            std::io::stdout().flush()?;
            let mut line = String::new();
            input.lock().read_line(&mut line)?;
            line.trim().to_owned()
        }
    };
    anyhow::ensure!(name == stage, "{name:?} is not the stage's name: nothing was changed");
    Ok(())
}
