#include "engine/registry/content_digest.h"

namespace rolegate {

std::string DeriveUniqueId(absl::string_view prefix, absl::string_view arn,
                           absl::string_view create_date) {
  static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  static constexpr int kCharacters = 17;
  DigestWriter writer;
  writer.Add(arn, create_date);
  const std::string digest = writer.Finish();
  std::string id(prefix);
  for (int i = 0; i < kCharacters; ++i) {
    id.push_back(kAlphabet[static_cast<unsigned char>(digest[i]) & 31]);
  }
  return id;
}

}  // namespace rolegate
