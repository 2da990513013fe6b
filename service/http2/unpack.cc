#include "service/http2/unpack.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include "service/http2/faults.h"

namespace rolegate::service::http2 {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// What a message, a text and any other field take by themselves, about.
constexpr std::size_t kMessage = 128;
constexpr std::size_t kText = 40;
constexpr std::size_t kField = 16;

// A smaller message cannot take kMaxUnpackedBytes.
constexpr std::size_t kSmall = kMaxUnpackedBytes / kMessage;

// Adds up what a message takes, field by field.
class Counter {
 public:
  explicit Counter(std::size_t enough) : enough_(enough) {}

  std::size_t size() const { return size_; }

  // False once there is enough, or what comes is malformed.
  bool Add(const Descriptor* type, CodedInputStream* in) {
    size_ += kMessage;
    for (;;) {
      const std::uint32_t tag = in->ReadTag();
      if (tag == 0) return size_ <= enough_;
      if (!AddField(type, tag, in) || size_ > enough_) return false;
    }
  }

 private:
  bool AddField(const Descriptor* type, std::uint32_t tag,
                CodedInputStream* in) {
    size_ += kField;
    if (WireFormatLite::GetTagWireType(tag) !=
        WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      return WireFormatLite::SkipField(in, tag);
    }
    std::uint32_t size = 0;
    if (!in->ReadVarint32(&size)) return false;
    const FieldDescriptor* const field =
        type->FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
    if (field == nullptr ||
        field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      size_ += kText + size;
      return in->Skip(static_cast<int>(size));
    }
    const auto outer =
        in->IncrementRecursionDepthAndPushLimit(static_cast<int>(size));
    return outer.second >= 0 && Add(field->message_type(), in) &&
           in->DecrementRecursionDepthAndPopLimit(outer.first);
  }

  const std::size_t enough_;
  std::size_t size_ = 0;
};

}  // namespace

std::size_t UnpackedBytes(absl::string_view bytes,
                          const google::protobuf::MessageLite& message,
                          std::size_t enough) {
  const Descriptor* const type =
      DescriptorPool::generated_pool()->FindMessageTypeByName(
          message.GetTypeName());
  CodedInputStream in(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  Counter counter(enough);
  counter.Add(type, &in);
  return counter.size();
}

std::optional<RpcStatus> Unpack(absl::string_view bytes,
                                google::protobuf::MessageLite* message) {
  if (bytes.size() > kSmall &&
      UnpackedBytes(bytes, *message, kMaxUnpackedBytes) > kMaxUnpackedBytes) {
    return Fault(absl::StatusCode::kResourceExhausted,
                 "the message has so many parts that it would take more than "
                 "24 MiB of memory; send it in pieces");
  }
  if (!message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return NoSuchMessage(*message);
  }
  return std::nullopt;
}

}  // namespace rolegate::service::http2
