// Makes registries of any size that look like real ones (shapes.h).

#ifndef ROLEGATE_BENCH_REGISTRY_GENERATOR_H_
#define ROLEGATE_BENCH_REGISTRY_GENERATOR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "bench/shapes.h"

namespace rolegate::bench {

inline constexpr char kAccount[] = "123456789012";

std::string RoleArn(const std::string& name);
std::string RoleName(int index);  // "Role17"

// A role that EC2 may assume, around JSON texts of inline policies.
std::string RoleWith(const std::string& name,
                     const std::vector<std::string>& policies);

// The role of the figures: ten statements, three conditions, one of which a
// read of the bucket meets.  TypicalResource(name) is allowed to be read from
// 10.0.0.0/8, everything else of S3 is not.
std::string TypicalRole(const std::string& name);
std::string TypicalResource(const std::string& name);

// A role of `statements` statements in policies of at most 100 each.  Those of
// one service are ten, if `few` candidates are wanted, else all; the last one
// is the only one that allows `app0:Read` on WideResource(statements).
std::string WideRole(const std::string& name, int statements, bool few);
std::string WideResource(int statements);

// Draws documents.  The same seed gives the same documents on every machine.
class RegistryGenerator {
 public:
  explicit RegistryGenerator(std::uint64_t seed) : state_(seed) {}

  // All are minified, and no two are alike.
  std::string PolicyDocument();
  std::string Role(const std::string& name);

 private:
  std::uint64_t Next();
  int Below(int limit);
  bool Chance(int thousandths) { return Below(1000) < thousandths; }
  int Draw(const Deciles& deciles);
  std::string Statement();
  std::string Action(const std::string& service);
  std::string Resource(const std::string& service);
  std::string Conditions();

  std::uint64_t state_;
};

}  // namespace rolegate::bench

#endif  // ROLEGATE_BENCH_REGISTRY_GENERATOR_H_
