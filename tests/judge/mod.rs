//! A judge.

mod cell;
mod conductance;
mod dice;
mod exact;
mod izhikevich;
mod linear;
mod wide;
