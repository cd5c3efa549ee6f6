//! How far the work has come, and whether it should go on.

use std::ops::ControlFlow;

/// Is told after every piece of work; may be called from several threads, one at a time.
pub trait Progress: Sync {
    /// Takes note that `done` of `total` bytes are hashed; [`ControlFlow::Break`] ends the work.
    fn step(&self, done: u64, total: u64) -> ControlFlow<()>;
}

/// Takes no note and never ends the work.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn step(&self, _done: u64, _total: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
