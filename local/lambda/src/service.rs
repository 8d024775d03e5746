//! All functions together.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use percent_encoding::percent_decode_str;
use tenjo_guard::Guard;
use tenjo_iam::Identities;

use crate::config::FunctionConfig;
use crate::function::Function;
use crate::process::{Host, VERSION};

/// The alias under which `template.yaml` publishes functions.
pub(crate) const ALIAS: &str = "live";

/// Options.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The region that functions get.
    pub region: String,
    /// Variables with the endpoints of the AWS services.
    pub endpoints: Vec<(String, String)>,
    /// The folder that the functions log to, each to `<name>.log`; without it, they
    /// write to this service's output.
    pub logs: Option<PathBuf>,
    /// Allow faults to be injected.
    pub faults: bool,
    /// Stop a process while it has nothing to do, as Lambda does.
    pub freeze: bool,
    /// Who may call URLs that only IAM opens.
    pub identities: Arc<Identities>,
}

/// A Lambda service.
#[derive(Debug)]
pub struct Service {
    functions: BTreeMap<String, Arc<Function>>,
    by_name_in_aws: BTreeMap<String, Arc<Function>>,
    pub(crate) faults: bool,
    pub(crate) identities: Arc<Identities>,
    /// Where clients find it.
    pub(crate) address: String,
}

impl Service {
    /// A service for clients and functions that find it at `address`, such as
    /// `127.0.0.1:9000`.
    #[must_use]
    pub fn new(
        address: String,
        functions: Vec<FunctionConfig>,
        guard: Guard,
        options: Options,
    ) -> Self {
        let Options { region, endpoints, logs, faults, freeze, identities } = options;
        let own_address = address.clone();
        let host = Arc::new(Host { address, region, endpoints, logs, guard });
        let function = |config: FunctionConfig| {
            let name = config.name.clone();
            (name, Arc::new(Function::new(config, Arc::clone(&host), freeze)))
        };
        let functions: BTreeMap<_, _> = functions.into_iter().map(function).collect();
        let in_aws =
            |function: &Arc<Function>| (function.name_in_aws().to_owned(), function.clone());
        let by_name_in_aws = functions.values().map(in_aws).collect();
        Self { functions, by_name_in_aws, faults, identities, address: own_address }
    }

    /// A function by its name here, its name in AWS, or its ARN; the latter two may
    /// include the alias or the version that runs.
    pub(crate) fn function(&self, name: &str) -> Option<&Arc<Function>> {
        let name = percent_decode_str(name).decode_utf8().ok()?;
        let name = name.rsplit_once(":function:").map_or(&*name, |(_, name)| name);
        let name = match name.split_once(':') {
            Some((name, ALIAS | VERSION)) => name,
            Some(_) => return None,
            None => name,
        };
        self.functions.get(name).or_else(|| self.by_name_in_aws.get(name))
    }

    pub(crate) fn functions(&self) -> impl Iterator<Item = &Arc<Function>> {
        self.functions.values()
    }

    /// Kills every process, and waits until all are gone.
    pub async fn close(&self) {
        for function in self.functions() {
            function.close().await;
        }
    }
}
