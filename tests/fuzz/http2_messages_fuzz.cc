// gRPC's messages in bytes: they are found alike however the bytes are cut,
// nothing is decompressed beyond the limit, and no message takes much more
// memory than it was counted for.

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/type.pb.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/http2/gzip.h"
#include "service/http2/message_reader.h"
#include "service/http2/unpack.h"
#include "tests/fuzz/fuzz_input.h"

namespace {

using rolegate::service::http2::Gunzip;
using rolegate::service::http2::kMessagePrefix;
using rolegate::service::http2::MessageReader;
using Found = MessageReader::Found;

void Require(bool holds) {
  if (!holds) std::abort();
}

struct Reading {
  std::vector<std::pair<bool, std::string>> messages;
  Found end = Found::kNothing;
  std::size_t held = 0;

  bool operator==(const Reading& other) const {
    return messages == other.messages && end == other.end &&
           (end != Found::kNothing || held == other.held);
  }
};

// In pieces of `piece` bytes, of which each second is read only with the next
// one, as if nobody had wanted it before.
Reading Read(absl::string_view bytes, std::size_t piece, bool wants_all,
             std::size_t max) {
  Reading reading;
  MessageReader reader(max);
  MessageReader::Frame frame;
  bool wanted = true;
  for (std::size_t at = 0; at < bytes.size() && reading.end == Found::kNothing;
       at += piece) {
    reader.Add(bytes.substr(at, piece));
    wanted = wants_all || !wanted || at + piece >= bytes.size();
    Found found = wanted ? reader.Next(&frame) : Found::kNothing;
    for (; found == Found::kMessage; found = reader.Next(&frame)) {
      Require(frame.bytes.size() <= max);
      reading.messages.emplace_back(frame.compressed, frame.bytes);
      reader.Pop();
    }
    reading.end = found;
    reader.Keep();
    Require(reader.held() <= reader.wanted());
    if (wanted && found == Found::kNothing) {
      Require(reader.wanted() <= kMessagePrefix + max);
    }
  }
  reading.held = reader.held();
  reader.Clear();
  Require(reader.held() == 0 && reader.wanted() == 0);
  return reading;
}

// A map's entry takes more than it is counted for, and a list has room for
// twice what it holds.
constexpr std::size_t kRough = 4;

template <typename Message>
void UnpackedAsCounted(absl::string_view bytes) {
  using rolegate::service::http2::kMaxUnpackedBytes;
  using rolegate::service::http2::UnpackedBytes;
  constexpr std::size_t kAll = ~std::size_t{0};
  Message message;
  const std::size_t counted = UnpackedBytes(bytes, message, kAll);
  const std::size_t enough = counted / 2;
  Require(UnpackedBytes(bytes, message, enough) > enough);
  const auto fault = rolegate::service::http2::Unpack(bytes, &message);
  if (fault.has_value()) return;
  Require(counted <= kMaxUnpackedBytes);
  Require(message.SpaceUsedLong() <= kRough * counted);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  rolegate::fuzz::FuzzInput input(data, size);
  const std::size_t piece = input.Byte() + 1;
  const std::size_t max = input.Byte() * input.Byte();
  const absl::string_view bytes = input.Rest();
  const Reading whole = Read(bytes, bytes.size() + 1, true, max);
  for (const bool wants_all : {true, false}) {
    Require(Read(bytes, piece, wants_all, max) == whole);
  }
  Require(Read(bytes, 1, true, max) == whole);
  for (const auto& [compressed, message] : whole.messages) {
    const auto unpacked = Gunzip(message, max);
    if (unpacked.ok()) Require(unpacked->size() <= max);
  }
  UnpackedAsCounted<google::protobuf::FieldMask>(bytes);  // texts
  UnpackedAsCounted<google::protobuf::Struct>(bytes);     // maps and lists
  UnpackedAsCounted<google::protobuf::Type>(bytes);       // enumerations too
  const auto unpacked = Gunzip(bytes, max);
  if (unpacked.ok()) Require(unpacked->size() <= max);
  return 0;
}
