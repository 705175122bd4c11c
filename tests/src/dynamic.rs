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

/// Calls a unary RPC as the suite's own clients do: within a deadline, and again where the transport failed.
pub async fn unary(
    channel: Channel,
    path_: &str,
    metadata: &[(&'static str, String)],
    message: &Value,
) -> Result<Value, Status> {
    let method = method(path_).ok_or_else(|| Status::internal(format!("no RPC {path_}")))?;
    let encoded = DynamicMessage::deserialize(method.input(), message.clone())
        .map_err(|error| Status::internal(format!("{path_} does not take {message}: {error}")))?;
    let mut request = kinerja_kit::client::system(tokio_stream::once(encoded));
    for (name, value) in metadata {
        let value = value.parse().map_err(|_| Status::internal(format!("no metadata: {name}")))?;
        request.metadata_mut().insert(*name, value);
    }
    let answer = answers(channel, &method, request, 1).await?.pop();
    answer.ok_or_else(|| Status::internal(format!("{path_} answers nothing")))
}

/// Whether the request of an RPC has a field of this name.
pub fn takes(path_: &str, field: &str) -> bool {
    method(path_).is_some_and(|method| method.input().get_field_by_name(field).is_some())
}

/// Whether the request of an RPC names something that belongs to a government, by itself or in a row; the
/// government it is about is nothing of the kind.
pub fn names_something(path_: &str) -> bool {
    method(path_).is_some_and(|method| has_an_id(&method.input(), 0))
}

/// Whether the answer of an RPC is a page or a stream of what there is.
pub fn shows_many(path_: &str) -> bool {
    method(path_).is_some_and(|method| {
        let is_page = method.output().get_field_by_name("next_page_token").is_some();
        is_page || (method.is_server_streaming() && !method.is_client_streaming())
    })
}

fn has_an_id(message: &MessageDescriptor, depth: usize) -> bool {
    message.fields().any(|field| {
        let is_id = field.name().ends_with("_id") || field.name().ends_with("_ids");
        let inner = field.kind().as_message().is_some_and(|m| depth < 4 && has_an_id(m, depth + 1));
        inner || (is_id && !["request_id", "tenant_id"].contains(&field.name()))
    })
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
