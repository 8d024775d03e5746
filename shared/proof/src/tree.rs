//! Where a record is among all of its period.

use serde::{Deserialize, Serialize};
use tenjo_domain::{Invalid, Rarity, Side, TreeNode, TreeStep, TreeTotals};

use crate::Record;

/// The root over all records of a period, and what it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    /// Its hash, in hexadecimal.
    pub hash: String,
    /// How much there is of everything.
    pub totals: Totals,
}

/// How much there is of everything under a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// All purchases, void ones too.
    pub purchase_count: u64,
    /// Those that are void.
    pub void_count: u64,
    /// Draws of each rarity in the others.
    pub draw_counts: DrawCounts,
}

/// Draws by their rarity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub struct DrawCounts {
    /// Of the common ones.
    pub r: u64,
    /// Of those between.
    pub sr: u64,
    /// Of the rarest.
    pub ssr: u64,
}

/// The way from a record to the root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inclusion {
    /// Where it leads.
    pub root: Root,
    /// The siblings, from the leaf's to that below the root.
    pub path: Vec<PathStep>,
}

/// A sibling on the way to the root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathStep {
    /// Where it is: `left` or `right`.
    pub side: String,
    /// Its hash, in hexadecimal.
    pub hash: String,
    /// What is under it.
    pub totals: Totals,
}

impl Inclusion {
    /// The way from a leaf by these steps to this root.
    #[must_use]
    pub fn new(root: &TreeNode, path: &[TreeStep]) -> Self {
        let path = path.iter().map(|step| PathStep {
            side: step.side.to_string(),
            hash: hex::encode(step.sibling.hash),
            totals: step.sibling.totals.into(),
        });
        Self { root: root.into(), path: path.collect() }
    }

    /// Whether the way of the leaf leads to the root.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn holds(&self, leaf: TreeNode) -> Result<bool, Invalid> {
        let steps = self.path.iter().map(PathStep::read).collect::<Result<Vec<_>, _>>()?;
        Ok(Root::from(&leaf.root_by(&steps)?) == self.root)
    }
}

impl PathStep {
    fn read(&self) -> Result<TreeStep, Invalid> {
        let mut hash = [0; 32];
        hex::decode_to_slice(&self.hash, &mut hash).map_err(|_| Invalid("is no hash"))?;
        let side: Side = self.side.parse()?;
        Ok(TreeStep { side, sibling: TreeNode { hash, totals: self.totals.into() } })
    }
}

/// The leaf of a record with this text.
///
/// # Errors
/// When a rarity is none.
pub fn leaf(record: &Record, text: &str) -> Result<TreeNode, Invalid> {
    let totals = match &record.results {
        None => TreeTotals::VOID,
        Some(results) => {
            let rarities = results.iter().map(|item| item.rarity.parse::<Rarity>());
            TreeTotals::of(rarities.collect::<Result<Vec<_>, _>>()?)
        }
    };
    Ok(TreeNode::leaf(text.as_bytes(), totals))
}

impl From<&TreeNode> for Root {
    fn from(node: &TreeNode) -> Self {
        Self { hash: hex::encode(node.hash), totals: node.totals.into() }
    }
}

impl From<TreeTotals> for Totals {
    fn from(totals: TreeTotals) -> Self {
        Self {
            purchase_count: totals.purchases,
            void_count: totals.voids,
            draw_counts: DrawCounts { r: totals.r, sr: totals.sr, ssr: totals.ssr },
        }
    }
}

impl From<Totals> for TreeTotals {
    fn from(totals: Totals) -> Self {
        Self {
            purchases: totals.purchase_count,
            voids: totals.void_count,
            r: totals.draw_counts.r,
            sr: totals.draw_counts.sr,
            ssr: totals.draw_counts.ssr,
        }
    }
}
