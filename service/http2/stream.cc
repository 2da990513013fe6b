#include "service/http2/stream.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/http2/faults.h"
#include "service/http2/grpc_text.h"
#include "service/http2/gzip.h"

namespace rolegate::service::http2 {
namespace {

using absl::StatusCode;

// What a call takes that waits for its caller, about, beside its headers and
// its message.
constexpr std::size_t kWaitingBytes = 6 * 1024;

// How long a peer may leave a stream no window when it is to hear why it ends.
constexpr std::chrono::seconds kLastWord{1};

// Longer than any connection lasts.
constexpr absl::Duration kLongestTimeout = absl::Hours(24 * 30);

// A message of this size is unpacked within a millisecond.
constexpr std::size_t kBytesAtOnce = std::size_t{32} << 10;

using Fields = absl::InlinedVector<nghttp2_nv, 8>;

// `name` is a constant; nghttp2 copies the value.
nghttp2_nv Field(absl::string_view name, absl::string_view value) {
  nghttp2_nv field = {};
  field.name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data()));
  field.namelen = name.size();
  field.value =
      reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data()));
  field.valuelen = value.size();
  field.flags = NGHTTP2_NV_FLAG_NO_COPY_NAME;
  return field;
}

nghttp2_nv Constant(absl::string_view name, absl::string_view value) {
  nghttp2_nv field = Field(name, value);
  field.flags |= NGHTTP2_NV_FLAG_NO_COPY_VALUE;
  return field;
}

// What every answer begins with.
Fields Head() {
  return {Constant(":status", "200"),
          Constant("content-type", "application/grpc"),
          Constant("grpc-accept-encoding", "identity,gzip")};
}

// What every answer ends with.
class Trailers {
 public:
  explicit Trailers(const RpcStatus& status)
      : code_(absl::StrCat(static_cast<int>(status.code))),
        message_(PercentEncode(status.message)),
        details_(EncodeBinary(status.details)),
        never_retry_(status.never_retry) {}

  void AddTo(Fields* fields) const {
    fields->push_back(Field("grpc-status", code_));
    if (!message_.empty()) fields->push_back(Field("grpc-message", message_));
    if (!details_.empty()) {
      fields->push_back(Field("grpc-status-details-bin", details_));
    }
    // gRPC's own clients heed this.
    if (never_retry_) {
      fields->push_back(Constant("grpc-retry-pushback-ms", "-1"));
    }
  }

 private:
  const std::string code_;
  const std::string message_;
  const std::string details_;
  const bool never_retry_;
};

// As HTTP/2 carries it.
std::unique_ptr<const AnswerMetadata> Encoded(AnswerMetadata metadata) {
  for (auto* const fields : {&metadata.initial, &metadata.trailing}) {
    for (auto& [name, value] : *fields) {
      if (absl::EndsWith(name, "-bin")) value = EncodeBinary(value);
    }
  }
  return std::make_unique<const AnswerMetadata>(std::move(metadata));
}

void Append(const AnswerMetadata::Fields& metadata, Fields* fields) {
  for (const auto& [name, value] : metadata) {
    fields->push_back(Field(name, value));
    fields->back().flags = NGHTTP2_NV_FLAG_NONE;  // copies the name too
  }
}

ssize_t ReadBodyOf(nghttp2_session*, std::int32_t, std::uint8_t* out,
                   std::size_t room, std::uint32_t* flags,
                   nghttp2_data_source* source, void*) {
  auto* const stream = static_cast<Stream*>(source->ptr);
  return stream->ReadBody(reinterpret_cast<char*>(out), room, flags);
}

}  // namespace

Stream::Stream(SessionState* session, std::int32_t id)
    : session_(session),
      id_(id),
      head_(session->shared.limits->max_metadata_bytes),
      reader_(session->shared.limits->max_message_bytes) {}

Stream::~Stream() {
  Detach();
  session_->shared.receiving->Release(this);
}

RpcStatus Stream::FaultOfHead() const {
  if (head_.too_large()) {
    return Fault(StatusCode::kResourceExhausted,
                 "the metadata is larger than `limits.max_metadata_bytes`");
  }
  if (route_ == nullptr) {
    return Fault(StatusCode::kUnimplemented, "no such method");
  }
  if (!head_.malformed().empty()) {
    return Fault(StatusCode::kInternal,
                 absl::StrCat("the call's ", head_.malformed(),
                              " is not as gRPC defines it"));
  }
  if (head_.encoding() == Encoding::kUnknown) {
    return Fault(StatusCode::kUnimplemented,
                 "messages may be compressed by gzip alone");
  }
  return RpcStatus();
}

void Stream::Begin() {
  session_->touched.push_back(id_);
  if (!head_.too_large()) {
    if (!head_.is_post()) return RefuseAsHttp("405");
    if (!head_.is_grpc()) return RefuseAsHttp("415");
  }
  const Router& router = *session_->shared.router;
  route_ = router.Find(head_.path());
  if (RpcStatus fault = FaultOfHead(); !fault.ok()) {
    if (head_.too_large()) CountRefusal(StreamRefusal::kMetadata);
    Refuse(std::move(fault));
    return;
  }
  absl::Time deadline = absl::InfiniteFuture();
  if (const auto& timeout = head_.timeout(); timeout.has_value()) {
    deadline = absl::Now() + *timeout;
    deadline_ =
        MonotonicNow() + ToMonotonic(std::min(*timeout, kLongestTimeout));
  }
  if (session_->peer->gateway) {
    const MetadataValues tokens = head_.Metadata("authorization");
    if (tokens.count > 0) token_ = std::string(tokens.first);
  }
  encoding_ = head_.encoding();
  head_bytes_ = head_.bytes();
  call_ = router.MakeCall(
      *route_, {this, id_, session_->ref, session_->peer, std::move(head_),
                deadline, session_->shared.open_calls});
  if (route_->stream && route_->stream->metadata) {
    metadata_ = Encoded(route_->stream->metadata(*call_));
  }
  call_->Begin();
}

void Stream::Receive(absl::string_view bytes) {
  nghttp2_session_consume_connection(session_->http, bytes.size());
  session_->touched.push_back(id_);
  if (call_ != nullptr) {
    reader_.Add(bytes);
    Deliver();
    reader_.Keep();
  }
  Consume(bytes.size());
}

void Stream::End() {
  ended_ = true;
  session_->touched.push_back(id_);
  Deliver();
  reader_.Keep();
}

void Stream::Want() {
  Deliver();
  reader_.Keep();
  Consume(0);
  Settle();
  // The caller may wait for its window.
  if (nghttp2_session_want_write(session_->http) != 0) session_->TellOutput();
}

void Stream::OnTurn() {
  has_turn_ = true;
  Want();
  session_->TellOutput();
}

// A caller whose messages are not read yet is not let send more than its first
// window.
void Stream::Consume(std::size_t bytes) {
  unconsumed_ += bytes;
  if (unconsumed_ == 0 || (call_ != nullptr && !call_->wants_message())) return;
  nghttp2_session_consume_stream(session_->http, id_,
                                 std::exchange(unconsumed_, 0));
}

void Stream::Deliver() {
  MessageReader::Frame frame;
  while (call_ != nullptr && !finished_ && call_->wants_message()) {
    ServerCall::Fault fault;
    switch (reader_.Next(&frame)) {
      case MessageReader::Found::kMessage:
        if (MustWait(frame)) return;
        reader_.Pop();
        fault = DeliverFrame(frame);
        break;
      case MessageReader::Found::kTooLarge:
        CountRefusal(StreamRefusal::kMessage);
        fault = Fault(StatusCode::kResourceExhausted,
                      "the message is larger than `limits.max_message_bytes`");
        break;
      case MessageReader::Found::kNoFrame:
        fault = Fault(StatusCode::kInternal,
                      "the body holds no messages as gRPC frames them");
        break;
      case MessageReader::Found::kNothing:
        if (!ended_) return;
        fault = reader_.held() == 0 ? call_->OnEnd()
                                    : Fault(StatusCode::kInternal,
                                            "the body ends within a message");
        if (fault.has_value()) Refuse(*std::move(fault));
        return;
    }
    if (fault.has_value()) {
      Refuse(*std::move(fault));
      return;
    }
  }
}

bool Stream::MustWait(const MessageReader::Frame& frame) {
  if (!frame.compressed && frame.bytes.size() <= kBytesAtOnce) return false;
  if (std::exchange(has_turn_, false)) return false;
  if (!awaited()) {
    session_->ref->loop->turns().Await(this, Holder());
  }
  return true;
}

ServerCall::Fault Stream::DeliverFrame(const MessageReader::Frame& frame) {
  if (!frame.compressed) return call_->OnMessage(frame.bytes);
  if (encoding_ != Encoding::kGzip) {
    return Fault(StatusCode::kInternal,
                 "the message is compressed, and the call does not say how");
  }
  const absl::StatusOr<std::string> bytes =
      Gunzip(frame.bytes, session_->shared.limits->max_message_bytes);
  if (!bytes.ok())
    return Fault(bytes.status().code(), bytes.status().message());
  return call_->OnMessage(*bytes);
}

bool Stream::waits() const {
  return call_ != nullptr && !ended_ && !finished_ && route_->counts();
}

std::string Stream::Holder() const {
  const std::string& key = session_->peer->key;
  return token_.empty() ? key : absl::StrCat(key, " ", token_);
}

std::size_t Stream::HeldBytes() const {
  std::size_t bytes = call_->unpacked_bytes();
  if (reader_.held() > 0) bytes += reader_.wanted();
  if (waits()) bytes += kWaitingBytes + head_bytes_;
  return bytes;
}

void Stream::Settle() {
  BytePool& pool = *session_->shared.receiving;
  if (call_ == nullptr || finished_) {
    pool.Release(this);
    return;
  }
  const MonotonicTime now = MonotonicNow();
  const std::size_t bytes = HeldBytes();
  if (bytes == 0) {
    pool.Release(this);
  } else if (!pool.Hold(this, Holder(), bytes, now)) {
    CountRefusal(StreamRefusal::kMemory);
    Refuse(Fault(StatusCode::kResourceExhausted,
                 "too many requests wait for their ends; try again"));
    return;
  }
  // A caller may keep a stream of many messages open without a word, but it
  // must end what it begins.
  const bool has_begun = reader_.held() > 0 && call_->wants_message();
  const bool must_begin =
      waits() && !(route_->stream && route_->stream->reads_many);
  if (!has_begun && !must_begin) {
    message_due_.reset();
  } else if (!message_due_.has_value()) {
    message_due_ = now + ToMonotonic(session_->shared.limits->message_timeout);
  }
  ArmTimer();
}

void Stream::ArmTimer() {
  if (!deadline_.has_value() && !message_due_.has_value()) {
    Cancel();
    return;
  }
  const MonotonicTime at =
      std::min(deadline_.value_or(MonotonicTime::max()),
               message_due_.value_or(MonotonicTime::max()));
  if (set() && armed_ == at) return;
  armed_ = at;
  session_->ref->loop->SetTimer(this, at);
}

void Stream::OnTime() {
  const bool late = deadline_.has_value() && *deadline_ <= MonotonicNow();
  if (finished_) {
    Abort();  // nobody waits for the answer any more
  } else {
    CountRefusal(late ? StreamRefusal::kDeadline : StreamRefusal::kMessageTime);
    Refuse(Fault(StatusCode::kDeadlineExceeded,
                 late ? "the call's deadline has passed"
                      : "the call's message did not come in time"));
  }
  session_->TellOutput();
}

void Stream::OnTakenBack() {
  const std::shared_ptr<SessionRef>& ref = session_->ref;
  ref->loop->Post([ref, id = id_] {
    if (ref->session != nullptr) ref->session->TakeBack(id);
  });
}

void Stream::GiveBack() {
  // What has been answered meanwhile holds nothing.
  if (call_ == nullptr || finished_ || HeldBytes() == 0) return;
  CountRefusal(StreamRefusal::kMemory);
  Refuse(Fault(StatusCode::kResourceExhausted,
               "the request did not end while memory ran short; try again"));
}

void Stream::Write(std::string framed) {
  if (aborted_) return;
  out_ = std::move(framed);
  out_at_ = 0;
  if (!head_sent_) {
    SendHead();
  } else if (std::exchange(deferred_, false)) {
    nghttp2_session_resume_data(session_->http, id_);
  }
  session_->TellOutput();
}

void Stream::SendHead() {
  head_sent_ = true;
  Fields fields = Head();
  if (metadata_ != nullptr) Append(metadata_->initial, &fields);
  nghttp2_data_provider body = {};
  body.source.ptr = this;
  body.read_callback = &ReadBodyOf;
  nghttp2_submit_response(session_->http, id_, fields.data(), fields.size(),
                          &body);
}

void Stream::Finish(RpcStatus status) {
  if (finished_) return;
  finished_ = true;
  status_ = std::move(status);
  session_->shared.receiving->Release(this);
  if (!head_sent_) {
    head_sent_ = true;
    Fields fields = Head();
    const Trailers trailers(status_);
    trailers.AddTo(&fields);
    if (metadata_ != nullptr) Append(metadata_->trailing, &fields);
    nghttp2_submit_response(session_->http, id_, fields.data(), fields.size(),
                            nullptr);
  } else if (std::exchange(deferred_, false)) {
    nghttp2_session_resume_data(session_->http, id_);
  }
  session_->TellOutput();
}

std::ptrdiff_t Stream::ReadBody(char* out, std::size_t room,
                                std::uint32_t* flags) {
  if (aborted_) return NGHTTP2_ERR_DEFERRED;
  const std::size_t size = out_.copy(out, room, out_at_);
  out_at_ += size;
  if (out_at_ < out_.size()) return static_cast<std::ptrdiff_t>(size);
  if (!out_.empty()) {
    std::string().swap(out_);  // with its memory
    out_at_ = 0;
    if (call_ != nullptr) call_->OnWritten();
  }
  if (finished_) {
    *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    Fields fields;
    if (metadata_ != nullptr) Append(metadata_->trailing, &fields);
    if (status_.ok()) {
      fields.push_back(Constant("grpc-status", "0"));
      nghttp2_submit_trailer(session_->http, id_, fields.data(), fields.size());
    } else {
      const Trailers trailers(status_);
      trailers.AddTo(&fields);
      nghttp2_submit_trailer(session_->http, id_, fields.data(), fields.size());
    }
  } else if (size == 0) {
    deferred_ = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  return static_cast<std::ptrdiff_t>(size);
}

void Stream::Refuse(RpcStatus status) {
  if (head_sent_ && !out_.empty()) {
    Abort();  // what is in the midst of a message can say nothing else
    return;
  }
  const bool answering = head_sent_;
  Finish(std::move(status));
  Detach();
  if (!answering) return;
  // A window that is used up keeps the trailers back, too.
  deadline_ = MonotonicNow() + kLastWord;
  message_due_.reset();
  ArmTimer();
}

void Stream::CountRefusal(StreamRefusal reason) const {
  session_->shared.door->Count(reason, session_->peer->kind);
}

void Stream::RefuseAsHttp(absl::string_view http_status) {
  head_sent_ = true;
  finished_ = true;
  const nghttp2_nv field = Constant(":status", http_status);
  nghttp2_submit_response(session_->http, id_, &field, 1, nullptr);
}

void Stream::Abort() {
  if (aborted_) return;
  aborted_ = true;
  finished_ = true;
  std::string().swap(out_);
  out_at_ = 0;
  session_->shared.receiving->Release(this);
  nghttp2_submit_rst_stream(session_->http, NGHTTP2_FLAG_NONE, id_,
                            NGHTTP2_CANCEL);
  Detach();
  session_->TellOutput();
}

void Stream::Detach() {
  Leave();
  reader_.Clear();
  if (ServerCall* const call = std::exchange(call_, nullptr)) call->Detach();
}

}  // namespace rolegate::service::http2
