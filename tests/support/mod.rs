//! What tests of whole networks share: engines behind one trait, and random networks.
#![allow(unreachable_pub, dead_code, reason = "each test uses its part")]

pub mod engines;
pub mod models;
pub mod networks;
pub mod parts;
pub mod recipe;
pub mod rules;
pub mod script;
pub mod strategy;
pub mod written;
