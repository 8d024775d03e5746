//! All functions together.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use tenjo_guard::Guard;

use crate::config::FunctionConfig;
use crate::function::Function;
use crate::process::Host;

/// What may be chosen.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where the functions write, each to `<name>.log`; without it, where this
    /// service does.
    pub logs: Option<PathBuf>,
    /// Let faults be asked for.
    pub faults: bool,
    /// Stop a process while it has nothing to do, as Lambda does.
    pub freeze: bool,
}

/// A Lambda service.
#[derive(Debug)]
pub struct Service {
    functions: BTreeMap<String, Arc<Function>>,
    pub(crate) faults: bool,
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
        let host = Arc::new(Host { address, logs: options.logs, guard });
        let function = |config: FunctionConfig| {
            let name = config.name.clone();
            (name, Arc::new(Function::new(config, Arc::clone(&host), options.freeze)))
        };
        Self { functions: functions.into_iter().map(function).collect(), faults: options.faults }
    }

    pub(crate) fn function(&self, name: &str) -> Option<&Arc<Function>> {
        self.functions.get(name)
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
