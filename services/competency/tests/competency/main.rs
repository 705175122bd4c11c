//! The service over real sockets, with the real middleware, on a database of its own, between a registry
//! and an evaluation that say what the test lets them say.

mod assessments;
mod catalogue;
mod development_plans;
mod dictionary;
mod gaps;
mod needs;
mod neighbours;
mod once;
mod sizes;
mod standards;
mod world;
