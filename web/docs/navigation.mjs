// What the pages offer, in the order in which people ask. The build fails if a page is not here.

export const NAVIGATION = [
  { title: "Start", entries: [
    ["What it is", "README.md"],
    ["The demo", "web/README.md"],
    ["What pools cost", "docs/simulations/README.md"],
  ] },
  { title: "Fair draws", entries: [
    ["For players", "docs/fairness-for-players.md"],
    ["Specification", "docs/fairness.md"],
  ] },
  { title: "Build a game", entries: [
    ["API reference", "reference.html"],
    ["Conventions", "docs/API-DESIGN.md"],
    ["Writing a client", "docs/clients.md"],
    ["Kit for TypeScript", "clients/typescript/README.md"],
    ["Kit for Unity", "clients/unity/README.md"],
    ["Checks of clients", "clients/check/README.md"],
    ["Accounts", "docs/accounts.md"],
    ["Purchases", "docs/purchases.md"],
  ] },
  { title: "Architecture", entries: [
    ["Architecture", "docs/ARCHITECTURE.md"],
    ["When something dies", "docs/reliability.md"],
    ["Decisions", "docs/adr/index.html"],
  ] },
  { title: "Operate", entries: [
    ["First-time setup", "docs/first-time-setup.md"],
    ["Operations", "docs/operations.md"],
    ["Operators", "docs/operators.md"],
    ["TiDB", "docs/tidb.md"],
    ["Scale", "docs/scale.md"],
    ["Costs", "docs/costs.md"],
    ["Reports", "docs/reports.md"],
    ["Personal data", "docs/personal-data.md"],
    ["Untried", "docs/untried.md"],
  ] },
];
