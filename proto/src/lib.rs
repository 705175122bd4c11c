//! Generated messages, clients and servers of every kinerja API.

#![expect(
    clippy::allow_attributes,
    clippy::large_enum_variant,
    reason = "generated code: its attributes and its layout are not ours"
)]

mod reason;

pub use reason::Reason;

/// Descriptors of every file, for server reflection and schema tests.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

pub mod common {
    pub mod v1 {
        tonic::include_proto!("kinerja.common.v1");
    }
}

pub mod events {
    pub mod v1 {
        tonic::include_proto!("kinerja.events.v1");
    }
}

pub mod registry {
    pub mod v1 {
        tonic::include_proto!("kinerja.registry.v1");
    }
}

pub mod planning {
    pub mod v1 {
        tonic::include_proto!("kinerja.planning.v1");
    }
}

pub mod evaluation {
    pub mod v1 {
        tonic::include_proto!("kinerja.evaluation.v1");
    }
}

pub mod competency {
    pub mod v1 {
        tonic::include_proto!("kinerja.competency.v1");
    }
}
