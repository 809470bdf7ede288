//! The routes of the API, by product. Each `handle` returns `None` for a path that the product does not have.

pub mod calls;
pub mod d1;
pub mod email;
pub mod form;
pub mod graphql;
pub mod input;
pub mod kit;
pub mod stream;
pub mod tokens;
pub mod workers;
