//! The API from its descriptors alone: any RPC, with messages as JSON.

use std::sync::LazyLock;

use anyhow::Context as _;
use kinerja_kit::client::Channel;
use prost::{Message as _, bytes::Buf as _, bytes::BufMut as _};
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, MethodDescriptor};
use serde_json::Value;
use tonic::{
    Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    metadata::MetadataValue,
};

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(kinerja_proto::FILE_DESCRIPTOR_SET).expect("the descriptors are ours")
});

/// The path of every RPC in the packages of the suite.
pub fn every_rpc() -> Vec<String> {
    let services = POOL.services().filter(|service| service.full_name().starts_with("kinerja."));
    services.flat_map(|service| service.methods().map(|m| path(&m)).collect::<Vec<_>>()).collect()
}

/// Calls an RPC with messages in JSON; the first `limit` answers, in JSON. Without a token no one calls.
pub async fn call(
    channel: Channel,
    path_: &str,
    token: Option<&str>,
    tenant: Option<&str>,
    messages: &[Value],
    limit: usize,
) -> anyhow::Result<Result<Vec<Value>, Status>> {
    let method = method(path_).with_context(|| format!("there is no RPC {path_}"))?;
    let encode = |message: &Value| {
        DynamicMessage::deserialize(method.input(), message.clone())
            .with_context(|| format!("{path_} does not take {message}"))
    };
    let messages = messages.iter().map(encode).collect::<anyhow::Result<Vec<_>>>()?;
    let mut request = kinerja_kit::client::stream(tokio_stream::iter(messages));
    if let Some(token) = token {
        let bearer: MetadataValue<_> = format!("Bearer {token}").parse()?;
        request.metadata_mut().insert("authorization", bearer);
    }
    if let Some(tenant) = tenant {
        request.metadata_mut().insert("kinerja-tenant", tenant.parse()?);
    }
    Ok(answers(channel, &method, request, limit).await)
}

async fn answers(
    channel: Channel,
    method: &MethodDescriptor,
    request: Request<impl tokio_stream::Stream<Item = DynamicMessage> + Send + 'static>,
    limit: usize,
) -> Result<Vec<Value>, Status> {
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let path = path(method).parse().map_err(|_| Status::internal("no path"))?;
    let mut stream = grpc.streaming(request, path, Json(method.output())).await?.into_inner();
    let mut answers = Vec::new();
    while answers.len() < limit {
        let Some(answer) = stream.message().await? else { break };
        answers.push(serde_json::to_value(answer).map_err(|e| Status::internal(e.to_string()))?);
    }
    Ok(answers)
}

fn method(path_: &str) -> Option<MethodDescriptor> {
    let (service, method) = path_.trim_start_matches('/').split_once('/')?;
    POOL.get_service_by_name(service)?.methods().find(|m| m.name() == method)
}

fn path(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

#[derive(Debug, Clone)]
struct Json(MessageDescriptor);

impl Codec for Json {
    type Encode = DynamicMessage;
    type Decode = DynamicMessage;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        self.clone()
    }

    fn decoder(&mut self) -> Self {
        self.clone()
    }
}

impl Encoder for Json {
    type Item = DynamicMessage;
    type Error = Status;

    fn encode(&mut self, item: DynamicMessage, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item.encode_to_vec());
        Ok(())
    }
}

impl Decoder for Json {
    type Item = DynamicMessage;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<DynamicMessage>, Status> {
        let bytes = buffer.copy_to_bytes(buffer.remaining());
        let message = DynamicMessage::decode(self.0.clone(), bytes);
        message.map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}
