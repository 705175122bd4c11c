use std::{collections::HashMap, sync::Arc};

use opentelemetry::KeyValue;
use prost::Message as _;
use prost_types::FileDescriptorSet;

/// The methods a server knows, by path. Labels of metrics come from here alone: the paths callers
/// make up must not become time series.
#[derive(Debug, Default)]
pub(super) struct Methods(HashMap<String, Arc<Method>>);

#[derive(Debug)]
pub(super) struct Method {
    pub service: String,
    pub name: String,
    /// Whether either side sends more than one message.
    pub streaming: bool,
    /// Reflection serves the public schema: nobody has to say who they are.
    pub guarded: bool,
    pub labels: [KeyValue; 3],
}

const REFLECTION: &str = "grpc.reflection.";

impl Methods {
    pub(super) fn read(sets: &[&[u8]]) -> Result<Self, prost::DecodeError> {
        let mut methods = Self::default();
        for set in sets {
            for file in FileDescriptorSet::decode(*set)?.file {
                for service in &file.service {
                    methods.add(file.package(), service);
                }
            }
        }
        Ok(methods)
    }

    pub(super) fn find(&self, path: &str) -> Option<&Arc<Method>> {
        self.0.get(path)
    }

    fn add(&mut self, package: &str, service: &prost_types::ServiceDescriptorProto) {
        let name = format!("{package}.{}", service.name());
        for method in &service.method {
            let streaming = method.client_streaming() || method.server_streaming();
            let path = format!("/{name}/{}", method.name());
            self.0.insert(path, Arc::new(Method::new(&name, method.name(), streaming)));
        }
    }
}

impl Method {
    pub(super) fn new(service: &str, name: &str, streaming: bool) -> Self {
        Self {
            labels: [
                KeyValue::new("rpc.system", "grpc"),
                KeyValue::new("rpc.service", Arc::<str>::from(service)),
                KeyValue::new("rpc.method", Arc::<str>::from(name)),
            ],
            guarded: !service.starts_with(REFLECTION),
            service: service.to_owned(),
            name: name.to_owned(),
            streaming,
        }
    }

    /// Stands for every method that is not served.
    pub(super) fn unknown() -> Self {
        Self::new("_OTHER", "_OTHER", false)
    }
}
