//! One hash over all purchases of a period: a Merkle tree with sums.
//!
//! Its shape and its prefixes are those of RFC 6962. Each node also has the totals of
//! all leaves under it, and its hash covers them. So whoever finds their purchase
//! under the published root also finds it in the published totals.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::money::words;
use crate::{Invalid, Rarity};

const LEAF: [u8; 1] = [0];
const INNER: [u8; 1] = [1];

/// How much there is of everything under a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TreeTotals {
    /// All purchases, void ones too.
    pub purchases: u64,
    /// Purchases that are void.
    pub voids: u64,
    /// Draws of an R in purchases that are not void.
    pub r: u64,
    /// The same of an SR.
    pub sr: u64,
    /// The same of an SSR.
    pub ssr: u64,
}

impl TreeTotals {
    /// Those of one void purchase.
    pub const VOID: Self = Self { purchases: 1, voids: 1, r: 0, sr: 0, ssr: 0 };

    /// Those of one purchase that drew these rarities.
    #[must_use]
    pub fn of(drawn: impl IntoIterator<Item = Rarity>) -> Self {
        let mut totals = Self { purchases: 1, ..Self::default() };
        for rarity in drawn {
            match rarity {
                Rarity::R => totals.r += 1,
                Rarity::Sr => totals.sr += 1,
                Rarity::Ssr => totals.ssr += 1,
            }
        }
        totals
    }

    /// Each in the order in which it is hashed.
    #[must_use]
    pub const fn parts(&self) -> [u64; 5] {
        [self.purchases, self.voids, self.r, self.sr, self.ssr]
    }

    fn plus(self, other: Self) -> Option<Self> {
        Some(Self {
            purchases: self.purchases.checked_add(other.purchases)?,
            voids: self.voids.checked_add(other.voids)?,
            r: self.r.checked_add(other.r)?,
            sr: self.sr.checked_add(other.sr)?,
            ssr: self.ssr.checked_add(other.ssr)?,
        })
    }
}

/// A node of a tree: a purchase, or all purchases under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeNode {
    /// What it is hashed to.
    pub hash: [u8; 32],
    /// What is under it.
    pub totals: TreeTotals,
}

/// On which side of a node its sibling is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Before it.
    Left,
    /// After it.
    Right,
}

words!(Side { Left = "left", Right = "right" });

/// A step from a node to the one above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeStep {
    /// Where the sibling is.
    pub side: Side,
    /// The sibling.
    pub sibling: TreeNode,
}

impl TreeNode {
    /// The leaf of a purchase, with the text of its record.
    #[must_use]
    pub fn leaf(record: &[u8], totals: TreeTotals) -> Self {
        let hash = Sha256::new().chain_update(LEAF).chain_update(record).finalize();
        Self { hash: hash.into(), totals }
    }

    /// The root of a tree without leaves.
    #[must_use]
    pub fn empty() -> Self {
        Self { hash: Sha256::digest([]).into(), totals: TreeTotals::default() }
    }

    /// The node above two others.
    ///
    /// # Errors
    /// When the totals do not fit into 64 bits, as only a forger's can.
    pub fn above(left: &Self, right: &Self) -> Result<Self, Invalid> {
        let totals = left.totals.plus(right.totals).ok_or(Invalid("is too large in sum"))?;
        let mut hash = Sha256::new().chain_update(INNER);
        for node in [left, right] {
            hash.update(node.hash);
            node.totals.parts().iter().for_each(|part| hash.update(part.to_be_bytes()));
        }
        Ok(Self { hash: hash.finalize().into(), totals })
    }

    /// The root that a node has if these steps lead to it.
    ///
    /// # Errors
    /// When the totals do not fit into 64 bits.
    pub fn root_by(self, path: &[TreeStep]) -> Result<Self, Invalid> {
        path.iter().try_fold(self, |node, step| match step.side {
            Side::Left => Self::above(&step.sibling, &node),
            Side::Right => Self::above(&node, &step.sibling),
        })
    }
}

/// How many of `count` nodes are under the left half: the largest power of two that is
/// less than `count`, which must be two or more.
const fn left_of(count: usize) -> usize {
    1 << (count - 1).ilog2()
}

/// The root over nodes in their order.
///
/// The root over the roots of blocks is the same, if all blocks but the last have the
/// same power of two of nodes. So a large tree can be made block by block.
///
/// # Errors
/// When the totals do not fit into 64 bits.
pub fn tree_root(nodes: &[TreeNode]) -> Result<TreeNode, Invalid> {
    match nodes {
        [] => Ok(TreeNode::empty()),
        [node] => Ok(*node),
        nodes => {
            let (left, right) = nodes.split_at(left_of(nodes.len()));
            TreeNode::above(&tree_root(left)?, &tree_root(right)?)
        }
    }
}

/// The steps from the node at `position` to the root; none if there is no such node.
///
/// # Errors
/// When the totals do not fit into 64 bits.
pub fn tree_path(nodes: &[TreeNode], position: usize) -> Result<Vec<TreeStep>, Invalid> {
    if nodes.len() < 2 || position >= nodes.len() {
        return Ok(Vec::new());
    }
    let (left, right) = nodes.split_at(left_of(nodes.len()));
    let (mut path, step) = match position.checked_sub(left.len()) {
        None => {
            let step = TreeStep { side: Side::Right, sibling: tree_root(right)? };
            (tree_path(left, position)?, step)
        }
        Some(position) => {
            let step = TreeStep { side: Side::Left, sibling: tree_root(left)? };
            (tree_path(right, position)?, step)
        }
    };
    path.push(step);
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: usize) -> Vec<TreeNode> {
        (0..count)
            .map(|place| {
                let totals = match place % 3 {
                    0 => TreeTotals::VOID,
                    1 => TreeTotals::of([Rarity::R, Rarity::Ssr]),
                    _ => TreeTotals::of([Rarity::Sr]),
                };
                TreeNode::leaf(place.to_string().as_bytes(), totals)
            })
            .collect()
    }

    #[test]
    fn hashes_of_leaves_and_of_nothing_are_those_of_rfc_6962() {
        // The first two of the test vectors that Certificate Transparency publishes.
        assert_eq!(
            hex::encode(tree_root(&[]).unwrap().hash),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        let leaf = TreeNode::leaf(b"", TreeTotals::VOID);
        assert_eq!(
            hex::encode(tree_root(&[leaf]).unwrap().hash),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        );
    }

    #[test]
    fn the_path_of_every_leaf_leads_to_the_root_and_its_totals() {
        for count in 1..40 {
            let leaves = leaves(count);
            let root = tree_root(&leaves).unwrap();
            assert_eq!(root.totals.purchases, count as u64);
            for (position, leaf) in leaves.iter().enumerate() {
                let path = tree_path(&leaves, position).unwrap();
                assert_eq!(leaf.root_by(&path), Ok(root), "{position} of {count}");
            }
        }
    }

    #[test]
    fn a_leaf_that_is_changed_or_counted_otherwise_has_another_root() {
        let leaves = leaves(7);
        let root = tree_root(&leaves).unwrap();
        let path = tree_path(&leaves, 4).unwrap();
        let other = TreeNode::leaf(b"other", leaves[4].totals);
        assert_ne!(other.root_by(&path), Ok(root));
        let uncounted = TreeNode { totals: TreeTotals::default(), ..leaves[4] };
        assert_ne!(uncounted.root_by(&path), Ok(root));
        let mut less = path;
        less[1].sibling.totals.ssr += 1;
        assert_ne!(leaves[4].root_by(&less).map(|root| root.hash), Ok(root.hash));
    }

    #[test]
    fn a_tree_that_is_made_block_by_block_is_the_same() {
        for count in [1, 7, 8, 9, 16, 17, 63, 64, 65, 100] {
            let leaves = leaves(count);
            let blocks: Vec<TreeNode> =
                leaves.chunks(8).map(|block| tree_root(block).unwrap()).collect();
            assert_eq!(tree_root(&blocks), tree_root(&leaves), "{count}");
            for position in 0..count {
                let block = leaves.chunks(8).nth(position / 8).unwrap();
                let mut path = tree_path(block, position % 8).unwrap();
                path.extend(tree_path(&blocks, position / 8).unwrap());
                assert_eq!(path, tree_path(&leaves, position).unwrap(), "{position} of {count}");
            }
        }
    }

    #[test]
    fn totals_that_do_not_fit_are_refused() {
        let most = TreeTotals { ssr: u64::MAX, ..TreeTotals::default() };
        let nodes = [most, most].map(|totals| TreeNode { hash: [0; 32], totals });
        assert!(tree_root(&nodes).is_err());
    }
}
