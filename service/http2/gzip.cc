#include "service/http2/gzip.h"

#include <zlib.h>

#include <algorithm>

#include "absl/cleanup/cleanup.h"

namespace rolegate::service::http2 {
namespace {

constexpr std::size_t kFirstRoom = 4096;
constexpr int kGzipOnly = 16;

}  // namespace

absl::StatusOr<std::string> Gunzip(absl::string_view bytes,
                                   std::size_t max_bytes) {
  z_stream stream = {};
  if (inflateInit2(&stream, MAX_WBITS + kGzipOnly) != Z_OK) {
    return absl::InternalError("there is no memory to decompress a message");
  }
  const absl::Cleanup end = [&stream] { inflateEnd(&stream); };
  stream.next_in =
      reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // only read
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  for (;;) {
    const std::size_t before = out.size();
    // One byte more than is allowed shows that it is too much.
    out.resize(std::min(max_bytes + 1, std::max(kFirstRoom, 2 * before)));
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
    stream.avail_out = static_cast<uInt>(out.size() - before);
    const int result = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
    if (out.size() > max_bytes) {
      return absl::ResourceExhaustedError(
          "the message is too large once it is decompressed");
    }
    if (result == Z_STREAM_END && stream.avail_in == 0) return out;
    // There is room for more and no input left, so the stream was cut off.
    if (result != Z_OK || (stream.avail_in == 0 && stream.avail_out > 0)) {
      return absl::InternalError("the message is no whole gzip");
    }
  }
}

}  // namespace rolegate::service::http2
