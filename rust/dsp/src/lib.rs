//! Signal processing that ports share: transforms from libraries, as functions of tensors.
//!
//! A crate of its own, because the libraries are generic: their code is compiled where it is first used.

pub mod fourier;
