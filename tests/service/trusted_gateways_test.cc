// Which peers carry many.

#include "service/config/trusted_gateways.h"

#include "gtest/gtest.h"

namespace rolegate::service {
namespace {

TEST(TrustedGateways, AreAddressesSocketsAndPrincipals) {
  for (const char* good :
       {"10.0.0.7", "10.0.0.0/8", "2001:db8::/32", "unix:/run/s",
        "service:gateway.example", "arn:aws:iam::123456789012:user/gw"}) {
    EXPECT_TRUE(TrustedGateways::Check(good).ok()) << good;
  }
  for (const char* bad :
       {"", "*", "gateway.example", "10.0.0.0/33", "10.0.0", "unix:s",
        "service:", "arn:aws:iam::123456789012:role/R",
        "arn:aws:sts::123456789012:assumed-role/R/s"}) {
    EXPECT_FALSE(TrustedGateways::Check(bad).ok()) << bad;
  }
}

TEST(TrustedGateways, CoverWhomTheyName) {
  const TrustedGateways gateways(
      {"10.1.0.0/16", "2001:db8::/32", "unix:/run/s", "service:gw"});
  for (const char* peer :
       {"10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1", "unix:/run/s"}) {
    EXPECT_TRUE(gateways.CoverPeer(peer)) << peer;
  }
  for (const char* peer :
       {"10.2.0.1", "2001:db9::1", "unix:/run/s2", "", "s"}) {
    EXPECT_FALSE(gateways.CoverPeer(peer)) << peer;
  }
  EXPECT_TRUE(gateways.CoverPrincipal("service:gw"));
  EXPECT_FALSE(gateways.CoverPrincipal("service:gw2"));
  EXPECT_FALSE(gateways.CoverPrincipal("gw"));
  EXPECT_FALSE(gateways.CoverPrincipal(""));
}

}  // namespace
}  // namespace rolegate::service
