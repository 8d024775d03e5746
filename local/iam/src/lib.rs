//! Who calls a stand-in for an AWS service, and what they may do.
//!
//! A caller is identified by the access key in the `Authorization` header of a
//! signed request. The signature is not checked, because on one machine nobody has
//! to be kept out. But a function that needs a right which `template.yaml` does not
//! give it must fail here as it would in AWS.
//!
//! | Module | What it answers |
//! |---|---|
//! | `policy` | what the statements of a policy allow |
//! | `caller` | whose call it is, and whether it is allowed |

mod caller;
mod policy;

pub use caller::{Identities, Identity, Refusal, access_key_of};
pub use policy::{Decision, Policy, Way};
