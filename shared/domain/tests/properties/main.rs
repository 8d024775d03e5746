//! What holds for every pool and every player, whatever they buy: checked on
//! pools and purchases that nobody chose.

mod boxes;
mod generate;
mod limits;
mod player;
mod promises;
mod refunds;
mod shown;
mod steps;
