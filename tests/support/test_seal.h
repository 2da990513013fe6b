// Authenticates last good generations by keys of a test.

#ifndef ROLEGATE_TESTS_SUPPORT_TEST_SEAL_H_
#define ROLEGATE_TESTS_SUPPORT_TEST_SEAL_H_

#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/registry/last_good.h"
#include "engine/text/sha256.h"

namespace rolegate::testing {

// Keys by id; the last signs.
class TestSeal : public LastGoodSeal {
 public:
  explicit TestSeal(std::map<std::string, std::string> keys)
      : keys_(std::move(keys)) {}

  absl::StatusOr<std::string> KeyId() const override {
    if (keys_.empty()) return absl::FailedPreconditionError("no keys");
    return keys_.rbegin()->first;
  }
  absl::StatusOr<std::string> Mac(
      absl::string_view key_id,
      absl::Span<const absl::string_view> texts) const override {
    const auto key = keys_.find(std::string(key_id));
    if (key == keys_.end()) return absl::NotFoundError("no such key");
    std::string all = key->second;
    for (absl::string_view text : texts) absl::StrAppend(&all, text);
    return Sha256(all);
  }
  bool Equal(absl::string_view mac, absl::string_view other) const override {
    return mac == other;
  }

  void SetKeys(std::map<std::string, std::string> keys) {
    keys_ = std::move(keys);
  }

 private:
  std::map<std::string, std::string> keys_;
};

inline std::shared_ptr<TestSeal> MakeTestSeal() {
  return std::make_shared<TestSeal>(
      std::map<std::string, std::string>{{"k1", "secret one"}});
}

}  // namespace rolegate::testing

#endif  // ROLEGATE_TESTS_SUPPORT_TEST_SEAL_H_
