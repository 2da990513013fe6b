// The texts of gRPC over HTTP/2: headers, timeouts, messages of errors.

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "service/http2/grpc_text.h"
#include "service/http2/peer.h"
#include "service/http2/request_head.h"

namespace rolegate::service::http2 {
namespace {

TEST(Http2Text, TimeoutsAreDigitsAndAUnit) {
  const struct {
    const char* text;
    std::optional<absl::Duration> timeout;
  } kRows[] = {
      {"1H", absl::Hours(1)},
      {"2M", absl::Minutes(2)},
      {"3S", absl::Seconds(3)},
      {"250m", absl::Milliseconds(250)},
      {"4u", absl::Microseconds(4)},
      {"5n", absl::Nanoseconds(5)},
      {"0S", absl::ZeroDuration()},
      {"99999999H", absl::Hours(99999999)},
      {"999999999S", std::nullopt},  // nine digits
      {"", std::nullopt},
      {"S", std::nullopt},
      {"1", std::nullopt},
      {"1s", std::nullopt},
      {"-1S", std::nullopt},
      {"1.5S", std::nullopt},
      {" 1S", std::nullopt},
      {"1S ", std::nullopt},
      {"1SS", std::nullopt},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(ParseTimeout(row.text), row.timeout) << row.text;
  }
}

TEST(Http2Text, MessagesAreSentInPrintableAscii) {
  const struct {
    const char* text;
    const char* sent;
  } kRows[] = {
      {"", ""},
      {"no such role `x`", "no such role `x`"},
      {"100%", "100%25"},
      {"a\nb\x7f", "a%0Ab%7F"},
      {"caf\xC3\xA9", "caf%C3%A9"},
      {"\xff", "%FF"},
  };
  for (const auto& row : kRows) EXPECT_EQ(PercentEncode(row.text), row.sent);
}

TEST(Http2Text, BinaryValuesAreBase64WithoutPadding) {
  for (const std::string bytes : {"", "a", "ab", "abc", "\xff\xfe\xfd\xfc"}) {
    const std::string text = EncodeBinary(bytes);
    EXPECT_EQ(text.find('='), std::string::npos);
    EXPECT_EQ(DecodeBinary(text), bytes);
  }
  EXPECT_EQ(EncodeBinary("a"), "YQ");
  EXPECT_EQ(DecodeBinary("YQ=="), "a") << "padding is taken";
  EXPECT_EQ(DecodeBinary("Y"), std::nullopt);
  EXPECT_EQ(DecodeBinary("Y Q="), std::nullopt);
  EXPECT_EQ(DecodeBinary("*&^%"), std::nullopt);
}

TEST(Http2Text, ContentTypesOfGrpc) {
  const struct {
    const char* type;
    bool good;
  } kRows[] = {
      {"application/grpc", true},
      {"application/grpc+proto", true},
      {"application/grpc;charset=utf-8", true},
      {"application/grpc+proto;x=y", true},
      {"application/grpc+json", false},
      {"application/grpc-web", false},
      {"application/grpcx", false},
      {"application/json", false},
      {"", false},
  };
  for (const auto& row : kRows) {
    EXPECT_EQ(IsGrpcContentType(row.type), row.good) << row.type;
  }
}

RequestHead Head(std::size_t max = 16384) {
  RequestHead head(max);
  head.Add(":method", "POST");
  head.Add(":path", "/s/m");
  head.Add("content-type", "application/grpc");
  return head;
}

TEST(Http2Text, HeadersBecomeMetadata) {
  RequestHead head = Head();
  head.Add("te", "trailers");
  head.Add("grpc-timeout", "20S");
  head.Add("grpc-encoding", "gzip");
  head.Add("authorization", "Bearer one");
  head.Add("authorization", "Bearer two");
  head.Add("x-bin", "YQ,Yg==");
  EXPECT_TRUE(head.is_post());
  EXPECT_TRUE(head.is_grpc());
  EXPECT_EQ(head.path(), "/s/m");
  EXPECT_EQ(head.timeout(), absl::Seconds(20));
  EXPECT_EQ(head.encoding(), Encoding::kGzip);
  EXPECT_EQ(head.malformed(), "");
  EXPECT_EQ(head.Metadata("authorization").count, 2);
  EXPECT_EQ(head.Metadata("authorization").first, "Bearer one");
  EXPECT_EQ(head.Metadata("x-bin").count, 2);
  EXPECT_EQ(head.Metadata("x-bin").first, "a");
  for (const char* none : {"te", ":path", "grpc-timeout", "x"}) {
    EXPECT_EQ(head.Metadata(none).count, 0) << none;
  }
}

TEST(Http2Text, HeadersThatGrpcDefinesOtherwiseAreFaults) {
  RequestHead timeout = Head();
  timeout.Add("grpc-timeout", "soon");
  EXPECT_EQ(timeout.malformed(), "grpc-timeout");
  RequestHead binary = Head();
  binary.Add("x-bin", "*");
  EXPECT_EQ(binary.malformed(), "binary metadata");
  RequestHead encoding = Head();
  encoding.Add("grpc-encoding", "br");
  EXPECT_EQ(encoding.encoding(), Encoding::kUnknown);
}

TEST(Http2Text, HeadersAreBoundedWithWhatTheyCost) {
  RequestHead exact = Head(0);
  EXPECT_TRUE(exact.too_large());
  const std::size_t usual = Head().bytes();
  RequestHead fits = Head(usual + 1 + 1 + RequestHead::kOverhead);
  fits.Add("a", "b");
  EXPECT_FALSE(fits.too_large());
  fits.Add("c", "");
  EXPECT_TRUE(fits.too_large());
  // Many values in one field are as many pairs.
  RequestHead commas = Head(4096);
  commas.Add("x-bin", std::string(1000, ','));
  EXPECT_TRUE(commas.too_large());
}

TEST(Http2Text, PeersAreSpelledAsGrpcSpellsThem) {
  sockaddr_storage address = {};
  auto& v4 = reinterpret_cast<sockaddr_in&>(address);
  v4.sin_family = AF_INET;
  v4.sin_port = htons(51442);
  inet_pton(AF_INET, "10.0.0.7", &v4.sin_addr);
  EXPECT_EQ(PeerName(address), "ipv4:10.0.0.7:51442");
  const struct {
    const char* text;
    unsigned zone;
    const char* name;
  } kRows[] = {
      {"2001:db8::1", 0, "ipv6:%5B2001:db8::1%5D:51442"},
      {"::ffff:10.0.0.7", 0, "ipv4:10.0.0.7:51442"},
      {"fe80::1", 3, "ipv6:%5Bfe80::1%253%5D:51442"},
  };
  for (const auto& row : kRows) {
    address = {};
    auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(51442);
    v6.sin6_scope_id = row.zone;
    inet_pton(AF_INET6, row.text, &v6.sin6_addr);
    EXPECT_EQ(PeerName(address), row.name);
  }
  address = {};
  address.ss_family = AF_UNIX;
  EXPECT_EQ(PeerName(address), "unix:");
}

}  // namespace
}  // namespace rolegate::service::http2
